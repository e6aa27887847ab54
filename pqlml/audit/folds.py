"""Folds over entities, and scores that no row helped to make for itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pqlml.audit.columns import Bools, Codes, Column, Floats

_FEWEST_IN_LEAF = 8
_LEAVES = 16
_MOST_STEPS = 512
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
    rates = np.empty((folds, steps))
    for number in range(folds):
        group = _tree_leaves(others[number], hits[number]) if column.ordered else np.arange(steps)
        rows, won = (np.bincount(group, weights=counted[number]) for counted in (others, hits))
        base = won.sum() / rows.sum()
        rates[number] = ((won + _WEIGHT_OF_BASE_RATE * base) / (rows + _WEIGHT_OF_BASE_RATE))[group]
    scores: Floats = rates[fold, step]
    return scores


def _categories(column: Column) -> Codes:
    return np.where(column.known, column.numbers, len(column.texts)).astype(np.int64)


def _steps(column: Column) -> Codes:
    """Return the place of each row's value among the different values, or among steps of them; the last is missing."""
    values, place = np.unique(column.numbers[column.known], return_inverse=True)
    if len(values) > _MOST_STEPS:
        edges = np.unique(np.quantile(column.numbers[column.known], np.linspace(0, 1, _MOST_STEPS)[1:]))
        place = np.searchsorted(edges, column.numbers[column.known], side="left")
    steps = np.full(len(column.numbers), int(place.max(initial=0)) + 1, np.int64)
    steps[column.known] = place
    return steps


def _tree_leaves(size: Codes, wins: Floats) -> Codes:
    """Return the leaf of each step, the last step being that of missing values."""
    from sklearn.tree import DecisionTreeClassifier

    if not size[:-1].any():
        return np.zeros(len(size), np.int64)
    values = np.append(np.arange(len(size) - 1, dtype=np.float64), np.nan).reshape(-1, 1)
    weight = np.concatenate([wins, size - wins])
    there = weight > 0
    tree = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=_LEAVES,
        min_weight_fraction_leaf=min((_FEWEST_IN_LEAF - 0.5) / size.sum(), 0.5),
        random_state=0,
    )
    won = np.repeat([True, False], len(size))
    tree.fit(np.concatenate([values, values])[there], won[there], sample_weight=weight[there])
    leaves: npt.NDArray[np.int64] = tree.apply(values).astype(np.int64)
    return leaves
