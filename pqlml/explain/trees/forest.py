"""The trees of a LightGBM model as arrays, read from its own text format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from pqlml.errors import DataError

if TYPE_CHECKING:
    import lightgbm as lgb

Integers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

Missing = Literal["none", "zero", "nan"]
_MISSING: tuple[Missing, ...] = ("none", "zero", "nan")
_CATEGORICAL, _DEFAULT_LEFT = 1, 2


@dataclass(frozen=True)
class Column:
    """How a split reads a feature: its number, what counts as missing, and whether its values are categories."""

    feature: int
    missing: Missing
    categorical: bool


@dataclass(frozen=True)
class Split:
    """One inner node.

    Attributes
    ----------
    threshold
        A number goes left if it is at most this.
    members
        For a categorical column: the categories that go left; null for a number.
    default_left
        Where a missing number goes; a missing category goes right.
    left, right
        Children: inner nodes from 0 on, leaves as ``-1 - leaf``.
    """

    column: Column
    threshold: float
    members: frozenset[int] | None
    default_left: bool
    left: int
    right: int
    rows: float


@dataclass(frozen=True)
class Tree:
    """Splits (the first is the root) and, per leaf, its value and the number of training rows in it."""

    splits: tuple[Split, ...]
    value: Doubles
    leaf_rows: Doubles

    def rows(self, node: int) -> float:
        """Return the number of training rows in an inner node or leaf."""
        return float(self.splits[node].rows if node >= 0 else self.leaf_rows[-1 - node])

    @property
    def expectation(self) -> float:
        """Mean of the leaves' values over the training rows."""
        return float(self.value @ self.leaf_rows / self.leaf_rows.sum()) if self.splits else float(self.value[0])


@dataclass(frozen=True)
class Forest:
    """All trees of a model with one output."""

    trees: tuple[Tree, ...]
    features: int


def read_forest(booster: lgb.Booster) -> Forest:
    """Read the trees that the booster predicts with.

    Raises
    ------
    DataError
        If the model has several outputs per row, averages its trees, or has linear leaves: its shares are then not
        those of a sum of plain trees.
    """
    used = booster.best_iteration if booster.best_iteration > 0 else None
    head, *blocks = booster.model_to_string(num_iteration=used).split("\nTree=")
    facts = dict(_pairs(head))
    if facts.get("num_tree_per_iteration", "1") != "1":
        msg = f"the model has {facts['num_tree_per_iteration']} outputs per row; expected one."
        raise DataError(msg)
    if "\naverage_output" in head:
        msg = "the model averages its trees (a random forest); expected gradient boosting, which adds them up."
        raise DataError(msg)
    return Forest(tuple(_tree(dict(_pairs(block))) for block in blocks), booster.num_feature())


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        name, sign, content = line.partition("=")
        if sign:
            yield name, content
        elif name == "end of trees":
            return


def _tree(facts: dict[str, str]) -> Tree:
    if facts.get("is_linear", "0") != "0":
        msg = "the model has linear leaves; expected constant ones. Train it without 'linear_tree'."
        raise DataError(msg)
    value = _numbers(facts, "leaf_value")
    if facts["num_leaves"] == "1":
        return Tree((), value, np.ones(1))
    feature, kind = _numbers(facts, "split_feature").astype(int), _numbers(facts, "decision_type").astype(int)
    threshold, rows = _numbers(facts, "threshold"), _numbers(facts, "internal_count")
    left, right = _numbers(facts, "left_child").astype(int), _numbers(facts, "right_child").astype(int)
    splits = tuple(
        Split(
            column=Column(int(feature[node]), _MISSING[kind[node] >> 2 & 3], bool(kind[node] & _CATEGORICAL)),
            threshold=float(threshold[node]),
            members=_members(facts, int(threshold[node])) if kind[node] & _CATEGORICAL else None,
            default_left=bool(kind[node] & _DEFAULT_LEFT),
            left=int(left[node]),
            right=int(right[node]),
            rows=float(rows[node]),
        )
        for node in range(len(feature))
    )
    return Tree(splits, value, _numbers(facts, "leaf_count"))


def _numbers(facts: dict[str, str], name: str) -> Doubles:
    return np.array(facts[name].split(), dtype=np.float64)


def _members(facts: dict[str, str], number: int) -> frozenset[int]:
    """Return the categories of a set, which LightGBM stores as bits of 32-bit words."""
    bounds = _numbers(facts, "cat_boundaries").astype(int)
    words = [int(word) for word in facts["cat_threshold"].split()[bounds[number] : bounds[number + 1]]]
    return frozenset(32 * place + bit for place, word in enumerate(words) for bit in range(32) if word >> bit & 1)
