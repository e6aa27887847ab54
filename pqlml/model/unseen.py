"""Calibration on predictions for entities that a learner has not seen, at the newest matured cutoffs."""

from __future__ import annotations

from functools import partial
from typing import Final, Protocol, Self, cast

import numpy as np
import pandas as pd
from sklearn.base import clone

from pqlml.dataset.folds import entity_parts
from pqlml.model.calibration import LogOddsCalibrator, fit_calibrator
from pqlml.model.side_by_side import side_by_side

_NEWEST_CONVERSIONS: Final = 200
"""The calibrator uses the newest cutoffs that hold at least this many conversions."""
_PARTS_BY_ROWS: Final = ((20_000, 5), (200_000, 2))
"""Up to so many rows every entity takes a turn at being unseen, in so many parts: more rows need fewer refits."""
_PARTS_BEYOND: Final = 5
"""Beyond those rows one part of so many is unseen, and one refit is enough."""
_BOTH: Final = 2


class Learner(Protocol):
    """What learns from a matrix and gives log-odds."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn from a matrix and labels."""
        ...

    def margin(self, X: np.ndarray) -> np.ndarray:
        """Return log-odds, one per row."""
        ...


def calibrate_unseen(
    learner: Learner,
    matrix: np.ndarray,
    label: np.ndarray,
    entity: np.ndarray,
    cutoff: pd.Series | None,
    *,
    seed: int = 0,
    parts: int | None = None,
) -> LogOddsCalibrator:
    """Fit the calibrator to the newest matured cutoffs, on predictions by fits without the entity in question.

    Parameters
    ----------
    learner
        Says how to fit; it is copied, and not fitted itself.
    cutoff
        Per row; null without times.
    parts
        Into how many parts entities are dealt, each unseen in turn; by default fewer where rows are many.
    """
    turns = parts if parts is not None else next((n for most, n in _PARTS_BY_ROWS if len(label) <= most), None)
    part = entity_parts(entity, turns or _PARTS_BEYOND, seed)
    newest = newest_rows(cutoff, label)
    turn_parts = (part == turn for turn in range(turns if turns is not None else 1))
    held_out = [
        held
        for held in turn_parts
        if (held & newest).any() and len(np.unique(label[~held])) >= _BOTH  # else no turn
    ]
    if not held_out:
        return LogOddsCalibrator(1.0, 0.0)

    def judge(held: np.ndarray) -> np.ndarray:
        held_back = cast("Learner", clone(learner)).fit(matrix[~held], label[~held])
        return held_back.margin(matrix[held & newest])

    margins = side_by_side([partial(judge, held) for held in held_out], len(label))
    labels = [label[held & newest] for held in held_out]
    return fit_calibrator(np.concatenate(margins), np.concatenate(labels))


def newest_rows(cutoff: pd.Series | None, label: np.ndarray) -> np.ndarray:
    """Mark the rows of the newest cutoffs that together hold enough conversions; all rows without times."""
    if cutoff is None:
        return np.ones(len(label), dtype=bool)
    by_cutoff = pd.Series(label).groupby(cutoff.to_numpy()).sum().sort_index(ascending=False).cumsum()
    enough = by_cutoff[by_cutoff >= _NEWEST_CONVERSIONS]
    if enough.empty:
        return np.ones(len(label), dtype=bool)
    return np.asarray(cutoff >= enough.index[0])
