"""Different values: each event beside the previous and the following one of its line that has the same value.

``start``, ``pairs``, ``begins``, ``ends`` and ``chosen`` are those of :mod:`pqlml.features.kernel.tallies`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Flags, Integers
from pqlml.features.kernel.labels import MIX, SHIFT, longest_line, slots_for


class Neighbours(NamedTuple):
    """Per event, the previous and the following one of its line with the same value.

    There is no previous one: -1; no following one: the number of events. An event that does not count is its own
    previous one, and is followed by -1: so it changes no total.
    """

    previous: Integers
    following: Integers


@compiled
def find_neighbours(value: Integers, which: Integers, chosen: Flags, start: Integers) -> Neighbours:
    """Find the neighbours of each event; ``value`` is 0 where it is null.

    A hash table holds the latest event of each value; what lies before the line's first event is of an older line.
    """
    events = len(value)
    previous = np.empty(events, np.int64)
    following = np.full(events, events)
    slots = np.full(slots_for(longest_line(start)), -1)
    for line in range(len(start) - 1):
        begin = start[line]
        last = slots_for(start[line + 1] - begin) - 1
        for event in range(begin, start[line + 1]):
            mine = value[event]
            if mine == 0 or not chosen[which[event]]:
                previous[event] = event
                following[event] = -1
                continue
            slot = int((np.uint64(mine) * MIX) >> SHIFT) & last
            while slots[slot] >= begin and value[slots[slot]] != mine:
                slot = (slot + 1) & last
            latest = slots[slot]
            if latest >= begin:
                previous[event] = latest
                following[latest] = event
            else:
                previous[event] = -1
            slots[slot] = event
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
            if begins[pair] >= entered:  # nothing that was seen is inside any more
                entered = left = begins[pair]
                running = 0
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
            if begins[pair] >= entered:  # nothing that was seen is inside any more
                entered = left = begins[pair]
                running = 0
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
