"""One loop per kind of counting: each walks over the events once, however many cutoffs there are.

``start`` tells where each line's events begin, ``pairs`` where its pairs begin. ``ends`` (and ``begins``) holds one
event per pair, up to which (and from which on) events count; within a line they ascend. ``chosen`` tells, per class of
events, whether they count.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers, Unsigned, add
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS
from pqlml.times import DAY_MICROSECONDS

_BLOCK = 7 * DAY_MICROSECONDS


class Sums(NamedTuple):
    """Per pair, an exact sum in two limbs, and the number of values in it."""

    high: Integers
    low: Unsigned
    number: Integers


class Neighbours(NamedTuple):
    """Per event, the previous and the following one of its line with the same value.

    There is no previous one: -1; no following one: the number of events. An event that does not count is its own
    previous one, and is followed by -1: so it changes no total.
    """

    previous: Integers
    following: Integers


@compiled
def find_edges(ts: Integers, start: Integers, pairs: Integers, edge: Integers) -> Integers:
    """Find, per pair, the first event of the line at or after an instant, or the line's end; instants ascend."""
    ends = np.empty(len(edge), np.int64)
    for line in range(len(start) - 1):
        event = start[line]
        for pair in range(pairs[line], pairs[line + 1]):
            while event < start[line + 1] and ts[event] < edge[pair]:
                event += 1
            ends[pair] = event
    return ends


@compiled
def count_sets(  # noqa: PLR0913, PLR0917 - arrays, one by one
    which: Integers,
    start: Integers,
    pairs: Integers,
    sets_from: Integers,
    sets_of: Integers,
    sets: int,
    begins: Integers,
    ends: Integers,
) -> Doubles:
    """Count, per set and pair, the events of the line between begin and end."""
    count = np.empty((sets, len(ends)))
    running = np.empty(sets, np.int64)
    for line in range(len(start) - 1):
        running[:] = 0
        entered = left = start[line]
        for pair in range(pairs[line], pairs[line + 1]):
            while entered < ends[pair]:
                for place in range(sets_from[which[entered]], sets_from[which[entered] + 1]):
                    running[sets_of[place]] += 1
                entered += 1
            while left < begins[pair]:
                for place in range(sets_from[which[left]], sets_from[which[left] + 1]):
                    running[sets_of[place]] -= 1
                left += 1
            for number in range(sets):
                count[number, pair] = running[number]
    return count


@compiled
def first_and_last(  # noqa: PLR0913, PLR0917 - arrays, one by one
    ts: Integers,
    which: Integers,
    start: Integers,
    pairs: Integers,
    sets_from: Integers,
    sets_of: Integers,
    sets: int,
    ends: Integers,
) -> tuple[Integers, Integers]:
    """Find, per set and pair, the first and the last time before the cutoff; ``NULL`` = none."""
    first = np.empty((sets, len(ends)), np.int64)
    last = np.empty((sets, len(ends)), np.int64)
    so_far = np.empty((2, sets), np.int64)
    for line in range(len(start) - 1):
        event = start[line]
        so_far[:] = NULL
        for pair in range(pairs[line], pairs[line + 1]):
            while event < ends[pair]:
                for place in range(sets_from[which[event]], sets_from[which[event] + 1]):
                    number = sets_of[place]
                    if so_far[0, number] == NULL:
                        so_far[0, number] = ts[event]
                    so_far[1, number] = ts[event]
                event += 1
            for number in range(sets):
                first[number, pair], last[number, pair] = so_far[0, number], so_far[1, number]
    return first, last


@compiled
def compare_rates(recent: Doubles, month: Doubles) -> Doubles:
    """Divide the daily rate of the last week by that of the weeks before (one event more); null without events."""
    trend = np.empty(len(recent))
    for pair in range(len(recent)):
        earlier_rate = (month[pair] - recent[pair] + 1) / (TREND_LONG_DAYS - TREND_SHORT_DAYS)
        trend[pair] = recent[pair] / TREND_SHORT_DAYS / earlier_rate if month[pair] > 0 else np.nan
    return trend


@compiled
def days_between(later: Integers, earlier: Integers) -> Doubles:
    """Return the days from one instant to another; ``NULL`` instants give null."""
    days = np.empty(len(later))
    for pair in range(len(later)):
        known = later[pair] != NULL and earlier[pair] != NULL
        days[pair] = (later[pair] - earlier[pair]) / DAY_MICROSECONDS if known else np.nan
    return days


@compiled
def add_up(
    its_high: Integers,
    its_low: Unsigned,
    which: Integers,
    chosen: Flags,
    start: Integers,
    pairs: Integers,
    ends: Integers,
) -> Sums:
    """Add, per pair, the values of the line's events before the end."""
    high = np.empty(len(ends), np.int64)
    low = np.empty(len(ends), np.uint64)
    count = np.empty(len(ends), np.int64)
    for line in range(len(start) - 1):
        event = start[line]
        sum_high, sum_low, number = 0, np.uint64(0), 0
        for pair in range(pairs[line], pairs[line + 1]):
            while event < ends[pair]:
                if chosen[which[event]] and its_high[event] != NULL:
                    sum_high, sum_low = add(sum_high, sum_low, its_high[event], its_low[event])
                    number += 1
                event += 1
            high[pair], low[pair], count[pair] = sum_high, sum_low, number
    return Sums(high, low, count)


@compiled
def find_neighbours(label: Integers, which: Integers, chosen: Flags, start: Integers) -> Neighbours:
    """Find the neighbours of each event; ``label`` numbers the values of each line, -1 is none."""
    events = len(label)
    previous = np.empty(events, np.int64)
    following = np.full(events, events)
    latest = np.empty(events, np.int64)
    for line in range(len(start) - 1):
        for value in range(start[line + 1] - start[line]):
            latest[value] = -1
        for event in range(start[line], start[line + 1]):
            value = label[event]
            if value < 0 or not chosen[which[event]]:
                previous[event] = event
                following[event] = -1
                continue
            previous[event] = latest[value]
            if latest[value] >= 0:
                following[latest[value]] = event
            latest[value] = event
    return Neighbours(previous, following)


@compiled
def count_values(
    neighbours: Neighbours, start: Integers, pairs: Integers, begins: Integers, ends: Integers
) -> Integers:
    """Count, per pair, the different values of the events between begin and end."""
    previous, following = neighbours
    count = np.empty(len(ends), np.int64)
    for line in range(len(start) - 1):
        entered = left = start[line]
        running = 0
        for pair in range(pairs[line], pairs[line + 1]):
            # No branches on data: which way one went could not be foreseen.
            while entered < ends[pair]:
                running += previous[entered] < left
                entered += 1
            while left < begins[pair]:
                running -= following[left] >= entered
                left += 1
            count[pair] = running
    return count


@compiled
def count_numbered(label: Integers, begins: Integers, ends: Integers) -> Integers:
    """Count, per pair, the different labels of the events between begin and end, where labels ascend."""
    count = np.zeros(len(ends), np.int64)
    for pair in range(len(ends)):
        if begins[pair] < ends[pair]:
            count[pair] = label[ends[pair] - 1] - label[begins[pair]] + 1
    return count


@compiled
def ages(ts: Integers, previous: Integers) -> Integers:
    """Return the microseconds from the first event with the same value to each event."""
    age = np.zeros(len(ts), np.int64)
    for event in range(len(ts)):
        before = previous[event]
        if before >= 0:
            age[event] = age[before] + ts[event] - ts[before]
    return age


@compiled
def total_of_values(
    weight: Integers,
    gain: Integers,
    neighbours: Neighbours,
    start: Integers,
    pairs: Integers,
    begins: Integers,
    ends: Integers,
) -> Integers:
    """Add up, per pair, over the values whose last event before the end lies between begin and end.

    A value adds the weight of that event.

    Parameters
    ----------
    gain
        How much more an event weighs than the previous one with the same value.
    """
    previous, following = neighbours
    total = np.empty(len(ends), np.int64)
    for line in range(len(start) - 1):
        entered = left = start[line]
        running = 0
        for pair in range(pairs[line], pairs[line + 1]):
            # No branches on data: which way one went could not be foreseen.
            while entered < ends[pair]:
                whole, more = weight[entered], gain[entered]
                running += more if previous[entered] >= left else whole
                entered += 1
            while left < begins[pair]:
                whole = weight[left]
                running -= whole if following[left] >= entered else 0
                left += 1
            total[pair] = running
    return total


@compiled
def longest_runs(
    ts: Integers, which: Integers, chosen: Flags, start: Integers, pairs: Integers, ends: Integers
) -> Integers:
    """Find, per pair, the longest run of consecutive days with an event before the cutoff."""
    longest = np.empty(len(ends), np.int64)
    for line in range(len(start) - 1):
        event = start[line]
        day, run, best = np.int64(0), 0, 0
        for pair in range(pairs[line], pairs[line + 1]):
            while event < ends[pair]:
                if chosen[which[event]]:
                    its_day = ts[event] // DAY_MICROSECONDS
                    if run == 0 or its_day > day + 1:
                        run = 1
                    elif its_day == day + 1:
                        run += 1
                    day = its_day
                    best = max(best, run)
                event += 1
            longest[pair] = best
    return longest


@compiled
def count_blocks(
    ts: Integers,
    which: Integers,
    chosen: Flags,
    cutoff: Integers,
    begins: Integers,
    ends: Integers,
) -> Integers:
    """Count, per pair, the blocks of seven days back from the cutoff that have an event between begin and end."""
    blocks = np.zeros(len(ends), np.int64)
    for pair in range(len(ends)):
        newest = np.int64(-1)
        for event in range(ends[pair] - 1, begins[pair] - 1, -1):
            # One microsecond less: an event that is exactly a week old belongs to the first block.
            block = (cutoff[pair] - ts[event] - 1) // _BLOCK
            if chosen[which[event]] and block != newest:
                newest = block
                blocks[pair] += 1
    return blocks
