"""Numbers in the place of fingerprints: of entities and of events, looked up while the events stream by."""

from __future__ import annotations

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers

_OTHERS = np.int64(2**62)
_SLOTS = 1024
_FREE = -1


@compiled
def number_in_order(fingerprints: Integers) -> tuple[Integers, Integers, int]:
    """Give fingerprints numbers from 0 on, in the order in which they first occur.

    Returns
    -------
    A table for the functions below: a hash table with open addresses, at most half full, whose slots hold a fingerprint
    and its number (-1 = free). Then the number of each fingerprint, and how many different ones there are.
    """
    table = _empty(_SLOTS)
    number = np.empty(len(fingerprints), np.int64)
    found = 0
    for place in range(len(fingerprints)):
        slot = _slot(table, fingerprints[place])
        if table[slot, 1] == _FREE:
            table[slot, 0], table[slot, 1] = fingerprints[place], found
            found += 1
        number[place] = table[slot, 1]
        if 2 * found > len(table):
            table = _doubled(table)
    return table, number, found


@compiled
def find_numbers(table: Integers, fingerprints: Integers) -> Integers:
    """Return the number of each fingerprint; -1 = not in the table."""
    number = np.empty(len(fingerprints), np.int64)
    for place in range(len(fingerprints)):
        number[place] = table[_slot(table, fingerprints[place]), 1]
    return number


@compiled
def find_codes(table: Integers, fingerprints: Integers) -> Integers:
    """Return codes: the number and 1 for what is in the table, large ones that tell them apart for the others."""
    code = np.empty(len(fingerprints), np.int64)
    for place in range(len(fingerprints)):
        number = table[_slot(table, fingerprints[place]), 1]
        code[place] = number + 1 if number != _FREE else (fingerprints[place] & (_OTHERS - 1)) | _OTHERS
    return code


@compiled
def _slot(table: Integers, fingerprint: int) -> int:
    """Return where the fingerprint is, or the free slot where it would be."""
    slot = fingerprint & (len(table) - 1)
    while table[slot, 1] != _FREE and table[slot, 0] != fingerprint:
        slot = (slot + 1) & (len(table) - 1)
    return slot


@compiled
def _empty(slots: int) -> Integers:
    table = np.empty((slots, 2), np.int64)
    for slot in range(slots):
        table[slot, 0], table[slot, 1] = 0, _FREE
    return table


@compiled
def _doubled(table: Integers) -> Integers:
    larger = _empty(2 * len(table))
    for old in range(len(table)):
        if table[old, 1] != _FREE:
            slot = _slot(larger, table[old, 0])
            larger[slot, 0], larger[slot, 1] = table[old, 0], table[old, 1]
    return larger
