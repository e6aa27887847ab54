"""From history to values: features whose window lies in the newer records go to the kernel, others to the tallies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from pqlml.features.kernel.bucket import Bucket
from pqlml.features.kernel.exact import NULL, Doubles, Integers
from pqlml.features.kernel.lines import Pairs
from pqlml.features.kernel.plan import make_plan, named_events
from pqlml.features.spec import Feature
from pqlml.features.store.history import History
from pqlml.features.store.loops import EVENT, Asked, Newer
from pqlml.features.store.needs import need_of
from pqlml.features.store.view import View

PAIRS_AT_ONCE: Final = 8_192
"""Pairs whose totals fit the cache of a processor core."""

_NOBODY: Final = Asked(*(np.array([value]) for value in (0, NULL, NULL)))


class Reader:
    """Computes features of behaviour for pairs; what all pairs share is prepared once.

    Parameters
    ----------
    features
        Features that tallies and newer records can make; see :mod:`pqlml.features.store.needs`.
    """

    def __init__(self, history: History, features: Sequence[Feature]) -> None:
        names = [name for name in named_events(features) if history.events.find_one(name) >= 0]
        self._plan = make_plan(features, history.layout, {name: place + 1 for place, name in enumerate(names)})
        self._history = _renumbered(history, names)
        self._features = features
        self._newer = np.append(np.diff(history.newer.begin), 0)  # the last one stands for entities without a number
        nothing = np.empty((0, history.layout.width), np.int64)
        windowed = [feature for feature in features if need_of(feature) is None]
        bucket = Bucket(self._plan, nothing, _kernel_pairs(_NOBODY, 0, 1), 0)
        self._silent = {feature.name: float(bucket.values(feature)[0]) for feature in windowed}

    def write(self, asked: Asked, rows: Integers, columns: Sequence[Doubles]) -> None:
        """Write the values of some of the pairs into a column per feature (NaN = null); pairs may be in any order."""
        order = rows[np.lexsort((asked.cutoff[rows], asked.entity[rows]))]
        parts = [order[first : first + PAIRS_AT_ONCE] for first in range(0, len(order), PAIRS_AT_ONCE)]
        if len(parts) == 1:
            self._write(asked, parts[0], columns)
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(lambda part: self._write(asked, part, columns), parts):
                pass

    def _write(self, everybody: Asked, rows: Integers, columns: Sequence[Doubles]) -> None:
        asked = _some(everybody, rows)
        view = View(self._plan, self._history, asked)
        busy = np.flatnonzero(self._newer[asked.entity])
        bucket = self._bucket(_some(asked, busy)) if len(busy) else None
        whose = rows[busy[bucket.rows]] if bucket is not None else rows[:0]
        for feature, column in zip(self._features, columns, strict=True):
            if feature.name not in self._silent:
                column[rows] = view.values(feature)
                continue
            column[rows] = self._silent[feature.name]
            if bucket is not None:
                column[whose] = bucket.values(feature)

    def _bucket(self, asked: Asked) -> Bucket:
        """Hand the newer records of some entities to the kernel."""
        first, last = int(asked.entity[0]), int(asked.entity[-1]) + 1
        begin, records = self._history.newer
        records = records[begin[first] : begin[last]]
        return Bucket(self._plan, records, _kernel_pairs(asked, first, last), first)


def _some(asked: Asked, rows: Integers) -> Asked:
    return Asked(asked.entity[rows], asked.cutoff[rows], asked.signup[rows])


def _kernel_pairs(asked: Asked, first: int, last: int) -> Pairs:
    start = np.searchsorted(asked.entity, np.arange(first, last + 1))
    return Pairs(start, asked.cutoff, asked.signup, np.arange(len(asked.entity)))


def _renumbered(history: History, names: Sequence[str]) -> History:
    """Give the events numbers of which those that features name are the first."""
    number = _named_first(history, names)
    records = history.newer.records.copy()
    records[:, EVENT] = number[records[:, EVENT]]
    tallies = {
        need: found._replace(key=number[found.key]) if need.kind in ("totals", "sums") else found
        for need, found in history.tallies.items()
    }
    return replace(history, newer=Newer(history.newer.begin, records), tallies=tallies)


def _named_first(history: History, names: Sequence[str]) -> Integers:
    """Return the new number of each code (0 stays 0)."""
    codes = [history.events.find_one(name) for name in names]
    others = np.setdiff1d(np.arange(1, len(history.events) + 1), codes)
    number = np.zeros(len(history.events) + 1, np.int64)
    number[np.concatenate([np.array(codes, np.int64), others])] = np.arange(1, len(number))
    return number
