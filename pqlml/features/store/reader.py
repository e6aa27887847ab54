"""From history to values: features whose window lies in the newer records go to the kernel, others to the tallies."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from pqlml.features.kernel.bucket import Bucket
from pqlml.features.kernel.exact import NULL, Doubles, Integers
from pqlml.features.kernel.lines import Pairs
from pqlml.features.kernel.plan import make_plan, named_events
from pqlml.features.kernel.values import Values
from pqlml.features.spec import Feature
from pqlml.features.store.history import History, with_newer
from pqlml.features.store.loops import Asked, Newer
from pqlml.features.store.names import Names
from pqlml.features.store.needs import need_of
from pqlml.features.store.view import View
from pqlml.features.typed import Column

PAIRS_AT_ONCE: Final = 8_192
"""Pairs whose totals fit the cache of a processor core."""

_FEW_PAIRS: Final = 256
"""So many pairs are not worth parting."""

_PARTS_PER_CORE: Final = 12
"""Parts that each processor core gets at least, so that none waits long for the last."""

_NOBODY: Final = Asked(*(np.array([value]) for value in (-1, 0, NULL, NULL)))


class Reader:
    """Computes features of behaviour for pairs; what all pairs share is prepared once.

    Parameters
    ----------
    history
        Its codes are those that :func:`numbered_events` gives.
    features
        Features that tallies and newer records can make; see :mod:`pqlml.features.store.needs`.
    classes
        The codes of events that features name.
    """

    def __init__(self, history: History, features: Sequence[Feature], classes: Mapping[str, int]) -> None:
        self._history, self._features = history, features
        self._plan = make_plan(features, history.layout, classes)
        windowed = [feature for feature in features if need_of(feature) is None]
        self._windowed = make_plan(windowed, history.layout, classes)
        nothing = np.empty((0, history.layout.width), np.int64)
        silent = Values(windowed, 1)
        Bucket(self._windowed, nothing, _kernel_pairs(_NOBODY, 0, 1), 0).write(silent, np.array([0]))
        self._silent = silent.columns

    @property
    def newer(self) -> Newer:
        """The newer records by place."""
        return self._history.newer

    def write(self, asked: Asked, rows: Integers, columns: Sequence[Column]) -> None:
        """Write the values of some pairs into a column per feature (NaN = null).

        Parameters
        ----------
        rows
            Where in the columns the values of each pair go.
        """
        order = np.lexsort((asked.cutoff, asked.place))
        even = math.ceil(len(order) / (_PARTS_PER_CORE * (os.cpu_count() or 1)))
        size = min(PAIRS_AT_ONCE, max(_FEW_PAIRS, even))
        parts = [order[first : first + size] for first in range(0, len(order), size)]
        if len(parts) == 1:
            self._write(self._history, _some(asked, order), _as_slice(rows[order]), columns)
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(
                lambda part: self._write(self._history, _some(asked, part), _as_slice(rows[part]), columns), parts
            ):
                pass

    def one(self, asked: Asked, records: Integers) -> Doubles:
        """Return the values of one pair, feature by feature.

        Parameters
        ----------
        asked
            The pair, at place 0.
        records
            The newer records of its entity, in any order.
        """
        values = np.empty((len(self._features), 1))
        self._write(with_newer(self._history, records), asked, slice(0, 1), values)
        found: Doubles = values[:, 0]
        return found

    def _write(
        self, history: History, asked: Asked, rows: Integers | slice, columns: Sequence[Column] | Doubles
    ) -> None:
        view, begin = View(self._plan, history, asked), history.newer.begin
        busy = np.flatnonzero(begin[asked.place + 1] > begin[asked.place])
        windowed = Values(self._windowed.features, len(asked.entity))
        for column, silent in zip(windowed.columns, self._silent, strict=True):
            column[:] = silent
        if len(busy):
            bucket = self._bucket(history, _some(asked, busy))
            bucket.write(windowed, busy[bucket.rows])
        from_kernel = iter(windowed.columns)
        for feature, column in zip(self._features, columns, strict=True):
            column[rows] = next(from_kernel) if need_of(feature) is None else view.values(feature)

    def _bucket(self, history: History, asked: Asked) -> Bucket:
        """Hand the newer records of some entities to the kernel."""
        first, last = int(asked.place[0]), int(asked.place[-1]) + 1
        begin, records = history.newer
        records = records[begin[first] : begin[last]]
        return Bucket(self._windowed, records, _kernel_pairs(asked, first, last), first)


def numbered_events(features: Sequence[Feature], events: Names) -> tuple[dict[str, int], Integers]:
    """Give events new codes, from 1 on, of which those that features name are the first, whether they occurred or not.

    Returns
    -------
    The new codes of these, and the new code of each code (0 stays 0).
    """
    named = named_events(features)
    number = np.zeros(len(events) + 1, np.int64)
    codes = np.array([events.find_one(name) for name in named], np.int64)
    number[codes[codes >= 0]] = np.flatnonzero(codes >= 0) + 1
    others = np.flatnonzero(number[1:] == 0) + 1
    number[others] = len(named) + np.arange(1, len(others) + 1)
    return {name: place + 1 for place, name in enumerate(named)}, number


def _some(asked: Asked, rows: Integers) -> Asked:
    return Asked(asked.entity[rows], asked.place[rows], asked.cutoff[rows], asked.signup[rows])


def _as_slice(rows: Integers) -> Integers | slice:
    """Return the rows as a slice where they follow each other."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _kernel_pairs(asked: Asked, first: int, last: int) -> Pairs:
    start = np.searchsorted(asked.place, np.arange(first, last + 1))
    return Pairs(start, asked.cutoff, asked.signup, np.arange(len(asked.place)))
