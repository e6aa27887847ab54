"""Features of one behavioural signal: how often, on how many days, by how many people, how recently."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition, Window
from pqlml.errors import DefinitionError, nearest
from pqlml.features.phrases import phrases_for
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Aggregate, Feature
from pqlml.schema import Dimension

WINDOWED: dict[str, tuple[Aggregate, str]] = {
    "count": ("count", "events"),
    "days": ("days", "days"),
    "weeks": ("weeks", "blocks of 7 days, back from the cutoff,"),
    "users": ("users", "people"),
    "events": ("events", "kinds of event"),
}
POINT: dict[str, tuple[Aggregate, str, str]] = {
    "recency": ("recency", "days since the last one", "never happened"),
    "first": ("first", "days from sign-up to the first one", "never happened, or sign-up unknown"),
    "trend": ("trend", "times the earlier daily rate", f"not once in {TREND_LONG_DAYS} days"),
    "streak": ("streak", "days in a row", "never active"),
}


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

    def windowed(self, kind: str, window: Window) -> Feature:
        """Return ``<signal>.<kind>.<window>``."""
        aggregate, unit = WINDOWED[kind]
        return self._feature(
            f"{kind}.{label(window)}", aggregate, unit, window_days=None if window == "all" else window
        )

    def point(self, kind: str) -> Feature:
        """Return ``<signal>.<kind>`` for a kind that has no window of its own."""
        aggregate, unit, null = POINT[kind]
        return self._feature(kind, aggregate, unit, null=null)

    def by_name(self, rest: str) -> Feature:
        """Return the feature for the part of its name behind the signal.

        Raises
        ------
        DefinitionError
            Names the nearest kind or explains the window.
        """
        kind, _, window = rest.partition(".")
        if kind in POINT and not window:
            return self.point(kind)
        if kind not in WINDOWED:
            msg = f"{self.name}.{rest}: no feature kind {kind!r}; {nearest(kind, [*WINDOWED, *POINT])}"
            raise DefinitionError(msg)
        return self.windowed(kind, parse_window(window, f"{self.name}.{rest}"))

    def _feature(
        self, suffix: str, aggregate: Aggregate, unit: str, *, window_days: int | None = None, null: str = "never null"
    ) -> Feature:
        return Feature(
            name=f"{self.name}.{suffix}",
            dimension=self.dimension,
            group=self.group,
            aggregate=aggregate,
            events=self.events,
            window_days=window_days,
            unit=unit,
            null=null,
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
