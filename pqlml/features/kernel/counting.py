"""How often: the features that count events by name, and the trends of such counts, all in one walk over the events.

They are most of the columns of a usual table, so that they are written where they belong at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Doubles, Integers
from pqlml.features.kernel.memberships import Memberships
from pqlml.features.kernel.values import Values, Whole, places
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Feature

_PAIRS_AT_ONCE = 128
"""Pairs whose counts are held until they are written."""

_EVENTS_AT_ONCE = 1_024
"""Events of a line that are added up one by one, at most: what is found of them fits the cache of a processor core."""


class Classes(NamedTuple):
    """The class of each event, and where each line's events and pairs begin."""

    which: Integers
    start: Integers
    pairs: Integers


@dataclass(frozen=True)
class Counting:
    """What is counted, and where it goes.

    Attributes
    ----------
    windows
        In days (null = all history).
    counts
        One row per feature: its place among those of whole numbers, the window, the set of events.
    trends
        One row per feature: its place among the others, the window of the last week and that of the weeks before, the
        set of events.
    """

    windows: tuple[int | None, ...]
    counts: Integers
    trends: Integers


def is_counted(feature: Feature) -> bool:
    """Tell whether a feature is computed here; every event is no set, and needs no walk."""
    return feature.aggregate in {"count", "trend"} and feature.events is not None


def make_counting(features: Sequence[Feature], sets: Memberships) -> Counting:
    """Return what has to be counted for those of the features that are computed here."""
    mine = [(place, feature) for place, feature in zip(places(features), features, strict=True) if is_counted(feature)]
    counts = [(place, one, (one.window_days,)) for place, one in mine if one.aggregate == "count"]
    trends = [(place, one, (TREND_SHORT_DAYS, TREND_LONG_DAYS)) for place, one in mine if one.aggregate == "trend"]
    windows = tuple(dict.fromkeys(days for _, _, of_feature in (*counts, *trends) for days in of_feature))

    def rows(wanted: Sequence[tuple[int, Feature, tuple[int | None, ...]]], width: int) -> Integers:
        found = [(place, *map(windows.index, days), sets.of(one)) for place, one, days in wanted]
        return np.array(found, np.int64).reshape(-1, width)

    return Counting(windows, rows(counts, 3), rows(trends, 4))


def count_into(
    values: Values,
    rows: Integers,
    plan: tuple[Counting, Memberships],
    line: Classes,
    begins: Integers,
    ends: Integers,
) -> None:
    """Count, per pair, the events of the line between begin and end, and write what is wanted of it.

    Parameters
    ----------
    rows
        Where the values of each pair go.
    plan
        What is wanted, and of which sets.
    begins
        Window x pair.
    """
    wanted, sets = plan
    to = (values.whole, values.real, rows, bool((np.diff(rows) == 1).all()))
    membership = (sets.sets_from, sets.sets_of, len(sets.sets))
    _count_into(*to, wanted.counts, wanted.trends, *line, *membership, begins, ends)


@compiled
def _count_into(  # noqa: PLR0913, PLR0917 - arrays, one by one
    whole: Whole,
    real: Doubles,
    rows: Integers,
    together: bool,  # noqa: FBT001 - whether each row follows the one before
    counts: Integers,
    trends: Integers,
    which: Integers,
    start: Integers,
    pairs: Integers,
    sets_from: Integers,
    sets_of: Integers,
    sets: int,
    begins: Integers,
    ends: Integers,
) -> None:
    """Count what was there before each event, piece by piece of a line; a window is the difference of two counts."""
    inside = np.empty((_PAIRS_AT_ONCE, len(begins), sets), whole.dtype)
    before = np.empty((_EVENTS_AT_ONCE + 1, sets), whole.dtype)
    first = held = 0
    for line in range(len(start) - 1):
        short = start[line + 1] - start[line] <= _EVENTS_AT_ONCE
        if short:
            _add_up(before, which[start[line] : start[line + 1]], sets_from, sets_of)
        pair = pairs[line]
        while pair < pairs[line + 1]:
            some = min(pairs[line + 1] - pair, _PAIRS_AT_ONCE - held)
            to = (inside[held : held + some], begins[:, pair : pair + some], ends[pair : pair + some])
            if short:
                _subtract(*to, start[line], before)
            else:
                _slide(*to, which, sets_from, sets_of)
            pair += some
            held += some
            if held == _PAIRS_AT_ONCE:
                _write(whole, real, rows[first : first + held], together, counts, trends, inside)
                first += held
                held = 0
    if held > 0:
        _write(whole, real, rows[first : first + held], together, counts, trends, inside)


@compiled
def _add_up(before: Whole, which: Integers, sets_from: Integers, sets_of: Integers) -> None:
    """Count, per event and set, the events before it, and last all of them."""
    before[0, :] = 0
    for event in range(len(which)):
        now, then = before[event + 1], before[event]
        for number in range(before.shape[1]):
            now[number] = then[number]
        for place in range(sets_from[which[event]], sets_from[which[event] + 1]):
            now[sets_of[place]] += 1


@compiled
def _subtract(inside: Whole, begins: Integers, ends: Integers, start: int, before: Whole) -> None:
    """Find, per pair, window and set, what lies between begin and end of a line whose events were added up."""
    for pair in range(len(ends)):
        until = before[ends[pair] - start]
        for window in range(len(begins)):
            now, since = inside[pair, window], before[begins[window, pair] - start]
            for number in range(before.shape[1]):
                now[number] = until[number] - since[number]


@compiled
def _slide(
    inside: Whole, begins: Integers, ends: Integers, which: Integers, sets_from: Integers, sets_of: Integers
) -> None:
    """Do the same for a long line: what enters and leaves a window is counted on the way from pair to pair."""
    inside[:] = 0
    for window in range(len(begins)):
        for pair in range(len(ends)):
            begin, end = begins[window, pair], ends[pair]
            last_begin, last_end = (begins[window, pair - 1], ends[pair - 1]) if pair else (begin, begin)
            if pair:
                inside[pair, window] = inside[pair - 1, window]
            _count(inside[pair, window], which[last_end:end], 1, sets_from, sets_of)
            _count(inside[pair, window], which[last_begin:begin], -1, sets_from, sets_of)


@compiled
def _count(counts: Whole, which: Integers, weight: int, sets_from: Integers, sets_of: Integers) -> None:
    for kind in which:
        for place in range(sets_from[kind], sets_from[kind + 1]):
            counts[sets_of[place]] += weight


@compiled
def _write(
    whole: Whole,
    real: Doubles,
    rows: Integers,
    together: bool,  # noqa: FBT001 - whether each row follows the one before
    counts: Integers,
    trends: Integers,
    inside: Integers,
) -> None:
    """Write what was counted for some pairs (pair x window x set): memory takes it best feature by feature."""
    held = len(rows)
    for number in range(len(counts)):
        place, window, chosen = counts[number, 0], counts[number, 1], counts[number, 2]
        if together:
            to = whole[place, rows[0] : rows[0] + held]
            for pair in range(held):
                to[pair] = inside[pair, window, chosen]
        else:
            for pair in range(held):
                whole[place, rows[pair]] = inside[pair, window, chosen]
    for number in range(len(trends)):
        place, chosen = trends[number, 0], trends[number, 3]
        for pair in range(held):
            recent, month = inside[pair, trends[number, 1], chosen], inside[pair, trends[number, 2], chosen]
            real[place, rows[pair]] = compare_rates(recent, month)


@compiled
def compare_rates(recent: int, month: int) -> float:
    """Divide the daily rate of the last week by that of the weeks before (one event more); null without events."""
    if month == 0:
        return np.nan
    earlier_rate = (month - recent + 1) / (TREND_LONG_DAYS - TREND_SHORT_DAYS)
    return recent / TREND_SHORT_DAYS / earlier_rate


@compiled
def trend_of_all(recent: Integers, month: Integers) -> Doubles:
    """Return, per pair, the trend of these counts."""
    trend = np.empty(len(recent))
    for pair in range(len(recent)):
        trend[pair] = compare_rates(recent[pair], month[pair])
    return trend
