"""Who is judged: the model, and what it has to beat on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from pqlml.dataset.folds import Fold
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.spec import Feature
from pqlml.model.calibration import LogOddsCalibrator, fit_calibrator
from pqlml.model.encoding import Encoder, fit_encoder
from pqlml.model.linear import LinearClassifier
from pqlml.model.scorecard import PointsScorecard
from pqlml.model.unseen import calibrate_unseen

_LINEAR_PARTS: Final = 2
"""A strongly penalised line hardly changes with the entities left out: two refits calibrate it."""
_NEVER_DAYS: Final = 36_500
"""How long ago the newest event counts as where there never was one: longer than any."""
_POINTS_UNIT: Final = 25.0
"""Keeps the slope of a calibrated card near 1, where the fit is well conditioned."""


@dataclass(frozen=True)
class LinearModel:
    """A regularised logistic regression on the features, calibrated like the model."""

    encoder: Encoder
    learner: LinearClassifier
    calibrator: LogOddsCalibrator

    def log_odds(self, values: pd.DataFrame) -> np.ndarray:
        """Return calibrated log-odds, one per row."""
        return self.calibrator.log_odds(self.learner.margin(self.encoder.matrix(values)))


def fit_linear(rows: Rows, train: np.ndarray, seed: int = 0) -> LinearModel:
    """Fit the linear model on the rows at the positions ``train``."""
    values, label = rows.values.iloc[train], rows.label[train].astype(np.float64)
    encoder = fit_encoder(values, rows.features)
    matrix = encoder.matrix(values)
    cutoff = rows.keys["cutoff"].iloc[train].reset_index(drop=True) if "cutoff" in rows.keys else None
    learner = LinearClassifier(categorical=tuple(encoder.categorical))
    entity = rows.entity[train]
    calibrator = calibrate_unseen(learner, matrix, label, entity, cutoff, seed=seed, parts=_LINEAR_PARTS)
    return LinearModel(encoder, learner.fit(matrix, label), calibrator)


def newest_activity(features: tuple[Feature, ...]) -> Feature | None:
    """Return the feature that tells how long ago anything happened; null where nothing has times."""
    return next((found for found in features if found.aggregate == "recency" and found.events is None), None)


def challengers(definition: Definition, rows: Rows) -> tuple[str, ...]:
    """Name whom the model is judged beside: hand-set points and newest activity first only where there are such."""
    points = ("points",) if definition.points else ()
    recency = ("recency",) if newest_activity(rows.features) is not None else ()
    return (*points, "linear", *recency)


def challenger_log_odds(name: str, definition: Definition, rows: Rows, fold: Fold, seed: int = 0) -> np.ndarray:
    """Return what a challenger says of the test rows, having seen the training rows.

    The hand-set points and the order by newest activity become log-odds by a straight line fitted on the training part:
    their order stays their own.
    """
    if name == "linear":
        return fit_linear(rows, fold.train, seed).log_odds(rows.values.iloc[fold.test])
    score = _points(definition, rows) if name == "points" else _freshness(rows)
    fitted = fit_calibrator(score[fold.train], rows.label[fold.train].astype(float))
    return fitted.log_odds(score[fold.test])


def _points(definition: Definition, rows: Rows) -> np.ndarray:
    return PointsScorecard(definition.points).points(rows.values) / _POINTS_UNIT


def _freshness(rows: Rows) -> np.ndarray:
    """Return a number that is higher the more recent the newest event; lowest where there never was one."""
    feature = newest_activity(rows.features)
    days = rows.values[feature.name] if feature is not None else pd.Series(dtype=float)
    return np.asarray(-np.log1p(days.fillna(_NEVER_DAYS).to_numpy(np.float64)))
