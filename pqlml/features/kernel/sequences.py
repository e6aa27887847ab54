"""Loops about single events and the order of days: what sums over windows cannot tell.

Arguments are as in :mod:`pqlml.features.kernel.tallies`. A value is a double per pair; NaN = null.
"""

from __future__ import annotations

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers
from pqlml.times import DAY_MICROSECONDS

_BLOCK = 7 * DAY_MICROSECONDS


@compiled
def current_runs(
    ts: Integers, which: Integers, chosen: Flags, start: Integers, pairs: Integers, cutoff: Integers, ends: Integers
) -> Integers:
    """Find, per pair, the run of days with an event that reaches the cutoff's day or the day before it.

    The cutoff's own day is not over: it makes a run longer, and its lack does not end one.
    """
    runs = np.zeros(len(ends), np.int64)
    for line in range(len(start) - 1):
        for pair in range(pairs[line], pairs[line + 1]):
            oldest = cutoff[pair] // DAY_MICROSECONDS - 1  # the run ends unless an event is as new as this day
            counted = oldest + 2
            for event in range(ends[pair] - 1, start[line] - 1, -1):
                day = ts[event] // DAY_MICROSECONDS
                if day < oldest:
                    break
                if chosen[which[event]] and day < counted:
                    runs[pair] += 1
                    counted, oldest = day, day - 1
    return runs


@compiled
def unbroken_blocks(
    ts: Integers, which: Integers, chosen: Flags, start: Integers, pairs: Integers, cutoff: Integers, ends: Integers
) -> Integers:
    """Count, per pair, the blocks of seven days back from the cutoff that have an event, up to the first without."""
    blocks = np.zeros(len(ends), np.int64)
    for line in range(len(start) - 1):
        for pair in range(pairs[line], pairs[line + 1]):
            for event in range(ends[pair] - 1, start[line] - 1, -1):
                # One microsecond less: an event that is exactly a week old belongs to the first block.
                block = (cutoff[pair] - ts[event] - 1) // _BLOCK
                if block > blocks[pair]:
                    break
                if block == blocks[pair] and chosen[which[event]]:
                    blocks[pair] += 1
    return blocks


@compiled
def spread_of_gaps(ts: Integers, which: Integers, chosen: Flags, begins: Integers, ends: Integers) -> Doubles:
    """Return, per pair, the population standard deviation of the gaps between active days; null below two gaps."""
    spread = np.full(len(ends), np.nan)
    for pair in range(len(ends)):
        days, day = 0, np.int64(0)
        total, squares = np.int64(0), np.int64(0)
        for event in range(begins[pair], ends[pair]):
            its_day = ts[event] // DAY_MICROSECONDS
            if chosen[which[event]] and (days == 0 or its_day > day):
                if days > 0:
                    total += its_day - day
                    squares += (its_day - day) ** 2
                days += 1
                day = its_day
        gaps = days - 1
        if gaps > 1:  # in whole numbers up to the root, so that every engine finds the same double
            spread[pair] = np.sqrt(float(gaps * squares - total * total)) / gaps
    return spread


@compiled
def count_early(  # noqa: PLR0913, PLR0917 - arrays, one by one
    ts: Integers,
    which: Integers,
    chosen: Flags,
    start: Integers,
    pairs: Integers,
    signup: Integers,
    length: int,
    ends: Integers,
) -> Doubles:
    """Count, per pair, the events before the cutoff that lie within so many microseconds from sign-up on."""
    count = np.full(len(ends), np.nan)
    for line in range(len(start) - 1):
        for pair in range(pairs[line], pairs[line + 1]):
            if signup[pair] == NULL:
                continue
            first = start[line] + np.searchsorted(ts[start[line] : ends[pair]], signup[pair])
            number = 0
            for event in range(first, ends[pair]):
                if ts[event] >= signup[pair] + length:
                    break
                if chosen[which[event]]:
                    number += 1
            count[pair] = number
    return count


@compiled
def newest_values(
    ts: Integers, amount: Doubles, which: Integers, chosen: Flags, start: Integers, pairs: Integers, ends: Integers
) -> Doubles:
    """Return, per pair, the amount at the newest event that has one; of several at one instant the largest."""
    values = np.empty(len(ends))
    for line in range(len(start) - 1):
        event = start[line]
        newest, value = NULL, np.nan
        for pair in range(pairs[line], pairs[line + 1]):
            while event < ends[pair]:
                if chosen[which[event]] and not np.isnan(amount[event]):
                    if ts[event] != newest or amount[event] > value:
                        value = amount[event]
                    newest = ts[event]
                event += 1
            values[pair] = value
    return values


@compiled
def largest_values(
    amount: Doubles,
    which: Integers,
    chosen: Flags,
    start: Integers,
    pairs: Integers,
    begins: Integers,
    ends: Integers,
) -> Doubles:
    """Return, per pair, the largest amount between begin and end; null if there is none.

    A queue holds the events that may still become the largest: later ones have smaller amounts.
    """
    values = np.full(len(ends), np.nan)
    queue = np.empty(len(amount), np.int64)
    for line in range(len(start) - 1):
        event = start[line]
        first = last = 0
        for pair in range(pairs[line], pairs[line + 1]):
            while event < ends[pair]:
                if chosen[which[event]] and not np.isnan(amount[event]):
                    while last > first and amount[queue[last - 1]] <= amount[event]:
                        last -= 1
                    queue[last] = event
                    last += 1
                event += 1
            while first < last and queue[first] < begins[pair]:
                first += 1
            if first < last:
                values[pair] = amount[queue[first]]
    return values


@compiled
def top_shares(
    label: Integers,
    which: Integers,
    chosen: Flags,
    start: Integers,
    pairs: Integers,
    begins: Integers,
    ends: Integers,
) -> Doubles:
    """Return, per pair, the share of the most frequent label among the events between begin and end that have one.

    Counts change by one at a time, so the largest falls by one at most, and the number of labels per count tells when.
    """
    shares = np.full(len(ends), np.nan)
    for line in range(len(start) - 1):
        events = start[line + 1] - start[line]
        count = np.zeros(events, np.int64)
        with_count = np.zeros(events + 1, np.int64)
        entered = left = start[line]
        largest = labelled = 0
        for pair in range(pairs[line], pairs[line + 1]):
            while entered < ends[pair]:
                mine = label[entered]
                if mine >= 0 and chosen[which[entered]]:
                    with_count[count[mine]] -= 1
                    count[mine] += 1
                    with_count[count[mine]] += 1
                    largest = max(largest, count[mine])
                    labelled += 1
                entered += 1
            while left < begins[pair]:
                mine = label[left]
                if mine >= 0 and chosen[which[left]]:
                    with_count[count[mine]] -= 1
                    if with_count[largest] == 0:
                        largest -= 1
                    count[mine] -= 1
                    with_count[count[mine]] += 1
                    labelled -= 1
                left += 1
            if labelled > 0:
                shares[pair] = largest / labelled
    return shares
