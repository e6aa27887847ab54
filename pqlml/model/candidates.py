"""Who is judged: the model, and what it has to beat on the same rows."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from pqlml.dataset.folds import Fold
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.spec import Feature
from pqlml.model.bundle import Kind
from pqlml.model.calibration import fit_calibrator
from pqlml.model.scorecard import POINTS_UNIT, PointsScorecard

_NEVER_DAYS: Final = 36_500
"""How long ago the newest event counts as where there never was one: longer than any."""


def newest_activity(features: tuple[Feature, ...]) -> Feature | None:
    """Return the feature that tells how long ago anything happened; null where nothing has times."""
    return next((found for found in features if found.aggregate == "recency" and found.events is None), None)


def rivals(definition: Definition, rows: Rows, kind: Kind = "trees") -> tuple[str, ...]:
    """Name whom a model of that kind is judged beside.

    The other kind is always among them; hand-set points and newest activity first only where there are such.
    """
    points = ("points",) if definition.points else ()
    recency = ("recency",) if newest_activity(rows.features) is not None else ()
    return (*points, "linear" if kind == "trees" else "trees", *recency)


def rival_log_odds(name: str, definition: Definition, rows: Rows, fold: Fold) -> np.ndarray:
    """Return what a rival that learns nothing says of the test rows, having seen the training rows.

    The hand-set points and the order by newest activity become log-odds by a straight line fitted on the training part:
    their order stays their own.
    """
    score = _points(definition, rows) if name == "points" else _freshness(rows)
    fitted = fit_calibrator(score[fold.train], rows.label[fold.train].astype(float))
    return fitted.log_odds(score[fold.test])


def _points(definition: Definition, rows: Rows) -> np.ndarray:
    return PointsScorecard(definition.points).points(rows.values) / POINTS_UNIT


def _freshness(rows: Rows) -> np.ndarray:
    """Return a number that is higher the more recent the newest event; lowest where there never was one."""
    feature = newest_activity(rows.features)
    days = rows.values[feature.name] if feature is not None else pd.Series(dtype=float)
    return np.asarray(-np.log1p(days.fillna(_NEVER_DAYS).to_numpy(np.float64)))
