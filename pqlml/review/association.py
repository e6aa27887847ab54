"""Which of many conditions go together with an outcome, among rows that are alike, and how far chance alone would go.

Rows are compared within strata (equally active accounts, say), conditions one by one or two by two. Chance is
measured by shuffling the outcome within strata and searching again: the strongest condition of the shuffled rows is
what a search of that size finds where there is nothing to be found (Westfall and Young, 1993).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_CELLS_AT_ONCE: Final = 4_000_000
"""Random numbers held at a time."""


@dataclass(frozen=True)
class Search:
    """Conditions over rows, and the pairs of conditions that are tried too.

    Attributes
    ----------
    met
        Row x condition: 1 where the row meets it, else 0.
    strata
        Stratum of each row, 0, 1, ...
    hit
        Whether the outcome happened.
    pairs
        Two columns of conditions, one line per pair; may have no lines.
    """

    met: npt.NDArray[np.float32]
    strata: Ints
    hit: Bools
    pairs: Ints

    @property
    def size(self) -> int:
        """Conditions and pairs of conditions that are tried."""
        return int(self.met.shape[1]) + len(self.pairs)

    def exposed(self, place: int) -> Bools:
        """Return which rows meet a condition, or both conditions of a pair, by its place among all that are tried."""
        singles = self.met.shape[1]
        if place < singles:
            return self.met[:, place] > 0
        first, second = self.pairs[place - singles]
        return (self.met[:, first] > 0) & (self.met[:, second] > 0)

    def together(self, who: Ints) -> Floats:
        """Count, among some rows, those that meet each condition and each pair."""
        met = self.met[who]
        alone = np.ones(len(who), np.float32) @ met
        if not len(self.pairs):
            return alone.astype(np.float64)
        paired, places = self._paired
        both = met[:, paired]
        return np.concatenate([alone, (both.T @ both)[places[:, 0], places[:, 1]]]).astype(np.float64)

    @cached_property
    def _paired(self) -> tuple[Ints, Ints]:
        """Return the conditions that are in pairs, and the pairs as places among them."""
        paired, places = np.unique(self.pairs, return_inverse=True)
        return paired, places.reshape(self.pairs.shape)


@dataclass(frozen=True)
class Found:
    """What a search measured: one value per condition, then one per pair.

    Attributes
    ----------
    rows, hits, expected
        Rows that meet it, outcomes among them, and the outcomes expected if it did not matter within strata.
    surprise
        Likelihood ratio statistic; 0 where there are fewer outcomes than expected.
    best_by_chance
        The strongest surprise of each shuffle, of conditions alone and of pairs alone (shuffle x 2).
    """

    rows: Floats
    hits: Floats
    expected: Floats
    surprise: Floats
    best_by_chance: Floats

    def chance(self, surprise: float) -> float:
        """Return how often a search that finds nothing but chance finds something as strong, corrected for its size."""
        best = self.best_by_chance.max(axis=1)
        return float((1 + (best >= surprise).sum()) / (1 + len(best)))


def search(given: Search, shuffles: int, rng: np.random.Generator, least: float = 1.0) -> Found:
    """Measure every condition and pair, and the same on shuffled outcomes.

    Parameters
    ----------
    least
        Conditions that fewer rows meet, or fail to meet, have a surprise of 0.
    """
    with threadpool_limits(1):  # many small products: threads would wait for each other
        return _searched(given, shuffles, rng, least)


def _searched(given: Search, shuffles: int, rng: np.random.Generator, least: float) -> Found:
    size, hits_of = _per_stratum(given.strata, given.hit)
    rows, expected = _expected(given, size, hits_of)
    total, hits_in_all = float(len(given.hit)), float(given.hit.sum())
    usable = (rows >= least) & (total - rows >= least)

    def measure(who: Ints) -> tuple[Floats, Floats]:
        hits = given.together(who)
        found = surprise(hits, rows, expected, hits_in_all, total)
        return hits, np.where(usable, found, 0.0)

    hits, found = measure(np.flatnonzero(given.hit))
    singles = given.met.shape[1]
    best = np.zeros((shuffles, 2))
    for number, who in enumerate(_shuffled(given.strata, size, hits_of, shuffles, rng)):
        by_chance = measure(who)[1]
        best[number] = by_chance[:singles].max(initial=0.0), by_chance[singles:].max(initial=0.0)
    return Found(rows, hits, expected, found, best)


def surprise(hits: Floats, rows: Floats, expected: Floats, hits_in_all: float, total: float) -> Floats:
    """Return twice the log-likelihood ratio of what was seen over what was expected; 0 unless more was seen.

    Examples
    --------
    >>> surprise(np.array([8.0, 2.0]), np.array([10.0, 10.0]), np.array([5.0, 5.0]), 50, 100).round(2).tolist()
    [4.26, 0.0]
    """
    cells = (
        (hits, expected),
        (hits_in_all - hits, hits_in_all - expected),
        (rows - hits, rows - expected),
        (total - rows - hits_in_all + hits, total - rows - hits_in_all + expected),
    )
    whole = sum(_log_ratio(seen, wanted) for seen, wanted in cells)
    return np.where(hits > expected, np.maximum(2 * whole, 0.0), 0.0)


def stratified_z(exposed: Bools, hit: Bools, strata: Ints) -> float:
    """Return the Cochran-Mantel-Haenszel statistic with its sign: positive where the exposed have more outcomes."""
    size, hits_of = _per_stratum(strata, hit)
    of = np.bincount(strata, exposed, len(size))
    varying = size > 1
    size, hits_of, of = size[varying], hits_of[varying], of[varying]
    variance = (of * (size - of) * hits_of * (size - hits_of) / (size**2 * (size - 1))).sum()
    both = float((exposed & hit)[varying[strata]].sum())
    return 0.0 if variance <= 0 else float((both - (of * hits_of / size).sum()) / np.sqrt(variance))


def one_sided(z: float) -> float:
    """Return how often chance gives a statistic that large.

    Examples
    --------
    >>> round(one_sided(1.645), 3)
    0.05
    """
    from statistics import NormalDist

    return 1 - NormalDist().cdf(z)


def equal_parts(values: Floats, parts: int) -> Ints:
    """Cut values into so many parts of about equal size, at most; equal values stay together."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, parts + 1)[1:-1])) if len(values) else np.zeros(0)
    return combined(np.searchsorted(edges, values, side="right"))


def combined(*codes: Ints) -> Ints:
    """Return one coding, 0, 1, ..., of the combinations of several."""
    stacked = np.column_stack(codes)
    return np.unique(stacked, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _log_ratio(seen: Floats, wanted: Floats) -> Floats:
    seen = np.maximum(seen, 0.0)
    ratio = np.divide(seen, np.maximum(wanted, 1e-12), out=np.ones_like(seen), where=seen > 0)
    return seen * np.log(ratio)


def _per_stratum(strata: Ints, hit: Bools) -> tuple[Floats, Floats]:
    size = np.bincount(strata).astype(np.float64)
    return size, np.bincount(strata, hit, len(size)).astype(np.float64)


def _expected(given: Search, size: Floats, hits_of: Floats) -> tuple[Floats, Floats]:
    rows, expected = np.zeros(given.size), np.zeros(given.size)
    order = np.argsort(given.strata, kind="stable")
    for block, whole, hits in zip(np.split(order, np.cumsum(size)[:-1].astype(int)), size, hits_of, strict=True):
        if whole:
            here = given.together(block)
            rows += here
            expected += here * hits / whole
    return rows, expected


def _shuffled(strata: Ints, size: Floats, hits_of: Floats, shuffles: int, rng: np.random.Generator) -> list[Ints]:
    """Return the rows with the outcome after each shuffle within strata."""
    order = np.argsort(strata, kind="stable")
    parts: list[list[Ints]] = [[] for _ in range(shuffles)]
    for block, hits in zip(np.split(order, np.cumsum(size)[:-1].astype(int)), hits_of.astype(int), strict=True):
        if not hits:
            continue
        at_once = max(1, _CELLS_AT_ONCE // len(block))
        for first in range(0, shuffles, at_once):
            number = min(at_once, shuffles - first)
            keys = rng.random((number, len(block)), dtype=np.float32)
            chosen = np.argpartition(keys, hits - 1, axis=1)[:, :hits]
            for place in range(number):
                parts[first + place].append(block[chosen[place]])
    return [np.concatenate(found) if found else np.zeros(0, np.int64) for found in parts]
