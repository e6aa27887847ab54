"""How good a setting is on a fold: higher is better."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol, Self, get_args

import numpy as np
from sklearn.base import clone
from sklearn.metrics import average_precision_score

from pqlml.dataset.folds import Fold
from pqlml.errors import DataError, nearest
from pqlml.model.calibration import fit_calibrator, log_odds
from pqlml.model.tune.rows import TuningRows

Objective = Literal["neg_log_loss", "average_precision"]
OBJECTIVES: Final[tuple[Objective, ...]] = get_args(Objective)


def as_objective(name: str) -> Objective:
    """Return the objective of that name.

    Raises
    ------
    DataError
        Says the nearest valid name.
    """
    for objective in OBJECTIVES:
        if objective == name:
            return objective
    msg = f"no objective {name!r}; {nearest(name, OBJECTIVES)}"
    raise DataError(msg)


class Learner(Protocol):
    """What is tuned: an estimator in scikit-learn's idiom that gives log-odds."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn from a matrix and labels."""
        ...

    def margin(self, X: np.ndarray) -> np.ndarray:
        """Return log-odds, one per row."""
        ...

    def get_params(self) -> dict[str, Any]:
        """Return the settings."""
        ...

    def set_params(self, **params: object) -> Self:
        """Change settings."""
        ...


def fold_score(learner: Learner, rows: TuningRows, fold: Fold, objective: Objective) -> float:
    """Fit a copy of the learner on one side of a fold, and measure it on the other.

    ``neg_log_loss`` is measured after a straight line in log-odds has been drawn through the judged rows, the same line
    that calibrates each model anyway. Without it settings would be punished for what the calibrator mends, and timid
    ones would win.
    """
    fitted: Learner = clone(learner)
    label = rows.label.astype(np.float64)
    margin = fitted.fit(rows.matrix[fold.train], label[fold.train]).margin(rows.matrix[fold.test])
    return score(label[fold.test], np.asarray(margin), objective)


def score(label: np.ndarray, margin: np.ndarray, objective: Objective) -> float:
    """Measure log-odds on the rows of one fold.

    Examples
    --------
    >>> score(np.array([0.0, 1.0, 0.0, 1.0]), np.array([-2.0, 1.0, 0.5, 2.0]), "average_precision")
    1.0
    """
    if objective == "average_precision":
        return float(average_precision_score(label, margin))
    probability = fit_calibrator(margin, label).probability(margin)
    margins = log_odds(probability)
    return float(-np.mean(np.logaddexp(0.0, np.where(label > 0, -margins, margins))))
