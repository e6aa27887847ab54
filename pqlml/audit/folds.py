"""Folds over entities, and scores that no row helped to make for itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pqlml.audit.columns import Bools, Codes, Column, Floats

_FEWEST_IN_LEAF = 8
_LEAVES = 16
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
    scores = np.zeros(len(label))
    for number in range(int(fold.max()) + 1):
        learn = fold != number
        group = _tree_leaves(column, label, learn) if column.ordered else _categories(column)
        size = np.bincount(group[learn], minlength=int(group.max()) + 1)
        wins = np.bincount(group[learn], weights=label[learn], minlength=len(size))
        rate = (wins + _WEIGHT_OF_BASE_RATE * label[learn].mean()) / (size + _WEIGHT_OF_BASE_RATE)
        scores[~learn] = rate[group[~learn]]
    return scores


def _tree_leaves(column: Column, label: Bools, learn: Bools) -> Codes:
    from sklearn.tree import DecisionTreeClassifier

    if not column.known[learn].any():
        return column.known.astype(np.int64)
    tree = DecisionTreeClassifier(
        criterion="log_loss", max_leaf_nodes=_LEAVES, min_samples_leaf=_FEWEST_IN_LEAF, random_state=0
    )
    values = column.numbers.reshape(-1, 1)
    tree.fit(values[learn], label[learn])
    leaves: npt.NDArray[np.int64] = tree.apply(values).astype(np.int64)
    return leaves


def _categories(column: Column) -> Codes:
    return np.where(column.known, column.numbers, len(column.texts)).astype(np.int64)
