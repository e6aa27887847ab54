"""One loop per kind of counting: each walks over the events once per window, however many cutoffs there are.

``start`` tells where each line's events begin, ``pairs`` where its pairs begin. ``ends`` is edge x pair: the first
event at or after the edge, or the end of the line; the last row belongs to the cutoffs, the others to the beginnings
of the windows. ``chosen`` tells, per class of events, whether they count.
"""

from __future__ import annotations

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import NULL, Flags, Integers, Unsigned, add
from pqlml.times import DAY_MICROSECONDS

_BLOCK = 7 * DAY_MICROSECONDS


@compiled
def find_edges(ts: Integers, start: Integers, pairs: Integers, cutoff: Integers, windows: Integers) -> Integers:
    """Find the edges of all windows, given in microseconds; 0 = all history."""
    ends = np.empty((len(windows) + 1, len(cutoff)), np.int64)
    for line in range(len(start) - 1):
        for window in range(len(windows) + 1):
            length = windows[window] if window < len(windows) else 0
            all_history = window < len(windows) and length == 0
            event = start[line]
            for pair in range(pairs[line], pairs[line + 1]):
                edge = cutoff[pair] - length
                while not all_history and event < start[line + 1] and ts[event] < edge:
                    event += 1
                ends[window, pair] = event
    return ends


@compiled
def count_sets(
    which: Integers, start: Integers, pairs: Integers, sets_from: Integers, sets_of: Integers, sets: int, ends: Integers
) -> Integers:
    """Count, per edge, pair and set, the events of the line before the edge."""
    count = np.zeros((ends.shape[0], ends.shape[1], sets), np.int64)
    for line in range(len(start) - 1):
        for edge in range(ends.shape[0]):
            event = start[line]
            for pair in range(pairs[line], pairs[line + 1]):
                if pair > pairs[line]:
                    for number in range(sets):
                        count[edge, pair, number] = count[edge, pair - 1, number]
                while event < ends[edge, pair]:
                    for place in range(sets_from[which[event]], sets_from[which[event] + 1]):
                        count[edge, pair, sets_of[place]] += 1
                    event += 1
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
    reached: Integers,
) -> tuple[Integers, Integers]:
    """Find, per pair and set, the first and the last time before the cutoff; ``NULL`` = none."""
    first = np.full((len(reached), sets), NULL)
    last = np.full((len(reached), sets), NULL)
    for line in range(len(start) - 1):
        event = start[line]
        for pair in range(pairs[line], pairs[line + 1]):
            if pair > pairs[line]:
                for number in range(sets):
                    first[pair, number] = first[pair - 1, number]
                    last[pair, number] = last[pair - 1, number]
            while event < reached[pair]:
                for place in range(sets_from[which[event]], sets_from[which[event] + 1]):
                    if first[pair, sets_of[place]] == NULL:
                        first[pair, sets_of[place]] = ts[event]
                    last[pair, sets_of[place]] = ts[event]
                event += 1
    return first, last


@compiled
def add_up(
    its_high: Integers,
    its_low: Unsigned,
    which: Integers,
    chosen: Flags,
    start: Integers,
    pairs: Integers,
    ends: Integers,
) -> tuple[Integers, Unsigned, Integers]:
    """Add, per edge and pair, the values of the line before the edge; return high and low limbs, and how many."""
    high = np.empty(ends.shape, np.int64)
    low = np.empty(ends.shape, np.uint64)
    valued = np.empty(ends.shape, np.int64)
    for line in range(len(start) - 1):
        for edge in range(ends.shape[0]):
            event = start[line]
            sum_high, sum_low, number = 0, np.uint64(0), 0
            for pair in range(pairs[line], pairs[line + 1]):
                while event < ends[edge, pair]:
                    if chosen[which[event]] and its_high[event] != NULL:
                        sum_high, sum_low = add(sum_high, sum_low, its_high[event], its_low[event])
                        number += 1
                    event += 1
                high[edge, pair], low[edge, pair], valued[edge, pair] = sum_high, sum_low, number
    return high, low, valued


@compiled
def neighbours(label: Integers, which: Integers, chosen: Flags, start: Integers) -> tuple[Integers, Integers]:
    """Find, for each event, the previous and the following one of its line with the same value.

    ``label`` numbers the values of each line; -1 is none. There is no previous one: -1; no following one: the number
    of events. An event that does not count is its own previous one, and is followed by -1: so it changes no total.
    """
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
    return previous, following


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
    weight: Integers, previous: Integers, following: Integers, start: Integers, pairs: Integers, ends: Integers
) -> Integers:
    """Add up, per window and pair, over the values whose last event before the cutoff lies in the window.

    A value adds the weight of that event. The other arguments are what :func:`neighbours` returns, and as everywhere.
    """
    windows = ends.shape[0] - 1
    total = np.zeros((windows, ends.shape[1]), np.int64)
    for line in range(len(start) - 1):
        for window in range(windows):
            entered = left = start[line]
            running = 0
            for pair in range(pairs[line], pairs[line + 1]):
                while entered < ends[windows, pair]:
                    running += weight[entered]
                    if previous[entered] >= left:
                        running -= weight[previous[entered]]
                    entered += 1
                while left < ends[window, pair]:
                    if following[left] >= entered:
                        running -= weight[left]
                    left += 1
                total[window, pair] = running
    return total


@compiled
def longest_runs(
    ts: Integers, which: Integers, chosen: Flags, start: Integers, pairs: Integers, reached: Integers
) -> Integers:
    """Find, per pair, the longest run of consecutive days with an event before the cutoff."""
    longest = np.empty(len(reached), np.int64)
    for line in range(len(start) - 1):
        event = start[line]
        day, run, best = np.int64(0), 0, 0
        for pair in range(pairs[line], pairs[line + 1]):
            while event < reached[pair]:
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
    ts: Integers, which: Integers, chosen: Flags, start: Integers, pairs: Integers, cutoff: Integers, ends: Integers
) -> Integers:
    """Count, per window and pair, the blocks of seven days back from the cutoff whose newest event is in the window."""
    windows = ends.shape[0] - 1
    blocks = np.zeros((windows, ends.shape[1]), np.int64)
    for line in range(len(start) - 1):
        for pair in range(pairs[line], pairs[line + 1]):
            newest = np.int64(-1)
            for event in range(ends[windows, pair] - 1, start[line] - 1, -1):
                # One microsecond less: an event that is exactly a week old belongs to the first block.
                block = (cutoff[pair] - ts[event] - 1) // _BLOCK
                if chosen[which[event]] and block != newest:
                    newest = block
                    for window in range(windows):
                        if event >= ends[window, pair]:
                            blocks[window, pair] += 1
    return blocks
