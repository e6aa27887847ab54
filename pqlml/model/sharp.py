"""A forest that says more than lasts: boosted far beyond where it is best alone, with leaves of single rows.

What regularised trees have in common they leave out together. A forest without their restraint errs by saying too much
instead, and a little of it in the mean with them serves entities that none has seen, where there is something that the
others left out. How little, those entities say (:mod:`pqlml.model.unseen`).
"""

from __future__ import annotations

from typing import Any, Final

import lightgbm as lgb

from pqlml.model.binary import LearnedRows
from pqlml.model.steps import tree_texts

TREES: Final = 800


def sharp_trees(rows: LearnedRows, seed: int, threads: int) -> list[str]:
    """Grow the forest; return its trees in LightGBM's words, whose sum is log-odds.

    Categories are split like numbers, by the order of their codes.
    """
    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.03,
        "num_leaves": 16,
        "max_bin": 63,
        "min_data_in_leaf": 1,
        "lambda_l2": 0.1,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }
    return tree_texts(lgb.train(settings, lgb.Dataset(rows.matrix, rows.target, weight=rows.weight), TREES))
