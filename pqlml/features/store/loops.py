"""Loops over pairs: what is kept of the past, and the newer records that each pair sees.

A pair sees a record if it happened before the cutoff and was known by then; the past it sees whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import NULL, Doubles, Flags, Integers, Unsigned, add, decimal
from pqlml.features.store.tallies import Tally
from pqlml.times import DAY_MICROSECONDS

TS, ENTITY, EVENT, KNOWN = 0, 1, 2, 3
"""Places in a record; see :mod:`pqlml.features.store.records`."""

BY_DAY = -1
"""Stands for the place of a value that is no column: the day of ``ts``."""


class Newer(NamedTuple):
    """Records by place; those of place ``p`` are ``begin[p]:begin[p + 1]``."""

    begin: Integers
    records: Integers


class Amounts(NamedTuple):
    """Decimals in two limbs; see :mod:`pqlml.features.kernel.exact`."""

    high: Integers
    low: Unsigned


class Asked(NamedTuple):
    """Pairs by place and cutoff.

    An entity has a number among the tallies (-1 = it never had an event) and a place among the newer records.
    """

    entity: Integers
    place: Integers
    cutoff: Integers
    signup: Integers  # `NULL` = unknown


class Sets(NamedTuple):
    """Sets of events: those of class ``c`` are ``of[begin[c]:begin[c + 1]]``; codes beyond the classes are class 0."""

    begin: Integers
    of: Integers
    number: int
    codes: int


EVENTS, NAMES, FIRST, LAST = 0, 1, 2, 3


class Totals(NamedTuple):
    """Per set of events and pair: how many, first and last time (``NULL`` = none), how many names."""

    events: Doubles
    first: Integers
    last: Integers
    names: Doubles


class Different(NamedTuple):
    """Different values of each pair's records with first and last time; days ascend.

    Those of pair ``p`` are ``start[p]:start[p + 1]``. With one more dimension in front: of several columns.
    """

    start: Integers
    key: Integers
    first: Integers
    last: Integers


@compiled
def totals(kept: Tally, newer: Newer, asked: Asked, sets: Sets) -> Totals:
    """Count the events of each set, and find their first and last time."""
    shape = (sets.number, len(asked.entity))
    found = Totals(np.empty(shape), np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape))
    so_far = np.empty((4, sets.number), np.int64)
    seen = np.full(sets.codes, -1)
    for pair in range(len(asked.entity)):
        so_far[EVENTS, :], so_far[NAMES, :] = 0, 0
        so_far[FIRST, :], so_far[LAST, :] = NULL, NULL
        begin, end = _rows(kept.start, asked.entity[pair])
        for row in range(begin, end):
            seen[kept.key[row]] = pair
            number, first, last = kept.columns[0][row], kept.columns[1][row], kept.columns[2][row]
            _count(so_far, sets, kept.key[row], (number, first, last, 1))
        begin, end = _rows(newer.begin, asked.place[pair])
        for row in range(begin, end):
            if _sees(newer.records, row, asked.cutoff[pair]):
                ts, event = newer.records[row, TS], newer.records[row, EVENT]
                _count(so_far, sets, event, (1, ts, ts, 1 if seen[event] != pair else 0))
                seen[event] = pair
        for chosen in range(sets.number):
            found.events[chosen, pair], found.names[chosen, pair] = so_far[EVENTS, chosen], so_far[NAMES, chosen]
            found.first[chosen, pair], found.last[chosen, pair] = so_far[FIRST, chosen], so_far[LAST, chosen]
    return found


@compiled
def sums(kept: Tally, newer: Newer, place: int, asked: Asked, chosen: Flags) -> tuple[Amounts, Integers]:
    """Add up a property, which is a double in that place of the records; return the sums and how many have one."""
    doubles = newer.records.view(np.float64)
    high, low = np.zeros(len(asked.entity), np.int64), np.zeros(len(asked.entity), np.uint64)
    number = np.zeros(len(asked.entity), np.int64)
    for pair in range(len(asked.entity)):
        sum_high, sum_low = 0, np.uint64(0)
        begin, end = _rows(kept.start, asked.entity[pair])
        for row in range(begin, end):
            if _is(chosen, kept.key[row]):
                sum_high, sum_low = add(sum_high, sum_low, kept.columns[1][row], np.uint64(kept.columns[0][row]))
                number[pair] += kept.columns[2][row]
        begin, end = _rows(newer.begin, asked.place[pair])
        for row in range(begin, end):
            if not (_is(chosen, newer.records[row, EVENT]) and _sees(newer.records, row, asked.cutoff[pair])):
                continue
            more_high, more_low = decimal(doubles[row, place])
            if more_high != NULL:
                sum_high, sum_low = add(sum_high, sum_low, more_high, more_low)
                number[pair] += 1
        high[pair], low[pair] = sum_high, sum_low
    return Amounts(high, low), number


@compiled
def different(newer: Newer, asked: Asked, places: Integers, chosen: Flags) -> Different:
    """Find the different values of columns among the records that each pair sees; 0 is null and no value.

    One pair after the other, as its records stay in the cache of a processor core for all columns.

    Parameters
    ----------
    places
        Of the columns in a record.
    chosen
        Column x class: whether events of the class count.
    """
    found, size = _room(newer, asked, len(places))
    slots = np.full((len(places), size), -1)
    for pair in range(len(asked.entity)):
        begin, end = _rows(newer.begin, asked.place[pair])
        records = newer.records[begin:end]
        for column in range(len(places)):
            its = Different(found.start[column], found.key[column], found.first[column], found.last[column])
            _add_different(its, pair, records, asked.cutoff[pair], places[column], chosen[column], slots[column])
    return found


@compiled
def _add_different(
    found: Different,
    pair: int,
    records: Integers,
    cutoff: int,
    place: int,
    chosen: Flags,
    slots: Integers,
) -> None:
    """Add a pair's different values of one column.

    Parameters
    ----------
    slots
        Rows of ``found`` by a hash of their values; rows of earlier pairs count as free.
    """
    row_begin = row_end = found.start[pair]
    newest = np.int64(-1)
    for row in range(len(records)):
        if not (_is(chosen, records[row, EVENT]) and _sees(records, row, cutoff)):
            continue
        ts = records[row, TS]
        value = ts // DAY_MICROSECONDS if place == BY_DAY else records[row, place]
        if place != BY_DAY and value == 0:
            continue
        if newest < 0 or found.key[newest] != value:  # the same value often comes several times on end
            slot = _slot(value, len(slots))
            while slots[slot] >= row_begin and found.key[slots[slot]] != value:
                slot = (slot + 1) & (len(slots) - 1)
            newest = slots[slot]
            if newest < row_begin:
                newest, slots[slot] = row_end, row_end
                found.key[newest], found.first[newest], found.last[newest] = value, ts, ts
                row_end += 1
        found.first[newest] = min(found.first[newest], ts)
        found.last[newest] = max(found.last[newest], ts)
    if place == BY_DAY:
        _sort(found, row_begin, row_end)
    found.start[pair + 1] = row_end


@compiled
def kept_rows(kept: Tally, asked: Asked, recent: Different) -> Integers:
    """Find the row of each recent value among those that are kept, -1 where it is new."""
    rows = np.empty(recent.start[-1], np.int64)
    for pair in range(len(asked.entity)):
        begin, end = _rows(kept.start, asked.entity[pair])
        for row in range(recent.start[pair], recent.start[pair + 1]):
            rows[row] = _find(kept.key, begin, end, recent.key[row])
    return rows


@compiled
def count_values(kept: Tally, asked: Asked, recent: Different, among: Integers) -> Integers:
    """Count the different values, kept and recent together.

    Parameters
    ----------
    among
        What :func:`kept_rows` found.
    """
    number = np.zeros(len(asked.entity), np.int64)
    for pair in range(len(asked.entity)):
        begin, end = _rows(kept.start, asked.entity[pair])
        number[pair] = end - begin
        for row in range(recent.start[pair], recent.start[pair + 1]):
            number[pair] += among[row] < 0
    return number


@compiled
def longest_runs(kept: Tally, asked: Asked, recent: Different) -> Integers:
    """Find the longest run of consecutive days, kept and recent together."""
    longest = np.zeros(len(asked.entity), np.int64)
    for pair in range(len(asked.entity)):
        one, end = _rows(kept.start, asked.entity[pair])
        other, other_end = recent.start[pair], recent.start[pair + 1]
        run, day = 0, np.int64(0)
        while one < end or other < other_end:
            if other == other_end or (one < end and kept.key[one] <= recent.key[other]):
                following = kept.key[one]
                one += 1
            else:
                following = recent.key[other]
                other += 1
            if run == 0 or following > day + 1:
                run = 1
            elif following == day + 1:
                run += 1
            day = following
            longest[pair] = max(longest[pair], run)
    return longest


@compiled
def session_lengths(
    kept: Tally, asked: Asked, recent: Different, among: Integers, since: Integers
) -> tuple[Integers, Integers]:
    """Count the sessions whose last event is not before an instant, and add up the microseconds that they took.

    Parameters
    ----------
    among
        What :func:`kept_rows` found.
    since
        Per pair; ``NULL`` counts all sessions, and any other instant has to lie after all that is kept.
    """
    number, lasted = np.zeros(len(asked.entity), np.int64), np.zeros(len(asked.entity), np.int64)
    for pair in range(len(asked.entity)):
        begin, end = _rows(kept.start, asked.entity[pair])
        if since[pair] == NULL:
            number[pair] = end - begin
            for row in range(begin, end):
                lasted[pair] += kept.columns[1][row] - kept.columns[0][row]
        for row in range(recent.start[pair], recent.start[pair + 1]):
            place = among[row]
            first, last, before = recent.first[row], recent.last[row], 0
            if place >= 0:
                before = kept.columns[1][place] - kept.columns[0][place]
                first, last = min(first, kept.columns[0][place]), max(last, kept.columns[1][place])
            if last < since[pair]:
                continue
            counted = place >= 0 and since[pair] == NULL
            number[pair] += 0 if counted else 1
            lasted[pair] += last - first - (before if counted else 0)
    return number, lasted


@compiled
def _rows(start: Integers, entity: int) -> tuple[int, int]:
    """Return where the entity's rows begin and end; one without a number, or that came later, has none."""
    if entity < 0 or entity >= len(start) - 1:
        return 0, 0
    return start[entity], start[entity + 1]


@compiled
def _sees(records: Integers, row: int, cutoff: int) -> bool:
    return bool(records[row, TS] < cutoff and records[row, KNOWN] <= cutoff)


@compiled
def _is(chosen: Flags, code: int) -> bool:
    return bool(chosen[code if code < len(chosen) else 0])


@compiled
def _count(so_far: Integers, sets: Sets, code: int, what: tuple[int, int, int, int]) -> None:
    """Add what is known of a pair's events of one code (how many, first, last, new names) to its sets."""
    events, first, last, names = what
    which = code if code < len(sets.begin) - 1 else 0
    for place in range(sets.begin[which], sets.begin[which + 1]):
        chosen = sets.of[place]
        so_far[EVENTS, chosen] += events
        so_far[NAMES, chosen] += names
        if so_far[FIRST, chosen] == NULL or first < so_far[FIRST, chosen]:
            so_far[FIRST, chosen] = first
        so_far[LAST, chosen] = max(so_far[LAST, chosen], last)


@compiled
def _room(newer: Newer, asked: Asked, columns: int) -> tuple[Different, int]:
    """Return room for all values, and the size of a hash, a power of 2, that leaves half of its slots free."""
    room = longest = 0
    for its in asked.place:
        begin, end = _rows(newer.begin, its)
        room += end - begin
        longest = max(longest, end - begin)
    size = 2
    while size < 2 * longest:
        size *= 2
    start, shape = np.zeros((columns, len(asked.entity) + 1), np.int64), (columns, room)
    return Different(start, np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape, np.int64)), size


@compiled
def _slot(value: int, size: int) -> np.int64:
    """Return a place among so many from the middle bits of the product with 2^64 divided by the golden ratio."""
    product = np.uint64(value) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(product >> np.uint64(32)) & np.int64(size - 1)


@compiled
def _sort(found: Different, start: int, end: int) -> None:
    """Order the values of a pair, each put in its place: days come in order but for late events."""
    for row in range(start + 1, end):
        key, first, last, place = found.key[row], found.first[row], found.last[row], row
        while place > start and found.key[place - 1] > key:
            found.key[place] = found.key[place - 1]
            found.first[place], found.last[place] = found.first[place - 1], found.last[place - 1]
            place -= 1
        found.key[place], found.first[place], found.last[place] = key, first, last


@compiled
def _find(key: Integers, begin: int, end: int, value: int) -> int:
    """Return the row of a value among ascending ones, -1 if there is none."""
    limit = end
    while begin < end:
        middle = (begin + end) // 2
        if key[middle] < value:
            begin = middle + 1
        else:
            end = middle
    return begin if begin < limit and key[begin] == value else -1
