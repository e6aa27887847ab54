"""The log-odds that a booster says of each row of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from pqlml.model.binary import SMALL_ROWS

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]

_MUCH: Final = 20_000_000
"""Rows times trees from which on the kernel is worth loading: LightGBM takes about a second for so many."""


def tree_margins(booster: lgb.Booster, matrix: Floats, first: int = 0, trees: int | None = None) -> Floats:
    """Return the raw score, one per row; by the kernel where that is quicker, which changes no bit of it.

    Parameters
    ----------
    first, trees
        Take part of the trees only: so many, from this one on.
    """
    if len(matrix) * (trees or booster.num_trees()) >= _MUCH:
        from pqlml.model.forest.plan import plan_of
        from pqlml.model.forest.score import score

        plan = plan_of(booster, first, trees)
        if plan is not None:
            return score(plan, matrix)
    # LightGBM counts threads for the whole process. Where several fits run at once each takes one thread, and one that
    # asks for more in a prediction would let the others write beyond what they made room for.
    threads: dict[str, Any] = {"num_threads": 1} if len(matrix) <= SMALL_ROWS else {}
    found = booster.predict(matrix, raw_score=True, start_iteration=first, num_iteration=trees, **threads)
    return np.asarray(found, dtype=np.float64)
