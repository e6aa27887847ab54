"""A forest of deep trees, each grown from other rows and between other columns, as trees that a booster can hold.

Boosted trees of few leaves say what many rows have in common. Deep trees say what few rows have in common, each with
much chance in it; the mean of many is worth something all the same, and errs elsewhere (Breiman, "Random Forests",
Machine Learning 45, 2001). What a leaf says is its share of conversions in log-odds, held back towards the base rate,
so that the forest is a sum of trees like any other.
"""

from __future__ import annotations

import re
from typing import Any, Final

import lightgbm as lgb
import numpy as np

from pqlml.model.binary import LearnedRows
from pqlml.model.steps import tree_texts

TREES: Final = 100
"""Half as many are a little worse, and more bring little."""

_LEAVES: Final = 511
"""Fewer are quicker to explain, and bring less."""
_LEAF_ROWS: Final = 5
_HELD_BACK: Final = 1.0
"""As many rows at the base rate are added to those of a leaf as hold so many of the rarer class."""
_DRAWN: Final = 0.632
"""As many different rows as drawing with replacement would take."""
_LEAF_VALUES: Final = re.compile(r"(?<=\n)leaf_value=([^\n]*)")
_INNER_VALUES: Final = re.compile(r"(?<=\n)internal_value=([^\n]*)")
_COUNTS: Final = re.compile(r"(?<=\n)leaf_count=([^\n]*)")


def deep_trees(rows: LearnedRows, seed: int, threads: int) -> list[str]:
    """Grow the forest; return its trees in LightGBM's words, whose sum is log-odds: the mean of what each says.

    Categories are split like numbers, by the order of their codes: deep trees find each level by several splits.
    """
    width = rows.matrix.shape[1]
    settings: dict[str, Any] = {
        "objective": "binary",
        "boosting": "rf",
        "num_leaves": _LEAVES,
        "max_bin": 63,
        "min_data_in_leaf": _LEAF_ROWS,
        "min_sum_hessian_in_leaf": 0.0,
        "feature_fraction_bynode": max(1, int(np.sqrt(width))) / width,
        "bagging_fraction": _DRAWN,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }
    forest = lgb.train(settings, lgb.Dataset(rows.matrix, rows.target, weight=rows.weight), TREES)
    rate = float(np.average(rows.target, weights=rows.weight))
    return [_in_log_odds(tree, rate) for tree in tree_texts(forest)]


def _in_log_odds(tree: str, rate: float) -> str:
    """Write what each leaf says in log-odds, divided by the number of trees.

    LightGBM writes one step of Newton from the base rate, which tells the share of conversions in the leaf.
    """
    values, counts = (_LEAF_VALUES.search(tree), _COUNTS.search(tree))
    if values is None:
        return tree
    step = np.array(values[1].split(), np.float64) - np.log(rate / (1 - rate))
    rows = np.array(counts[1].split(), np.float64) if counts is not None and counts[1] else np.zeros(len(step))
    share = np.clip(rate + step * rate * (1 - rate), 0.0, 1.0)
    added = _HELD_BACK / min(rate, 1 - rate)
    held = (share * rows + added * rate) / (rows + added)
    said = " ".join(map(repr, (np.log(held / (1 - held)) / TREES).tolist()))
    tree = _LEAF_VALUES.sub(f"leaf_value={said}", tree)
    return _INNER_VALUES.sub(lambda found: "internal_value=" + " ".join("0" for _ in found[1].split()), tree)
