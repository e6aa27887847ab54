"""Features of one behavioural signal: how often, on how many days, by how many people, how recently, how regularly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from pqlml.definition.model import Definition, Window
from pqlml.errors import DefinitionError, nearest
from pqlml.features.phrases import phrases_for
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Aggregate, Feature
from pqlml.schema import Dimension


class Kind(NamedTuple):
    """What a kind of feature is called in names, and what its values mean."""

    aggregate: Aggregate
    unit: str
    null: str = "never null"


WINDOWED: Final[dict[str, Kind]] = {
    "count": Kind("count", "events"),
    "days": Kind("days", "days"),
    "weeks": Kind("weeks", "blocks of 7 days, back from the cutoff"),
    "users": Kind("users", "people"),
    "events": Kind("events", "kinds of event"),
    "regularity": Kind("regularity", "days that the gaps between active days vary by", "under three active days"),
    "top_share": Kind("top_share", "share from 0 to 1", "no event that names a person"),
}
"""``SIGNAL.kind.28d``"""

POINT: Final[dict[str, Kind]] = {
    "recency": Kind("recency", "days since the last one", "never happened"),
    "first": Kind("first", "days from sign-up to the first one", "never happened, or sign-up unknown"),
    "complete": Kind(
        "complete", "days from sign-up until each event had happened", "one never happened, or sign-up unknown"
    ),
    "trend": Kind("trend", "times the earlier daily rate", f"not once in {TREND_LONG_DAYS} days"),
    "acceleration": Kind("acceleration", "events, change of the weekly change"),
    "streak": Kind("streak", "days in a row", "never active"),
    "current_streak": Kind("current_streak", "days in a row up to the cutoff, whose own day is not over"),
    "week_streak": Kind("week_streak", "blocks of 7 days in a row, back from the cutoff"),
}
"""``SIGNAL.kind``"""

EARLY: Final = Kind("early", "events", "sign-up unknown")
"""``SIGNAL.early.10d``"""

PEOPLE: Final = frozenset({"users", "top_share"})
"""Kinds that need to know who did it."""


class Signal:
    """A named set of events in a dimension, from which features are made by name.

    Parameters
    ----------
    events
        Event names; null means every event.
    group
        What reasons are told about; the signal itself by default.
    """

    def __init__(
        self,
        definition: Definition,
        name: str,
        dimension: Dimension,
        events: tuple[str, ...] | None,
        group: str | None = None,
    ) -> None:
        self.name, self.dimension, self.events = name, dimension, events
        self.group = group if group is not None else name
        self._phrases = phrases_for(definition, name)
        source = definition.sources.events
        self._people = source is not None and source.user_id is not None

    def windowed(self, kind: str, window: Window) -> Feature:
        """Return ``<signal>.<kind>.<window>``."""
        return self._feature(f"{kind}.{label(window)}", WINDOWED[kind], None if window == "all" else window)

    def point(self, kind: str) -> Feature:
        """Return ``<signal>.<kind>`` for a kind that has no window of its own."""
        return replace(self._feature(kind, POINT[kind], None), inputs=self._inputs(kind))

    def early(self, days: int) -> Feature:
        """Return ``<signal>.early.<days>d``: how often in the first days after sign-up."""
        return self._feature(f"early.{label(days)}", EARLY, days)

    def by_name(self, rest: str) -> Feature:
        """Return the feature for the part of its name behind the signal.

        Raises
        ------
        DefinitionError
            Names the nearest kind, explains the window, or says what the definition lacks.
        """
        name = f"{self.name}.{rest}"
        kind, _, window = rest.partition(".")
        if kind in PEOPLE and not self._people:
            msg = f"{name}: counts people; name the column of the user under 'sources.events.user_id'."
            raise DefinitionError(msg)
        if kind == "complete" and self.events is None:
            msg = f"{name}: {self.name!r} names no events that could all have happened; take a signal."
            raise DefinitionError(msg)
        if kind in POINT and not window:
            return self.point(kind)
        if kind == "early":
            days = parse_window(window, name)
            if days != "all":
                return self.early(days)
            msg = f"{name}: give the number of days after sign-up, for example '{self.name}.early.10d'."
            raise DefinitionError(msg)
        if kind not in WINDOWED:
            msg = f"{name}: no feature kind {kind!r}; {nearest(kind, [*WINDOWED, *POINT, 'early'])}"
            raise DefinitionError(msg)
        return self.windowed(kind, parse_window(window, name))

    def _inputs(self, kind: str) -> tuple[Feature, ...]:
        if kind == "acceleration":
            return tuple(self.windowed("count", days) for days in (7, 14, 21))
        if kind == "complete":
            first = self.point("first")
            return tuple(replace(first, name=f"{first.name}.{event}", events=(event,)) for event in self.events or ())
        return ()

    def _feature(self, suffix: str, kind: Kind, window_days: int | None) -> Feature:
        return Feature(
            name=f"{self.name}.{suffix}",
            dimension=self.dimension,
            group=self.group,
            aggregate=kind.aggregate,
            events=self.events,
            window_days=window_days,
            unit=kind.unit,
            null=kind.null,
            did=self._phrases.did,
            noun=self._phrases.noun,
        )


def label(window: Window) -> str:
    """Write a window as in feature names: ``28d`` or ``all``."""
    return "all" if window == "all" else f"{window}d"


def parse_window(text: str, name: str) -> Window:
    """Read ``28d`` or ``all``.

    Raises
    ------
    DefinitionError
        If it is neither.
    """
    if text == "all":
        return "all"
    if text.endswith("d") and text[:-1].isdigit() and int(text[:-1]) > 0:
        return int(text[:-1])
    msg = f"{name}: {text!r} is no window; expected a number of days like '28d', or 'all'."
    raise DefinitionError(msg)


def usual_features(signal: Signal, definition: Definition) -> Iterator[Feature]:
    """Yield what every signal gets: counts per window, recency, time to first, trend; breadth if it has many events."""
    windows = definition.windows_days
    for window in windows:
        yield signal.windowed("count", window)
    if signal.events is not None and len(signal.events) > 1:
        yield signal.windowed("events", windows[-1])
    yield signal.point("recency")
    yield signal.point("first")
    if TREND_SHORT_DAYS in windows and TREND_LONG_DAYS in windows:
        yield signal.point("trend")


def activity_features(signal: Signal, definition: Definition, *, people: bool) -> Iterator[Feature]:
    """Yield what is asked of activity as a whole: active days, breadth and people per window, longest streak."""
    for window in definition.windows_days:
        yield signal.windowed("days", window)
        yield signal.windowed("events", window)
        if people:
            yield signal.windowed("users", window)
    yield signal.point("streak")
