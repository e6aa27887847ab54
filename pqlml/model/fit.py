"""Fit a model: the learner on all rows, the calibrator on predictions for entities that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.directions import directions
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.bundle import Kind, PropensityModel, Training, raw_score
from pqlml.model.calibration import LogOddsCalibrator
from pqlml.model.encoding import Encoder, fit_encoder
from pqlml.model.line import Line
from pqlml.model.linear import LinearClassifier
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.scale import fit_scale
from pqlml.model.scorecard import PointsScorecard
from pqlml.model.side_by_side import side_by_side
from pqlml.model.unseen import History, Settled, newest_rows, settle_unseen
from pqlml.times import days

if TYPE_CHECKING:
    import lightgbm as lgb

LINEAR_PARTS: Final = 2
"""A strongly penalised line hardly changes with the entities left out: two refits calibrate it."""


def fit_model(
    definition: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    train: np.ndarray,
    seed: int = 0,
    *,
    kind: Kind = "trees",
) -> PropensityModel:
    """Fit learner, calibrator and points scale on the rows at the positions ``train``.

    How many trees serve, and the calibrator, are learned from predictions by fits without the entity in question; what
    is released is fitted on all of the rows.
    """
    values = rows.values.iloc[train].reset_index(drop=True)
    label = rows.label[train].astype(np.float64)
    entity = rows.entity[train]
    cutoff = rows.keys["cutoff"].iloc[train].reset_index(drop=True) if "cutoff" in rows.keys else None
    encoder = fit_encoder(values, rows.features)
    matrix = encoder.matrix(values)
    learner = make_learner(kind, definition, encoder, directions(definition, rows.features), seed)
    window_days = definition.conversion.gap_days + definition.conversion.horizon_days
    core, calibrator = _learned(learner, History(matrix, label, entity, cutoff, window_days), seed)
    log_odds = calibrator.log_odds(raw_score(core, matrix))
    card = PointsScorecard(definition.points)
    newest = newest_rows(cutoff, label)
    scale = fit_scale(
        log_odds[newest], card.points(values.iloc[np.flatnonzero(newest)]) if card.rules else None, definition.tiers
    )
    return PropensityModel(
        definition=definition,
        vocabulary=vocabulary,
        features=rows.features,
        encoder=encoder,
        core=core,
        calibrator=calibrator,
        scale=scale,
        training=_training(definition, label, cutoff),
        typical=_typical(values),
    )


def make_learner(
    kind: Kind, definition: Definition, encoder: Encoder, monotone: Sequence[int], seed: int = 0
) -> PropensityClassifier | LinearClassifier:
    """Return what learns from the encoder's matrix, with the settings of the definition.

    Parameters
    ----------
    monotone
        Direction of each column (:func:`pqlml.features.directions.directions`); the linear model is not held to them.
    """
    categorical = tuple(encoder.categorical)
    if kind == "linear":
        return LinearClassifier(categorical=categorical)
    trees = PropensityClassifier(categorical=categorical, seed=seed)
    trees.set_params(**definition.model.given, monotone=monotone if any(monotone) else None)
    return trees


def _learned(
    learner: PropensityClassifier | LinearClassifier, history: History, seed: int
) -> tuple[lgb.Booster | Line, LogOddsCalibrator]:
    matrix, label = history.matrix, history.label

    def settle() -> Settled:
        parts = LINEAR_PARTS if isinstance(learner, LinearClassifier) else None
        return settle_unseen(learner, history, seed=seed, parts=parts)

    def fit() -> PropensityClassifier | LinearClassifier:
        return learner.fit(matrix, label)

    settled, fitted = side_by_side([settle, fit], len(label))
    calibrator, kept, _ = cast("Settled", settled)
    if isinstance(fitted, LinearClassifier):
        return fitted.line(matrix), calibrator
    trees = cast("PropensityClassifier", fitted)
    return (trees if kept is None else trees.keep_trees(*kept)).booster_, calibrator


def _training(definition: Definition, label: np.ndarray, cutoff: pd.Series | None) -> Training:
    if cutoff is None:
        return Training(len(label), int(label.sum()), None, None, None)
    window = days(definition.conversion.gap_days + definition.conversion.horizon_days)
    first, last = cutoff.min().to_pydatetime(), cutoff.max().to_pydatetime()
    return Training(len(label), int(label.sum()), first, last, last + window)


def _typical(values: pd.DataFrame) -> dict[str, float]:
    medians = values.select_dtypes("number").median()
    return {str(name): float(value) for name, value in medians.items() if np.isfinite(value)}
