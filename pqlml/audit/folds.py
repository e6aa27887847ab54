"""Folds over entities, and scores that no row helped to make for itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from pqlml.audit.columns import Bools, Codes, Column, Floats

_FEWEST_IN_LEAF = 8
_DEPTH = 4
_LEAST_GAIN = 1e-9
_MOST_STEPS = 256
"""A column with more different values is cut into so many steps of equally many rows; a tree of few leaves hardly sees
the difference, and looks at steps instead of rows."""
_WEIGHT_OF_BASE_RATE = 3.0
"""A value's own rate is mixed with so many rows of the overall rate."""


def fold_of_rows(entity: Codes, label: Bools, folds: int, seed: int) -> Codes:
    """Deal entities to folds, those that ever convert and the others apart; all rows of one entity go together.

    Parameters
    ----------
    entity
        Number of each row's entity, 0, 1, ...
    """
    wins = np.bincount(entity, weights=label) > 0
    chance = np.random.default_rng(seed)
    dealt = np.empty(len(wins), np.int64)
    for group in (wins, ~wins):
        members = chance.permutation(np.flatnonzero(group))
        dealt[members] = np.arange(len(members)) % folds
    return dealt[entity]


def some_entities(entity: Codes, most: int, seed: int) -> npt.NDArray[np.intp]:
    """Return the rows of entities chosen at random, about ``most`` rows; whole entities, so that rates stay the same.

    Parameters
    ----------
    entity
        Number of each row's entity, 0, 1, ...
    """
    size = np.bincount(entity)
    order = np.random.default_rng(seed).permutation(len(size))
    kept = np.zeros(len(size), bool)
    kept[order[: max(int(np.searchsorted(np.cumsum(size[order]), most, side="right")), 1)]] = True
    return np.flatnonzero(kept[entity])


def scores_out_of_fold(column: Column, label: Bools, fold: Codes) -> Floats:
    """Score each row by its value alone, learned from the other folds: a small tree, or the rate of its category."""
    step = _steps(column) if column.ordered else _categories(column)
    steps, folds = int(step.max()) + 1, int(fold.max()) + 1
    cell = fold * steps + step
    size = np.bincount(cell, minlength=folds * steps).reshape(folds, steps)
    wins = np.bincount(cell, weights=label, minlength=folds * steps).reshape(folds, steps)
    others, hits = size.sum(axis=0) - size, wins.sum(axis=0) - wins  # of the other folds, per fold and step
    group = _leaves(others, hits) if column.ordered else np.arange(folds * steps)
    rows, won = (np.bincount(group, weights=counted.ravel()) for counted in (others, hits))
    base = np.repeat(hits.sum(axis=1) / np.maximum(others.sum(axis=1), 1), steps)
    rates = (won[group] + _WEIGHT_OF_BASE_RATE * base) / (rows[group] + _WEIGHT_OF_BASE_RATE)
    scores: Floats = rates[cell]
    return scores


def _categories(column: Column) -> Codes:
    return np.where(column.known, column.numbers, len(column.texts)).astype(np.int64)


def _steps(column: Column) -> Codes:
    """Return the place of each row's value among the different values, or among steps of them; the last is missing."""
    values, place = np.unique(column.numbers[column.known], return_inverse=True)
    if len(values) > _MOST_STEPS:
        edges = np.unique(np.quantile(column.numbers[column.known], np.linspace(0, 1, _MOST_STEPS)[1:]))
        place = np.searchsorted(edges, column.numbers[column.known], side="left")
    steps = np.full(len(column.numbers), int(place.max(initial=-1)) + 1, np.int64)
    steps[column.known] = place
    return steps


def _leaves(size: Codes, wins: Floats) -> Codes:
    """Grow one tree per fold, all of them at once, and return the leaf of each of their steps.

    On every level each leaf is cut where the log-loss falls most, if both sides keep enough rows. Missing values, the
    last step, are a leaf of their own.

    Parameters
    ----------
    size, wins
        Rows, and winners among them, per fold and step.
    """
    folds, steps = size.shape
    begins = np.zeros((folds, steps), bool)
    begins[:, 0] = begins[:, -1] = True
    leaf = np.cumsum(begins.ravel()) - 1
    counts = np.stack([size.ravel(), wins.ravel()]).astype(np.float64)
    running = np.cumsum(counts, axis=1)
    for _ in range(_DEPTH):
        first = np.flatnonzero(begins.ravel())
        before = (running[:, first] - counts[:, first])[:, leaf]
        whole = np.add.reduceat(counts, first, axis=1)[:, leaf]
        left = running - before
        right = whole - left
        gain = _log_loss(*whole) - _log_loss(*left) - _log_loss(*right)
        gain[(left[0] < _FEWEST_IN_LEAF) | (right[0] < _FEWEST_IN_LEAF)] = 0
        best = np.maximum.reduceat(gain, first)[leaf]
        cuts = np.flatnonzero((gain == best) & (best > _LEAST_GAIN))
        if not len(cuts):
            break
        _, one = np.unique(leaf[cuts], return_index=True)
        begins.ravel()[cuts[one] + 1] = True
        leaf = np.cumsum(begins.ravel()) - 1
    return leaf


def _log_loss(rows: Floats, wins: Floats) -> Floats:
    """Return the log-loss of so many rows that are all scored by their rate."""
    loss: Floats = xlogy(rows, rows) - xlogy(wins, wins) - xlogy(rows - wins, rows - wins)
    return loss
