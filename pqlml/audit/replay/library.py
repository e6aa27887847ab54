"""What a column of behaviour may have been computed as: counts, days, sums and recency over windows around the cutoff.

Honest windows end at the cutoff and see what was known by then. The others reach further, in the ways in which feature
code usually goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pqlml.audit.columns import Bools, Codes, Floats
from pqlml.audit.replay.timeline import Micros, Timeline
from pqlml.times import DAY_MICROSECONDS

Reach = Literal["before", "late", "at", "beyond", "ever"]
"""How far a window sees: before the cutoff; also what was not known yet; also at it; days beyond it; for ever."""

STARTS: tuple[int | None, ...] = (None, 365, 180, 90, 60, 30, 28, 14, 7, 3, 1, 0)
"""Days before the cutoff at which windows begin; null means with the first event. Of equal ways the first counts."""
BEYOND = (1, 7, 14, 28, 30, 60, 90)
"""Days behind the cutoff at which windows may wrongly end."""


@dataclass(frozen=True)
class Window:
    """From so many days before the cutoff (null = the beginning) to the end that the reach says."""

    start_days: float | None
    reach: Reach
    beyond_days: float = 0

    def __str__(self) -> str:
        """Tell the window in words."""
        begin = "from the beginning" if self.start_days is None else f"from {self.start_days:g} days before the cutoff"
        if self.start_days == 0:
            begin = "from the cutoff"
        match self.reach:
            case "before":
                return f"{begin} up to it" if self.start_days is not None else f"{begin} up to the cutoff"
            case "late":
                return f"{begin} up to the cutoff, with what was not known yet"
            case "at":
                return f"{begin} up to and with the instant of the cutoff"
            case "beyond":
                return f"{begin} to {self.beyond_days:g} days after the cutoff"
            case "ever":
                return f"{begin} to the end of the data"


@dataclass(frozen=True)
class Measured:
    """One way to compute a column: what is measured, of which event, over which window."""

    measure: str
    event: str | None
    window: Window

    def __str__(self) -> str:
        """Tell it in words."""
        of = "any event" if self.event is None else repr(self.event)
        return f"{self.measure} of {of} {self.window}"


@dataclass(frozen=True)
class Looked:
    """The rows that are looked at: entity number and cutoff (microseconds) of each, and the end of the data."""

    entity: Codes
    cutoff: Micros
    end: int


@dataclass(frozen=True)
class Invisible:
    """Occurrences of one timeline that lay before a row's cutoff and were known only later."""

    row: Codes
    ts: Micros
    amounts: dict[str, Floats]


@dataclass(frozen=True)
class Family:
    """Columns of one measure of one timeline: ``values[:, i]`` is ``members[i]``; only ``rows`` can be compared."""

    members: Sequence[Measured]
    values: Floats
    rows: Bools


def ends_of(beyond: Sequence[float]) -> list[tuple[Reach, float]]:
    """Return the ends of windows, the nearest first."""
    return [("before", 0), ("late", 0), ("at", 0), *(("beyond", days) for days in sorted(set(beyond))), ("ever", 0)]


def families(
    timeline: Timeline, looked: Looked, unseen: Invisible, starts: Sequence[float | None], beyond: Sequence[float]
) -> Iterator[Family]:
    """Yield every family of a timeline."""
    yield _additive(timeline, looked, unseen, starts, beyond, None)
    for name in timeline.amounts:
        yield _additive(timeline, looked, unseen, starts, beyond, name)
    clear = np.ones(len(looked.entity), bool)
    clear[unseen.row] = False
    yield _days(timeline, looked, clear, starts, beyond)
    yield _recency(timeline, looked, clear, beyond)


def _edge(looked: Looked, reach: Reach, days: float) -> Micros:
    if reach == "ever":
        return np.full(len(looked.cutoff), looked.end)
    after = 1 if reach == "at" else round(days * DAY_MICROSECONDS)
    return np.asarray(looked.cutoff + after)


def _opening(looked: Looked, timeline: Timeline, days: float | None) -> Micros:
    if days is None:
        return np.full(len(looked.cutoff), timeline.axis.low)
    return np.asarray(looked.cutoff - round(days * DAY_MICROSECONDS))


def _running(timeline: Timeline, name: str | None) -> Floats:
    return np.arange(len(timeline.ts) + 1, dtype=np.float64) if name is None else timeline.amounts[name]


def _additive(
    timeline: Timeline,
    looked: Looked,
    unseen: Invisible,
    starts: Sequence[float | None],
    beyond: Sequence[float],
    name: str | None,
) -> Family:
    """Count occurrences or add a property up: what lies in a window is the difference of two running totals."""
    running, measure = _running(timeline, name), "count" if name is None else f"sum of {name!r}"
    opened = {start: running[timeline.before(looked.entity, _opening(looked, timeline, start))] for start in starts}
    members, columns = [], []
    for reach, days in ends_of(beyond):
        closed = running[timeline.before(looked.entity, _edge(looked, reach, days))]
        for start in starts:
            if start == 0 and reach in ("before", "late", "at"):
                continue
            value = closed - opened[start]
            members.append(Measured(measure, timeline.event, Window(start, reach, days)))
            columns.append(value - _hidden(looked, unseen, start, name) if reach == "before" else value)
    return Family(members, np.column_stack(columns), np.ones(len(looked.entity), bool))


def _hidden(looked: Looked, unseen: Invisible, start: float | None, name: str | None) -> Floats:
    inside = np.ones(len(unseen.row), bool)
    if start is not None:
        inside = unseen.ts >= looked.cutoff[unseen.row] - round(start * DAY_MICROSECONDS)
    weight = np.ones(len(unseen.row)) if name is None else unseen.amounts[name]
    return np.bincount(unseen.row[inside], weights=weight[inside], minlength=len(looked.entity)).astype(np.float64)


def _days(
    timeline: Timeline, looked: Looked, clear: Bools, starts: Sequence[float | None], beyond: Sequence[float]
) -> Family:
    """Count days: exact where the edges are midnights, else a day belongs to the window that its midnight is in."""
    found = _additive(
        timeline.daily, looked, Invisible(np.array([], np.int64), np.array([], np.int64), {}), starts, beyond, None
    )
    members = [Measured("days", one.event, one.window) for one in found.members]
    return Family(members, found.values, clear)


def _recency(timeline: Timeline, looked: Looked, clear: Bools, beyond: Sequence[float]) -> Family:
    """Days from the last occurrence to the cutoff: negative if the window reaches beyond it; NaN = none."""
    members, columns = [], []
    for reach, days in ends_of(beyond):
        last = timeline.last(looked.entity, _edge(looked, reach, days))
        members.append(Measured("days since the last", timeline.event, Window(None, reach, days)))
        columns.append((looked.cutoff - last) / DAY_MICROSECONDS)
    return Family(members, np.column_stack(columns), clear)
