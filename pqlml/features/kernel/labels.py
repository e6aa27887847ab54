"""The values of a key, numbered within each line, so that sets of values are small arrays."""

from __future__ import annotations

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers
from pqlml.times import DAY_MICROSECONDS

MIX = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)


@compiled
def label_days(ts: Integers, start: Integers) -> Integers:
    """Give the days of each line's events numbers."""
    label = np.empty(len(ts), np.int64)
    for line in range(len(start) - 1):
        number = -1
        day = np.int64(0)
        for event in range(start[line], start[line + 1]):
            its_day = ts[event] // DAY_MICROSECONDS
            if number < 0 or its_day != day:
                number += 1
                day = its_day
            label[event] = number
    return label


@compiled
def label_values(value: Integers, start: Integers) -> Integers:
    """Give the different values of each line's events numbers; 0 means null and gets -1."""
    label = np.empty(len(value), np.int64)
    slot_value = np.empty(slots_for(longest_line(start)), np.int64)
    slot_label = np.empty(len(slot_value), np.int64)
    for line in range(len(start) - 1):
        slots = slots_for(start[line + 1] - start[line])
        for slot in range(slots):
            slot_label[slot] = -1
        number = 0
        for event in range(start[line], start[line + 1]):
            label[event] = -1
            if value[event] != 0:
                slot = int((np.uint64(value[event]) * MIX) >> SHIFT) & (slots - 1)
                while slot_label[slot] >= 0 and slot_value[slot] != value[event]:
                    slot = (slot + 1) & (slots - 1)
                if slot_label[slot] < 0:
                    slot_value[slot] = value[event]
                    slot_label[slot] = number
                    number += 1
                label[event] = slot_label[slot]
    return label


@compiled
def longest_line(start: Integers) -> int:
    """Return the number of events of the longest line."""
    longest = 0
    for line in range(len(start) - 1):
        longest = max(longest, start[line + 1] - start[line])
    return longest


@compiled
def slots_for(values: int) -> int:
    """Return the size of a hash table: a power of two, at most half full."""
    slots = 16
    while slots < 2 * values:
        slots *= 2
    return slots
