"""Where records wait until their bucket is computed: what has been computed makes room for the values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Final

import numpy as np

from pqlml.features.kernel.exact import Integers

SLAB_BYTES: Final = 48 * 2**20
"""Memory that is asked for at once: so much that it goes back to the system as soon as it is not needed."""

GROUPS: Final = 8
"""Groups of buckets whose records lie together, at most."""


@dataclass(frozen=True)
class Buckets:
    """Ranges of neighbouring entities, ``2**shift`` in each but the last."""

    first: int
    last: int
    shift: int

    def __len__(self) -> int:
        """Return the number of buckets."""
        return (self.last - self.first + (1 << self.shift) - 1) >> self.shift

    def entities(self, bucket: int) -> tuple[int, int]:
        """Return the first entity of a bucket, and the one after its last."""
        begin = self.first + (bucket << self.shift)
        return begin, min(begin + (1 << self.shift), self.last)


@dataclass
class _Group:
    """Neighbouring buckets, how many of them are not computed yet, and the memory that holds their records.

    A piece has records of some buckets, and tells where those of each bucket begin.
    """

    first: int
    last: int
    waiting: int
    slabs: list[Integers] = field(default_factory=list)
    used: int = 0
    pieces: list[tuple[Integers, Integers]] = field(default_factory=list)


class Heap:
    """Records, one row each, by bucket; they come from several threads, and are fetched bucket by bucket once.

    Memory that a process touches for the first time is dear. So the records of each group of buckets lie in memory of
    their own, which is given back when the last of them is computed, and the values of the next ones take its place.

    Parameters
    ----------
    width
        Integers of a record.
    events
        How many records are expected, about.
    """

    def __init__(self, buckets: Buckets, width: int, events: int) -> None:
        self.buckets: Final = buckets
        self._width, self._lock = width, Lock()
        self._slab_rows = min(max(events, 1), SLAB_BYTES // (8 * width))
        groups = max(1, min(GROUPS, math.ceil(events / self._slab_rows), len(buckets)))
        edges = [len(buckets) * number // groups for number in range(groups + 1)]
        self._groups = [_Group(first, last, last - first) for first, last in pairwise(edges)]

    @property
    def held(self) -> int:
        """Bytes of the memory that is held."""
        return sum(slab.nbytes for group in self._groups for slab in group.slabs)

    def room_for(self, bounds: Integers) -> Iterator[tuple[Integers, int, int]]:
        """Yield room for records that are ordered by bucket, and which of them belong there.

        Parameters
        ----------
        bounds
            Those of bucket ``b`` are ``bounds[b]:bounds[b + 1]``.
        """
        for group in self._groups:
            begin, end = int(bounds[group.first]), int(bounds[group.last])
            if begin == end:
                continue
            room = self._take(group, end - begin)
            group.pieces.append((room, bounds[group.first : group.last + 1] - begin))
            yield room, begin, end

    def fetch(self, bucket: int) -> Integers:
        """Return the records of a bucket."""
        group = self._group_of(bucket)
        place = bucket - group.first
        parts = [records[bounds[place] : bounds[place + 1]] for records, bounds in group.pieces]
        return np.concatenate([np.empty((0, self._width), np.int64), *parts])

    def done(self, bucket: int) -> None:
        """Give back the memory that only this bucket still needed."""
        group = self._group_of(bucket)
        with self._lock:
            group.waiting -= 1
            if group.waiting == 0:
                group.slabs.clear()
                group.pieces.clear()

    def _group_of(self, bucket: int) -> _Group:
        return next(group for group in self._groups if group.first <= bucket < group.last)

    def _take(self, group: _Group, rows: int) -> Integers:
        with self._lock:
            if not group.slabs or group.used + rows > len(group.slabs[-1]):
                group.slabs.append(np.empty((max(rows, self._slab_rows), self._width), np.int64))
                group.used = 0
            group.used += rows
            return group.slabs[-1][group.used - rows : group.used]
