"""Columns of snapshots held against the next snapshot of the same entity: no count knows what is only counted later.

Where entities have several cutoffs, the rows themselves say what happened between two of them: what a total of all time
has gained. Take a count that is never below another one, its honest twin. What it has beyond that twin can be older,
or of another kind; then the gain of the total until the next cutoff need not follow it. If it lies after the cutoff,
then the gain contains it: it is never smaller. Two figures tell the cases apart:

- How often the gain should be smaller than the excess, by a model of the gain given all other columns at the cutoff. An
  honest excess has been seen at .25 to 1 times that number of rows; what lies after the cutoff is at 0, or next to it.
- How the gain goes up with the excess where all other columns are held (least squares): by the excess, and more, where
  it is a part of the gain; and hardly where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pqlml.audit.columns import Bools, Codes, Column, Floats
from pqlml.audit.folds import fold_of_rows
from pqlml.model.propensity import PropensityClassifier

Positions = npt.NDArray[np.intp]

FEWEST_EXPECTED = 10.0
"""So many rows have to be expected to break the rule, before none of them means anything."""
_FEWEST_ROWS = 20
_MOST_BROKEN = 0.05
_LEAST_T = 2.5
_LEAST_SLOPE = 0.5
_BELOW = 0.002
"""Share of rows that may lie below the twin: late arrivals, corrections."""
_SHARED = 0.3
_TALLEST = 8
_RIDGE = 10.0
_FOLDS = 3
_TREES, _LEAVES, _RATE = 60, 12, 0.1
_PER_DAYS = (7, 14, 28, 30, 60, 90)
_CLOSE = 1e-6


@dataclass(frozen=True)
class Ahead:
    """A count that contains what came after its cutoff.

    Attributes
    ----------
    column, twin, total
        The column; the count that it is never below; the total of all time that gained at least the difference.
    above
        Rows with a next snapshot on which the column is above its twin.
    broken, expected
        Among them, rows on which the total gained less than the difference, and how many that would be if the
        difference lay before the cutoff.
    """

    column: str
    twin: str
    total: str
    above: int
    broken: int
    expected: float


class _Pair(NamedTuple):
    """Rows of an entity at a cutoff, and at its next one."""

    now: Positions
    later: Positions


def following(entity: Codes, cutoff: npt.NDArray[np.datetime64]) -> _Pair:
    """Return the rows that have a next snapshot of the same entity, and where that is."""
    order = np.lexsort((cutoff, entity))
    now, later = order[:-1], order[1:]
    same = (entity[now] == entity[later]) & (cutoff[now] < cutoff[later])
    return _Pair(now[same], later[same])


def counts_ahead(
    columns: Mapping[str, Column],
    entity: Codes,
    cutoff: npt.NDArray[np.datetime64],
    *,
    suspected: Sequence[str],
    seed: int = 0,
) -> list[Ahead]:
    """Find counts that contain what came after the cutoff, each with its most telling twin and total.

    Parameters
    ----------
    suspected
        Columns that are to be examined; any column may serve as twin or total.
    """
    examined = {name: held for name in suspected if (held := _undone(columns[name])) is not None}
    if not examined:
        return []
    pair = following(entity, cutoff)
    counts = {name: values for name, column in columns.items() if (values := _count(column)) is not None}
    totals = {name: gained for name, values in counts.items() if (gained := _gained(values, pair)) is not None}
    if not totals:
        return []
    gains = _Gains(columns, entity[pair.now], pair.now, totals, seed)
    found: list[Ahead] = []
    for name, looked_at in examined.items():
        told = [
            ahead
            for twin, excess in _excesses(name, looked_at, counts, pair)
            for total in totals
            if total != name and (ahead := _held(name, twin, total, excess, gains)) is not None
        ]
        if told:
            found.append(max(told, key=lambda ahead: ahead.expected))
    return found


def _held(name: str, twin: str, total: str, excess: Floats, gains: _Gains) -> Ahead | None:
    above = int((excess > 0).sum())
    broken = int((excess > gains.totals[total]).sum())
    if above < _FEWEST_ROWS or broken > _MOST_BROKEN * above:
        return None
    if not gains.contain(name, total, excess):
        return None
    expected = gains.expected_below(name, total, excess)
    if expected < FEWEST_EXPECTED or broken > _MOST_BROKEN * expected:
        return None
    return Ahead(name, twin, total, above, broken, expected)


def _count(column: Column) -> Floats | None:
    """Return the values of a column of whole numbers from 0 on, missing as 0; null for all others."""
    if column.kind != "number" or column.constant:
        return None
    values = np.where(column.known, column.numbers, 0.0)
    return values if bool((values >= 0).all() and (values == np.floor(values)).all()) else None


def _undone(column: Column) -> Floats | None:
    """Return the count that a column holds as it is, or as a logarithm or a rate per day of it."""
    plain = _count(column)
    if plain is not None or column.kind != "number" or column.constant:
        return plain
    values = np.where(column.known, column.numbers, 0.0)
    if values.min() < 0 or values.max() > np.log(np.finfo(np.float32).max):
        return None
    for tried in (np.expm1(values), *(values * days for days in _PER_DAYS)):
        whole = np.round(tried)
        if bool((np.abs(tried - whole) <= _CLOSE * (1 + whole)).all()):
            return whole
    return None


def _gained(values: Floats, pair: _Pair) -> Floats | None:
    """Return what a total gained by the next snapshot; null if it is none, or gains always or never."""
    gained = values[pair.later] - values[pair.now]
    if len(gained) < 2 * _FEWEST_ROWS or (gained < 0).mean() > _BELOW:
        return None
    more = int((gained > 0).sum())
    return np.maximum(gained, 0) if min(more, len(gained) - more) >= _FEWEST_ROWS else None


def _excesses(name: str, values: Floats, counts: Mapping[str, Floats], pair: _Pair) -> Iterator[tuple[str, Floats]]:
    """Yield what a count has beyond each other one that it is never below, at the rows with a next snapshot."""
    flag = values.max() <= 1
    for twin, other in counts.items():
        if twin == name:
            continue
        least = np.minimum(other, 1) if flag else other
        if (values < least).mean() > _BELOW or (least[values > 0] > 0).mean() < _SHARED:
            continue
        yield twin, np.maximum(values - least, 0)[pair.now]


class _Gains:
    """What totals gain until the next snapshot, and what the other columns make of that."""

    def __init__(
        self, columns: Mapping[str, Column], entity: Codes, now: Positions, totals: Mapping[str, Floats], seed: int
    ) -> None:
        self.totals = totals
        self._numbers = {name: column.numbers[now] for name, column in columns.items() if column.ordered}
        dealt = np.unique(entity, return_inverse=True)[1].astype(np.int64)
        self._fold = fold_of_rows(dealt, np.zeros(len(now), bool), _FOLDS, seed)
        self._seed = seed
        self._below: dict[tuple[str, str, int], Floats] = {}
        self._held: dict[str, _Held] = {}

    def contain(self, name: str, total: str, excess: Floats) -> bool:
        """Tell whether the gain goes up with the excess, at least by half of it, where other columns are held."""
        of_gain, of_excess = self._held_out(name).residuals(np.column_stack([self.totals[total], excess])).T
        weight = float(of_excess @ of_excess)
        if weight <= 0:
            return False
        slope = float(of_excess @ of_gain) / weight
        error = float(np.sqrt((((of_gain - slope * of_excess) * of_excess) ** 2).sum())) / weight
        return slope >= _LEAST_SLOPE and slope >= _LEAST_T * error

    def expected_below(self, name: str, total: str, excess: Floats) -> float:
        """Return on how many rows the gain would be smaller than the excess, by a model of the gain out of fold."""
        height = np.minimum(excess, _TALLEST).astype(np.int64)
        steps = [step for step in range(1, _TALLEST + 1) if (height == step).any()]
        return float(sum(self._probability(name, total, step)[height == step].sum() for step in steps))

    def _probability(self, name: str, total: str, step: int) -> Floats:
        """Return the probability that a total gains less than ``step``, given all columns but one."""
        key = (name, total, step)
        if key not in self._below:
            self._below[key] = self._fitted(self._matrix(name), self.totals[total] < step)
        return self._below[key]

    def _fitted(self, matrix: Floats, less: Bools) -> Floats:
        scores = np.empty(len(less))
        for number in range(_FOLDS):
            learn = self._fold != number
            if less[learn].all() or not less[learn].any():
                scores[~learn] = less[learn].mean()
                continue
            model = PropensityClassifier(
                n_trees=_TREES,
                learning_rate=_RATE,
                num_leaves=_LEAVES,
                min_child_rows=20,
                feature_share=0.5,
                l2=10,
                linear_start=False,
                seed=self._seed,
            )
            model.fit(matrix[learn], less[learn].astype(np.int8))
            scores[~learn] = model.predict_proba(matrix[~learn])[:, 1]
        return scores

    def _matrix(self, name: str) -> Floats:
        return np.column_stack([values for other, values in self._numbers.items() if other != name])

    def _held_out(self, name: str) -> _Held:
        """Return all columns but one, as they are and as logarithms: windows add up, use is skewed."""
        if name not in self._held:
            plain = np.nan_to_num(self._matrix(name))
            self._held[name] = _Held.of(np.column_stack([plain, np.sign(plain) * np.log1p(np.abs(plain))]))
        return self._held[name]


class _Held(NamedTuple):
    """Columns to be held by least squares: a constant beside them, and what solves for their weights."""

    design: Floats
    inverse: Floats

    @classmethod
    def of(cls, columns: Floats) -> _Held:
        """Make columns ready, with a small ridge, since windows are alike."""
        spread = columns.std(axis=0)
        standard = (columns - columns.mean(axis=0))[:, spread > 0] / spread[spread > 0]
        design = np.column_stack([np.ones(len(columns)), standard])
        ridge = np.full(design.shape[1], _RIDGE)
        ridge[0] = 0
        return cls(design, np.linalg.inv(design.T @ design + np.diag(ridge)))

    def residuals(self, of: Floats) -> Floats:
        """Return what the columns leave of others."""
        left: Floats = of - self.design @ (self.inverse @ (self.design.T @ of))
        return left
