"""Lines: the events of one entity by time, beside the pairs that see exactly these events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Flags, Integers


class Pairs(NamedTuple):
    """Pairs by entity (or line) and cutoff; those of the first are ``start[0]:start[1]``, and so on.

    ``signup`` is ``exact.NULL`` where unknown; ``row`` is the pair's row in the result.
    """

    start: Integers
    cutoff: Integers
    signup: Integers
    row: Integers

    def of(self, first: int, last: int) -> Pairs:
        """Return the pairs of the entities ``first`` to ``last`` (exclusive)."""
        begin, end = self.start[first], self.start[last]
        start = self.start[first : last + 1] - begin
        return Pairs(start, self.cutoff[begin:end], self.signup[begin:end], self.row[begin:end])


class Lines(NamedTuple):
    """Events in the order of time, line by line; those of the first line are ``start[0]:start[1]``, and so on.

    ``order`` holds positions among the records.
    """

    start: Integers
    order: Integers
    pairs: Pairs


def lines_of(records: Integers, known_column: int, pairs: Pairs, first: int) -> Lines:
    """Return a line per entity, and one for each pair that must not see an event which came late.

    Parameters
    ----------
    records
        All events of the entities, in any order.
    known_column
        Position of ``known_at`` in a record; -1 if no event was known late.
    pairs
        The pairs of these entities, which are numbered from ``first`` on.
    """
    start, order = by_time(records[:, 1], records[:, 0], first, len(pairs.start) - 1)
    if known_column < 0:
        return Lines(start, order, pairs)
    hidden = _before_arrival(records, known_column, start, order, pairs.start, pairs.cutoff)
    if not hidden.any():
        return Lines(start, order, pairs)
    return _apart(records, known_column, Lines(start, order, pairs), hidden)


def _apart(records: Integers, known_column: int, lines: Lines, hidden: Flags) -> Lines:
    """Give each hidden pair a line of its own, with only what was known by its cutoff."""
    pairs = lines.pairs
    entity = np.repeat(np.arange(len(pairs.start) - 1), np.diff(pairs.start))
    alone = np.flatnonzero(hidden)
    starts, orders = [lines.start], [lines.order]
    end = len(lines.order)
    for pair in alone:
        mine = lines.order[lines.start[entity[pair]] : lines.start[entity[pair] + 1]]
        known = mine[records[mine, known_column] <= pairs.cutoff[pair]]
        end += len(known)
        starts.append(np.array([end]))
        orders.append(known)
    together = np.flatnonzero(~hidden)
    sizes = np.concatenate(
        [np.bincount(entity[together], minlength=len(pairs.start) - 1), np.ones(len(alone), np.int64)]
    )
    chosen = np.concatenate([together, alone])
    return Lines(
        np.concatenate(starts),
        np.concatenate(orders),
        Pairs(np.concatenate([[0], sizes.cumsum()]), pairs.cutoff[chosen], pairs.signup[chosen], pairs.row[chosen]),
    )


@compiled
def in_order(records: Integers, order: Integers) -> Integers:
    """Return the columns of the records in that order: column x event."""
    columns = np.empty((records.shape[1], len(order)), np.int64)
    for event in range(len(order)):
        for column in range(records.shape[1]):
            columns[column, event] = records[order[event], column]
    return columns


@compiled
def by_time(entity: Integers, ts: Integers, first: int, entities: int) -> tuple[Integers, Integers]:
    """Order rows by entity and time; return where each entity's rows begin, and the positions in that order.

    Entities are numbered from ``first`` on.
    """
    start = np.zeros(entities + 1, np.int64)
    for number in entity:
        start[number - first + 1] += 1
    for line in range(entities):
        start[line + 1] += start[line]
    free = start[:-1].copy()
    order = np.empty(len(entity), np.int64)
    ordered = np.empty(len(entity), np.int64)
    for row in range(len(entity)):
        place = free[entity[row] - first]
        order[place], ordered[place] = row, ts[row]
        free[entity[row] - first] += 1
    _sort_by_time(start, ordered, order)
    return start, order


@compiled
def _sort_by_time(start: Integers, ts: Integers, order: Integers) -> None:
    """Merge ascending runs until each line is one: events mostly come in order, and then one look is enough."""
    spare_ts, spare_order = np.empty_like(ts), np.empty_like(order)
    for line in range(len(start) - 1):
        runs = 2
        while runs > 1:
            runs = 0
            begin = start[line]
            while begin < start[line + 1]:
                middle = _end_of_run(ts, begin, start[line + 1])
                end = _end_of_run(ts, middle, start[line + 1])
                if middle < end:
                    _merge(ts, order, begin, middle, end, spare_ts, spare_order)
                runs += 1
                begin = end


@compiled
def _end_of_run(ts: Integers, begin: int, limit: int) -> int:
    end = begin + 1
    while end < limit and ts[end] >= ts[end - 1]:
        end += 1
    return min(end, limit)


@compiled
def _merge(
    ts: Integers, order: Integers, begin: int, middle: int, end: int, spare_ts: Integers, spare_order: Integers
) -> None:
    """Merge the runs ``begin:middle`` and ``middle:end``."""
    for place in range(begin, middle):
        spare_ts[place], spare_order[place] = ts[place], order[place]
    left, right, place = begin, middle, begin
    while left < middle:
        if right < end and ts[right] < spare_ts[left]:
            ts[place], order[place] = ts[right], order[right]
            right += 1
        else:
            ts[place], order[place] = spare_ts[left], spare_order[left]
            left += 1
        place += 1


@compiled
def _before_arrival(
    records: Integers, known_column: int, start: Integers, order: Integers, pair_start: Integers, cutoff: Integers
) -> Flags:
    """Mark the pairs whose cutoff lies after an event and before its arrival: they must not see it."""
    hidden = np.zeros(len(cutoff), np.bool_)
    for line in range(len(start) - 1):
        for event in range(start[line], start[line + 1]):
            ts, known = records[order[event], 0], records[order[event], known_column]
            if known > ts:
                for pair in range(pair_start[line], pair_start[line + 1]):
                    if ts < cutoff[pair] and cutoff[pair] < known:
                        hidden[pair] = True
    return hidden
