"""How well one column alone tells winners from others, in a measure that does not depend on the conversion rate.

A strong honest predictor and a leak may have the same ROC-AUC: where most leads are dormant, "was active this week"
alone reaches .9. So dormant rows are set aside, and the measure is taken along the thresholds of the column's score:

    separation = z(share of winners above) - z(share of others above)

with z the quantile of the normal distribution, each share moved to the unfavourable end of its interval. For two
normal distributions of equal width it is their distance in standard deviations at every threshold, and AUC =
Phi(separation / sqrt 2): .80 is 1.2, .90 is 1.8.

How much is too much depends on the threshold. Among the few highest values of a skewed honest count nearly everybody
may convert; with half of the winners above it, no honest column has been seen to come near 1.8.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pqlml.audit.columns import Bools, Codes, Column, Floats
from pqlml.audit.folds import fold_of_rows, scores_out_of_fold

FOLDS = 5
IMPLAUSIBLE = 1.8
"""Separation that no honest column reaches alone (AUC .90 for normal distributions)."""

_FEWEST_WINNERS = 10
_Z = 2.0
"""Standard errors by which a share is moved to its unfavourable end."""
_HALF, _FIFTH, _TENTH = 0.5, 0.2, 0.1
_MORE_FOR_TAILS = 0.7
"""A fifth of the winners above asks for so much more than a half does, where more and less mean something."""
_STATIC = 0.98
_FEWEST_COUNTS = 5
_COUNT_ZEROS = 0.2
_KEPT_WINNERS = 0.95


@dataclass(frozen=True)
class Strength:
    """What a column does alone.

    Attributes
    ----------
    auc, auc_error
        ROC-AUC of the column alone, out of fold, and its standard error over entities.
    separation
        Lower bound at the threshold that is the most suspicious; see the module. Minus infinity where too few win.
    excess
        ``separation`` minus what is implausible at that threshold; 0 or more is suspicious.
    winners_above, others_above
        Shares of the rows in play at that threshold.
    per_entity
        Whether it was taken over entities: the column never changes within one.
    """

    auc: float
    auc_error: float
    separation: float
    excess: float
    winners_above: float
    others_above: float
    per_entity: bool


def strengths(
    columns: Mapping[str, Column], label: Bools, entity: Codes, seed: int, *, left_out: Collection[str] = ()
) -> dict[str, Strength]:
    """Measure every column that can be used alone: not those that are constant, nor texts that name things.

    Columns that are left out still tell which rows are in play.
    """
    play = in_play(columns.values(), label)
    rows = _View(label, entity, play, seed)
    first, whole = _one_row_per_entity(label, entity)
    entities = _View(whole, np.arange(len(whole)), play[first] | whole, seed)
    found = {}
    for name, column in columns.items():
        if name in left_out or not column.usable:
            continue
        static = len(first) < len(entity) and is_static(column, entity)
        found[name] = entities.measure(column.take(first), static=True) if static else rows.measure(column)
    return found


def in_play(columns: Iterable[Column], label: Bools) -> Bools:
    """Tell which rows are not dormant: many zeros in the counts of a row, more than nearly all winners have.

    A table full of dormant leads makes every sign of life look like a leak; so those leads are set aside where there
    are enough columns that count something. No single column can decide it.
    """
    zeros = [column.numbers == 0 for column in columns if column.kind == "number" and _counts(column)]
    if len(zeros) < _FEWEST_COUNTS:
        return np.ones(len(label), bool)
    share = np.mean(zeros, axis=0)
    kept: Bools = share <= np.quantile(share[label], _KEPT_WINNERS)
    return kept


def _counts(column: Column) -> bool:
    known = column.numbers[column.known]
    return bool(len(known)) and float(known.min()) == 0 and float((known == 0).mean()) >= _COUNT_ZEROS


def is_static(column: Column, entity: Codes) -> bool:
    """Tell whether a column has one value per entity, for nearly all entities that have several rows."""
    filled = np.where(column.known, column.numbers, np.inf)
    low, high = np.full(int(entity.max()) + 1, np.inf), np.full(int(entity.max()) + 1, -np.inf)
    np.minimum.at(low, entity, filled)
    np.maximum.at(high, entity, filled)
    several = np.bincount(entity) > 1
    return bool(several.any()) and float((low == high)[several].mean()) >= _STATIC


def _one_row_per_entity(label: Bools, entity: Codes) -> tuple[Codes, Bools]:
    _, first = np.unique(entity, return_index=True)
    return first, np.bincount(entity, weights=label) > 0


class _View:
    """Rows, or one row per entity, on which columns are measured."""

    def __init__(self, label: Bools, entity: Codes, play: Bools, seed: int) -> None:
        self._label, self._play = label, play
        self._fold = fold_of_rows(entity, label, FOLDS, seed)
        self._winning = len(np.unique(entity[label & play]))
        self._losing = len(np.unique(entity[~label & play]))

    def measure(self, column: Column, *, static: bool = False) -> Strength:
        """Score the rows out of fold and look along the thresholds."""
        scores = scores_out_of_fold(column, self._label, self._fold)
        best = _most_suspicious(scores[self._play], self._label[self._play], self._winning, self._losing, column)
        auc = _area(scores, self._label, ~self._label)
        return Strength(auc, _error(auc, self._winning, self._losing), *best, static)


def _most_suspicious(
    scores: Floats, label: Bools, winning: int, losing: int, column: Column
) -> tuple[float, float, float, float]:
    """Return separation, excess, and the shares of winners and others above, at the threshold of most excess."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, [True]))
    hits, misses = np.cumsum(label[order])[ends], np.cumsum(~label[order])[ends]
    winners, others = int(label.sum()), int((~label).sum())
    least = _FIFTH if column.ordered else _TENTH
    wanted = (hits >= max(_FEWEST_WINNERS, least * winners)) & (misses < others)
    if not wanted.any():
        return -np.inf, -np.inf, 0.0, 0.0
    above = np.minimum(hits[wanted] / winners, 1 - 0.5 / winners)
    beside = (misses[wanted] + 0.5) / (others + 1)
    apart = separation(above, beside, winning, losing)
    tail = np.clip((_HALF - above) / (_HALF - _FIFTH), 0, 1) if column.ordered else 0
    excess = apart - IMPLAUSIBLE - _MORE_FOR_TAILS * tail
    best = int(np.argmax(excess))
    return float(apart[best]), float(excess[best]), float(above[best]), float(misses[wanted][best] / others)


def separation(above: Floats, beside: Floats, winning: int, losing: int) -> Floats:
    """Return the lower bound of z(above) - z(beside) for shares of so many independent winners and others."""
    high, low = ndtri(above), ndtri(beside)
    variance = above * (1 - above) / winning / _density(high) ** 2 + beside * (1 - beside) / losing / _density(low) ** 2
    bound: Floats = high - low - _Z * np.sqrt(variance)
    return bound


def _density(z: Floats) -> Floats:
    density: Floats = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return density


class Area(NamedTuple):
    """A ROC-AUC with its standard error."""

    value: float
    error: float


def auc_of(column: Column, winners: Bools, others: Bools) -> Area:
    """Return the AUC of a column as it stands, missing values lowest, for these winners against these others."""
    scores = np.where(column.known, column.numbers, -np.inf)
    area = _area(scores, winners, others)
    return Area(area, _error(area, int(winners.sum()), int(others.sum())))


def _area(scores: Floats, winners: Bools, others: Bools) -> float:
    """Count for how many pairs the winner is higher, ties by half."""
    ordered = np.sort(scores[others])
    below = np.searchsorted(ordered, scores[winners], side="left")
    equal = np.searchsorted(ordered, scores[winners], side="right") - below
    return float((below + equal / 2).mean() / max(len(ordered), 1))


def _error(area: float, winners: int, others: int) -> float:
    """Return the standard error of an AUC (Hanley and McNeil 1982)."""
    both_above, both_below = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (winners - 1) * (both_above - area**2) + (others - 1) * (both_below - area**2)
    return float(np.sqrt(max(variance, 0.0) / max(winners * others, 1)))
