"""Tallies: what is kept of the events before the boundary, one row per entity and key, whatever their order was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Flags, Integers, add

Kind = Literal["totals", "sums", "values", "sessions"]
"""
``totals``: events by name: how many, first and last time. ``sums``: a property by event name: sum in two limbs, number.
``values``: different values of a column. ``sessions``: first and last time of each.
"""

_Rule = Literal["add", "least", "greatest", "limbs"]

RULES: Final[dict[Kind, tuple[_Rule, ...]]] = {
    "totals": ("add", "least", "greatest"),
    "sums": ("limbs", "limbs", "add"),
    "values": (),
    "sessions": ("least", "greatest"),
}
"""How the columns of two rows with the same key become one; ``limbs`` come in pairs, low then high."""


class Tally(NamedTuple):
    """Rows by entity and key, both ascending; those of entity ``e`` are ``start[e]:start[e + 1]``.

    ``key`` is the event's code, the fingerprint of a value, or the day. ``columns`` follow the kind's rules.
    """

    start: Integers
    key: Integers
    columns: tuple[Integers, ...]

    @property
    def entities(self) -> int:
        """Number of entities that have a place."""
        return len(self.start) - 1

    def of(self, entity: int) -> slice:
        """Return where the entity's rows are; an entity that came later has none."""
        return slice(self.start[entity], self.start[entity + 1]) if entity < self.entities else slice(0, 0)


def empty(kind: Kind) -> Tally:
    """Return a tally of no entities."""
    nothing = np.zeros(0, np.int64)
    return Tally(np.zeros(1, np.int64), nothing, tuple(nothing for _ in RULES[kind]))


def tally(kind: Kind, entity: Integers, key: Integers, columns: Sequence[Integers], entities: int) -> Tally:
    """Make a tally of single rows, in any order."""
    start, order = _by_entity(entity, entities)
    _sort_by_key(start, key, order)
    begins = _first_of_each(start, order, key)
    found = order[begins]
    places = np.searchsorted(begins, start)
    return Tally(places, key[found], _reduced(kind, [column[order] for column in columns], begins))


def merge(kind: Kind, left: Tally, right: Tally) -> Tally:
    """Make one tally of two."""
    entities = max(left.entities, right.entities)
    ours, theirs = _padded(left.start, entities), _padded(right.start, entities)
    start, from_left, from_right = _merged(ours, left.key, theirs, right.key)
    key = np.where(from_left >= 0, _take(left.key, from_left, 0), _take(right.key, from_right, 0))
    columns: list[Integers] = []
    rules = RULES[kind]
    for position, rule in enumerate(rules):
        if rule == "limbs":
            if len(columns) == position:
                at = slice(position, position + 2)
                columns += _added((left.columns[at], from_left), (right.columns[at], from_right))
            continue
        nothing = {"add": 0, "least": np.iinfo(np.int64).max, "greatest": np.iinfo(np.int64).min}[rule]
        one = _take(left.columns[position], from_left, nothing)
        other = _take(right.columns[position], from_right, nothing)
        columns.append({"add": np.add, "least": np.minimum, "greatest": np.maximum}[rule](one, other))
    return Tally(start, key, tuple(columns))


def without(rows: Tally, entities: Integers) -> Tally:
    """Leave out all rows of some entities."""
    known = entities[entities < rows.entities]
    sizes = np.diff(rows.start)
    keep = np.ones(rows.entities, np.bool_)
    keep[known] = False
    kept: Flags = np.repeat(keep, sizes)
    start = np.concatenate([[0], np.where(keep, sizes, 0).cumsum()])
    return Tally(start, rows.key[kept], tuple(column[kept] for column in rows.columns))


def _reduced(kind: Kind, columns: Sequence[Integers], begins: Integers) -> tuple[Integers, ...]:
    """Make one row of each group of neighbours."""
    if not len(begins):
        return tuple(np.zeros(0, np.int64) for _ in RULES[kind])
    found: list[Integers] = []
    for position, rule in enumerate(RULES[kind]):
        if rule == "limbs":
            if len(found) == position:
                found += _add_groups(columns[position], columns[position + 1], begins)
            continue
        made = {"add": np.add, "least": np.minimum, "greatest": np.maximum}[rule].reduceat(columns[position], begins)
        found.append(made.astype(np.int64))
    return tuple(found)


def _take(column: Integers, rows: Integers, nothing: int) -> Integers:
    """Take rows; -1 stands for none."""
    if not len(column):
        return np.full(len(rows), nothing, np.int64)
    return np.where(rows >= 0, column[rows], nothing)


def _padded(start: Integers, entities: int) -> Integers:
    return np.concatenate([start, np.full(entities + 1 - len(start), start[-1])])


def _added(
    left: tuple[Sequence[Integers], Integers], right: tuple[Sequence[Integers], Integers]
) -> tuple[Integers, Integers]:
    one, other = (tuple(_take(column, rows, 0) for column in columns) for columns, rows in (left, right))
    return _add_pairs(*one, *other)


@compiled
def _by_entity(entity: Integers, entities: int) -> tuple[Integers, Integers]:
    """Return where each entity's rows begin, and the rows grouped by entity."""
    start = np.zeros(entities + 1, np.int64)
    for number in entity:
        start[number + 1] += 1
    for number in range(entities):
        start[number + 1] += start[number]
    free = start[:-1].copy()
    order = np.empty(len(entity), np.int64)
    for row in range(len(entity)):
        order[free[entity[row]]] = row
        free[entity[row]] += 1
    return start, order


@compiled
def _sort_by_key(start: Integers, key: Integers, order: Integers) -> None:
    for entity in range(len(start) - 1):
        mine = order[start[entity] : start[entity + 1]]
        if len(mine) > 1:
            order[start[entity] : start[entity + 1]] = mine[np.argsort(key[mine])]


@compiled
def _first_of_each(start: Integers, order: Integers, key: Integers) -> Integers:
    """Return the places in the order at which a new entity or key begins."""
    begins = np.empty(len(order), np.int64)
    number = 0
    for entity in range(len(start) - 1):
        for place in range(start[entity], start[entity + 1]):
            if place == start[entity] or key[order[place]] != key[order[place - 1]]:
                begins[number] = place
                number += 1
    return begins[:number]


@compiled
def _merged(
    left: Integers, left_key: Integers, right: Integers, right_key: Integers
) -> tuple[Integers, Integers, Integers]:
    """Return, per row of the result, its row on the left and on the right (-1 = none)."""
    rows = len(left_key) + len(right_key)
    from_left, from_right = np.full(rows, -1), np.full(rows, -1)
    start = np.zeros(len(left), np.int64)
    row = 0
    for entity in range(len(left) - 1):
        one, other = left[entity], right[entity]
        while one < left[entity + 1] or other < right[entity + 1]:
            takes_left = other == right[entity + 1] or (one < left[entity + 1] and left_key[one] <= right_key[other])
            takes_right = one == left[entity + 1] or (other < right[entity + 1] and right_key[other] <= left_key[one])
            if takes_left:
                from_left[row] = one
                one += 1
            if takes_right:
                from_right[row] = other
                other += 1
            row += 1
        start[entity + 1] = row
    return start, from_left[:row], from_right[:row]


@compiled
def _add_pairs(low: Integers, high: Integers, other_low: Integers, other_high: Integers) -> tuple[Integers, Integers]:
    total_low, total_high = np.empty_like(low), np.empty_like(high)
    for row in range(len(low)):
        total_high[row], sum_low = add(high[row], np.uint64(low[row]), other_high[row], np.uint64(other_low[row]))
        total_low[row] = np.int64(sum_low)
    return total_low, total_high


@compiled
def _add_groups(low: Integers, high: Integers, begins: Integers) -> tuple[Integers, Integers]:
    total_low, total_high = np.empty_like(begins), np.empty_like(begins)
    for group in range(len(begins)):
        end = begins[group + 1] if group + 1 < len(begins) else len(low)
        sum_high, sum_low = 0, np.uint64(0)
        for row in range(begins[group], end):
            sum_high, sum_low = add(sum_high, sum_low, high[row], np.uint64(low[row]))
        total_low[group], total_high[group] = np.int64(sum_low), sum_high
    return total_low, total_high
