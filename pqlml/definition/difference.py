"""What differs between two definitions, in lines that people can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from pqlml.definition.model import Definition


class Difference(NamedTuple):
    """One place where two definitions differ; a null side means that the place does not exist there."""

    place: str
    old: Any
    new: Any

    def __str__(self) -> str:
        """Return one line: added with +, removed with -, changed with ~."""
        if self.old is None:
            return f"+ {self.place}: {self.new}"
        if self.new is None:
            return f"- {self.place}: {self.old}"
        return f"~ {self.place}: {self.old} -> {self.new}"


def diff_definitions(old: Definition, new: Definition) -> list[Difference]:
    """List the differences in content (not in layout or changelog), sorted by place.

    Points are matched by their condition.
    """
    before, after = (dict(_flat(one.model_dump(mode="json", exclude={"changelog"}))) for one in (old, new))
    places = sorted(before.keys() | after.keys())
    return [
        Difference(place, before.get(place), after.get(place))
        for place in places
        if before.get(place) != after.get(place)
    ]


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{place}.{key}" if place else str(key))
    elif place == "points" and value:
        seen: Counter[str] = Counter()
        for rule in value:
            bounds = {key: rule[key] for key in ("at_least", "at_most", "values") if rule[key] is not None}
            condition = " ".join(f"{key} {bound}" for key, bound in bounds.items())
            where = f"points[{rule['feature']} {condition}]"
            seen[where] += 1
            again = f" #{seen[where]}" if seen[where] > 1 else ""
            yield f"{where}{again}", f"{rule['points']:g} ({rule['dimension']})"
    elif value not in (None, {}, []):
        yield place, value
