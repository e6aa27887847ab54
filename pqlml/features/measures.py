"""Features of numeric properties, of columns whose different values are counted, and of sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pqlml.definition.model import Definition, Window
from pqlml.definition.parts import EventSource, Measure
from pqlml.errors import DefinitionError, nearest
from pqlml.features.behaviour import label, parse_window
from pqlml.features.phrases import named, noun_for
from pqlml.features.spec import Aggregate, Feature
from pqlml.schema import Dimension

_PROPERTY: Final[dict[str, tuple[Aggregate, str, str]]] = {
    "sum": ("sum", "{noun}", "never null; nothing adds up to 0"),
    "mean": ("mean", "{noun} per event", "no event with {noun}"),
    "largest": ("largest", "{noun}", "no event with {noun}"),
}
_SESSION: Final = ("count", "mean_minutes")


def measure_features(definition: Definition, dimension: Dimension) -> Iterator[Feature]:
    """Yield the usual features of the properties and distinct-counted columns of a dimension."""
    source, windows = definition.sources.events, definition.windows_days
    if source is None:
        return
    for name, measure in source.properties.items():
        if measure.dimension == dimension:
            for window in windows:
                yield _property(definition, name, measure, "sum", window)
            yield _property(definition, name, measure, "mean", windows[-1])
    for name, measure in source.distinct.items():
        if measure.dimension == dimension:
            for window in windows:
                yield _distinct(definition, name, measure, window)


def session_features(definition: Definition) -> Iterator[Feature]:
    """Yield the number of sessions and their mean length per window, where events name their session."""
    source = definition.sources.events
    if source is not None and source.session_id is not None:
        for window in definition.windows_days:
            for kind in _SESSION:
                yield _session(definition, kind, window)


def measure_by_name(definition: Definition, source: EventSource, name: str) -> Feature | None:
    """Return the feature of that name; null if its first part is no property, distinct-counted column or session.

    Raises
    ------
    DefinitionError
        If the rest of the name means nothing; says the nearest that does.
    """
    head, _, rest = name.partition(".")
    kind, _, window = rest.partition(".")
    kinds = [*(_PROPERTY if head in source.properties else ()), *(["distinct"] if head in source.distinct else ())]
    if head == "session" and source.session_id is not None:
        kinds = list(_SESSION)
    if not kinds:
        return None
    if kind == "newest" and not window and head in source.properties:
        return newest(definition, head, source.properties[head])
    if kind not in kinds:
        also = ["newest"] if head in source.properties else []
        msg = f"{name}: no feature kind {kind!r}; {nearest(kind, [*kinds, *also])}"
        raise DefinitionError(msg)
    length = parse_window(window, name)
    if head == "session":
        return _session(definition, kind, length)
    if kind == "distinct":
        return _distinct(definition, head, source.distinct[head], length)
    return _property(definition, head, source.properties[head], kind, length)


def measure_names(source: EventSource) -> list[str]:
    """Return examples of names that :func:`measure_by_name` knows."""
    properties = [f"{name}.{kind}.28d" for name in source.properties for kind in _PROPERTY]
    newest_ones = [f"{name}.newest" for name in source.properties]
    return [*properties, *newest_ones, *(f"{name}.distinct.28d" for name in source.distinct)]


def newest(definition: Definition, name: str, measure: Measure) -> Feature:
    """Return ``<property>.newest``: its value at the newest event that has one."""
    noun = noun_for(definition, name, measure.noun)
    return Feature(
        name=f"{name}.newest",
        dimension=measure.dimension,
        group=name,
        aggregate="newest",
        source=name,
        unit=noun,
        null=f"no event with {noun}",
        measured_in=measure.measured_in,
        noun=noun,
    )


def windowed_sum(definition: Definition, name: str, measure: Measure, days: int) -> Feature:
    """Return ``<property>.sum.<days>d``."""
    return _property(definition, name, measure, "sum", days)


def _property(definition: Definition, name: str, measure: Measure, kind: str, window: Window) -> Feature:
    noun = noun_for(definition, name, measure.noun)
    aggregate, unit, null = _PROPERTY[kind]
    return Feature(
        name=f"{name}.{kind}.{label(window)}",
        dimension=measure.dimension,
        group=name,
        aggregate=aggregate,
        source=name,
        window_days=None if window == "all" else window,
        unit=unit.format(noun=noun),
        null=null.format(noun=noun),
        measured_in=measure.measured_in,
        noun=noun,
    )


def _distinct(definition: Definition, name: str, measure: Measure, window: Window) -> Feature:
    noun = noun_for(definition, name, measure.noun or named(definition, "distinct", name).noun)
    return Feature(
        name=f"{name}.distinct.{label(window)}",
        dimension=measure.dimension,
        group=name,
        aggregate="distinct",
        source=name,
        window_days=None if window == "all" else window,
        unit=noun,
        null="never null",
        noun=noun,
    )


def _session(definition: Definition, kind: str, window: Window) -> Feature:
    length = kind == "mean_minutes"
    return Feature(
        name=f"session.{kind}.{label(window)}",
        dimension="engagement",
        group=activity_group(definition),
        aggregate="session_minutes" if length else "sessions",
        window_days=None if window == "all" else window,
        unit="minutes per session" if length else "sessions",
        null="no session in the window" if length else "never null",
        noun=noun_for(definition, "session_minutes" if length else "sessions"),
    )


def activity_group(definition: Definition) -> str:
    """Return the group of activity as a whole: sign-ins, sessions and all events together tell one and the same story.

    A signal named ``active`` lends its name, so that a rep does not read three reasons that say "they use it a lot".
    """
    return "active" if "active" in definition.signals.engagement else "any"
