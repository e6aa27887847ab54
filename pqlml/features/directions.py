"""In which direction a feature may move the probability, where the definition says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError, nearest
from pqlml.features.spec import Aggregate, Feature

_MORE: Final[frozenset[Aggregate]] = frozenset(
    {
        "count",
        "days",
        "weeks",
        "users",
        "events",
        "sum",
        "distinct",
        "sessions",
        "early",
        "streak",
        "current_streak",
        "week_streak",
        "attribute",
        "matches",
        "in_ideal",
        "seniority",
    }
)
"""Aggregates that grow with what they tell of: a signal's direction is theirs."""
_LESS: Final[frozenset[Aggregate]] = frozenset({"recency", "first", "complete"})
"""Aggregates that shrink the more or the sooner there is of it."""
_SIGN: Final = {"rises": 1, "falls": -1}


def directions(definition: Definition, features: Sequence[Feature]) -> list[int]:
    """Return per feature 1 if the probability may only rise with it, -1 if it may only fall, 0 if it is free.

    ``model.monotone`` names features, or groups of them (a signal, an attribute). Of a group, counts in every window
    get the direction, and days since the last time, days to the first and days to completion the opposite one; means,
    shares, trends and the like stay free. A feature's own entry beats that of its group.

    Raises
    ------
    DefinitionError
        If a name is neither a feature nor a group of these, or holds texts.
    """
    asked = definition.model.monotone
    groups: dict[str, list[Feature]] = {}
    for feature in features:
        groups.setdefault(feature.group, []).append(feature)
    names = {feature.name: feature for feature in features}
    problems = []
    for name in asked:
        if name not in names and name not in groups:
            problems.append(f"model.monotone: no feature and no signal {name!r}; {nearest(name, [*groups, *names])}")
        elif name in names and names[name].category:
            problems.append(f"model.monotone: {name!r} holds texts, which have no order; leave it out")
    if problems:
        raise DefinitionError("\n".join(problems))
    return [_direction(feature, asked.get(feature.name), asked.get(feature.group)) for feature in features]


def _direction(feature: Feature, own: str | None, shared: str | None) -> int:
    if own is not None:
        return _SIGN[own]
    if shared is None or feature.category:
        return 0
    return _SIGN[shared] * ((feature.aggregate in _MORE) - (feature.aggregate in _LESS))
