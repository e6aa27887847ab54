"""What pairs are computed from: the past added up, and the newer records of each entity."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers
from pqlml.features.kernel.layout import Layout
from pqlml.features.store.loops import ENTITY, EVENT, Newer
from pqlml.features.store.manifest import Manifest
from pqlml.features.store.parts import newer_of, read_records
from pqlml.features.store.past import Tallies


@dataclass(frozen=True)
class History:
    """What is known of some entities.

    Attributes
    ----------
    tallies
        The past, by the number of the entity.
    newer
        The newer records by the place of the entity.
    codes
        The largest code of an event.
    """

    layout: Layout
    tallies: Tallies
    newer: Newer
    codes: int


def newer_records(folder: Path, manifest: Manifest) -> list[Integers]:
    """Return the records that are not added up yet, part by part."""
    return [newer_of(part, read_records(folder, part)) for part in manifest.parts if part.open]


def make_history(
    layout: Layout, tallies: Tallies, parts: Sequence[Integers], places: tuple[Integers, int], code: Integers
) -> History:
    """Put newer records in the order of places.

    Parameters
    ----------
    places
        The place of each entity by its number (-1 leaves it out), and how many places there are.
    code
        New codes of events by the codes of the records and tallies.
    """
    newer = _by_place(layout, parts, places, code)
    recoded = {
        need: found._replace(key=code[found.key]) if need.kind in ("totals", "sums") else found
        for need, found in tallies.items()
    }
    return History(layout, recoded, newer, int(code.max(initial=0)))


def _by_place(layout: Layout, parts: Sequence[Integers], places: tuple[Integers, int], code: Integers) -> Newer:
    """Put records in the order of places, those of a place in the order in which they come; each core takes a share."""
    place, number = places
    shares = _shares(parts, os.cpu_count() or 1)
    with ThreadPoolExecutor(len(shares)) as pool:
        counts = np.stack(list(pool.map(lambda share: _count(share, place, number), shares)))
        begin = np.concatenate([[0], counts.sum(axis=0).cumsum()])
        free = begin[:-1] + counts.cumsum(axis=0) - counts
        records = np.empty((begin[-1], layout.width), np.int64)
        list(pool.map(lambda share, its: _put(share, place, code, its, records), shares, free))
    return Newer(begin, records)


def _shares(parts: Sequence[Integers], number: int) -> list[Sequence[Integers]]:
    """Cut parts into so many runs of about as many records."""
    rows = np.cumsum([0, *map(len, parts)])
    bounds = np.searchsorted(rows, np.arange(number + 1) * rows[-1] / number)
    return [parts[first:last] for first, last in itertools.pairwise([*bounds[:-1].tolist(), len(parts)])]


def with_newer(history: History, records: Integers) -> History:
    """Put records at place 0, instead of all others."""
    newer = Newer(np.array([0, len(records)]), records)
    codes = int(records[:, EVENT].max(initial=history.codes))
    return replace(history, newer=newer, codes=codes)


def _count(parts: Sequence[Integers], place: Integers, number: int) -> Integers:
    """Count the records of each place."""
    found = np.zeros(number, np.int64)
    for records in parts:
        _count_some(records, place, found)
    return found


def _put(parts: Sequence[Integers], place: Integers, code: Integers, free: Integers, found: Integers) -> None:
    """Put records where their place has room, one after the other."""
    for records in parts:
        _put_some(records, place, code, free, found)


@compiled
def _count_some(records: Integers, place: Integers, found: Integers) -> None:
    for row in range(len(records)):
        its = place[records[row, ENTITY]]
        if its >= 0:
            found[its] += 1


@compiled
def _put_some(records: Integers, place: Integers, code: Integers, free: Integers, found: Integers) -> None:
    for row in range(len(records)):
        its = place[records[row, ENTITY]]
        if its < 0:
            continue
        target = free[its]
        free[its] += 1
        for column in range(records.shape[1]):
            found[target, column] = records[row, column]
        found[target, ENTITY] = its
        found[target, EVENT] = code[records[row, EVENT]]
