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
from pqlml.times import DAY_MICROSECONDS

_BLOCK = 7 * DAY_MICROSECONDS


class Sums(NamedTuple):
    """Per pair, an exact sum in two limbs, and the number of values in it."""

    high: Integers
    low: Unsigned
    number: Integers


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
def ends_of(ts: Integers, begins: Integers, ends: Integers) -> tuple[Integers, Integers]:
    """Return, per pair, the times of the first and the last event between begin and end; ``NULL`` = none."""
    first, last = np.full(len(ends), NULL), np.full(len(ends), NULL)
    for pair in range(len(ends)):
        if begins[pair] < ends[pair]:
            first[pair], last[pair] = ts[begins[pair]], ts[ends[pair] - 1]
    return first, last


@compiled
def days_between(later: Integers, earlier: Integers) -> Doubles:
    """Return the days from one instant to another; ``NULL`` instants give null."""
    days = np.empty(len(later))
    for pair in range(len(later)):
        known = later[pair] != NULL and earlier[pair] != NULL
        days[pair] = (later[pair] - earlier[pair]) / DAY_MICROSECONDS if known else np.nan
    return days


@compiled
def add_up(its_high: Integers, its_low: Unsigned, which: Integers, chosen: Flags) -> Sums:
    """Add up the values of all events before each one, and last of all events."""
    high = np.empty(len(which) + 1, np.int64)
    low = np.empty(len(which) + 1, np.uint64)
    count = np.empty(len(which) + 1, np.int64)
    sum_high, sum_low, number = 0, np.uint64(0), 0
    for event in range(len(which)):
        high[event], low[event], count[event] = sum_high, sum_low, number
        if chosen[which[event]] and its_high[event] != NULL:
            sum_high, sum_low = add(sum_high, sum_low, its_high[event], its_low[event])
            number += 1
    high[-1], low[-1], count[-1] = sum_high, sum_low, number
    return Sums(high, low, count)


@compiled
def count_numbered(label: Integers, begins: Integers, ends: Integers) -> Integers:
    """Count, per pair, the different labels of the events between begin and end, where labels ascend."""
    count = np.zeros(len(ends), np.int64)
    for pair in range(len(ends)):
        if begins[pair] < ends[pair]:
            count[pair] = label[ends[pair] - 1] - label[begins[pair]] + 1
    return count


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
