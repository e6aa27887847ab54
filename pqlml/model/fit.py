"""Fit a model: trees on all rows, the calibrator on predictions for entities that the trees had not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.dataset.folds import entity_parts
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.bundle import PropensityModel, Training
from pqlml.model.calibration import LogOddsCalibrator, fit_calibrator
from pqlml.model.encoding import fit_encoder
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.scale import fit_scale
from pqlml.model.scorecard import PointsScorecard
from pqlml.times import days

_NEWEST_CONVERSIONS = 200
"""The calibrator uses the newest cutoffs that hold at least this many conversions."""
_PARTS_BY_ROWS = ((20_000, 5), (200_000, 2))
"""Up to so many rows every entity takes a turn at being unseen, in so many parts: more rows need fewer refits."""
_PARTS_BEYOND = 5
"""Beyond those rows one part of so many is unseen, and one refit is enough."""


def fit_model(
    definition: Definition, vocabulary: Vocabulary, rows: Rows, train: np.ndarray, seed: int = 0
) -> PropensityModel:
    """Fit trees, calibrator and points scale on the rows at the positions ``train``.

    The calibrator is fitted to the newest matured cutoffs, on predictions by trees that were fitted without the
    entity in question; the released trees are then fitted on all of the rows.
    """
    values = rows.values.iloc[train].reset_index(drop=True)
    label = rows.label[train].astype(np.float64)
    entity = rows.entity[train]
    cutoff = rows.keys["cutoff"].iloc[train].reset_index(drop=True) if "cutoff" in rows.keys else None
    encoder = fit_encoder(values, rows.features)
    matrix = encoder.matrix(values)
    learner = PropensityClassifier(categorical=tuple(encoder.categorical), seed=seed)
    calibrator = _calibrate(learner, matrix, label, entity, cutoff, seed)
    booster = learner.fit(matrix, label).booster_
    log_odds = calibrator.log_odds(np.asarray(booster.predict(matrix, raw_score=True)))
    card = PointsScorecard(definition.points)
    newest = _newest(cutoff, label)
    scale = fit_scale(
        log_odds[newest], card.points(values.iloc[np.flatnonzero(newest)]) if card.rules else None, definition.tiers
    )
    return PropensityModel(
        definition=definition,
        vocabulary=vocabulary,
        features=rows.features,
        encoder=encoder,
        booster=booster,
        calibrator=calibrator,
        scale=scale,
        training=_training(definition, label, cutoff),
        typical=_typical(values),
    )


def _calibrate(
    learner: PropensityClassifier,
    matrix: np.ndarray,
    label: np.ndarray,
    entity: np.ndarray,
    cutoff: pd.Series | None,
    seed: int,
) -> LogOddsCalibrator:
    parts = next((parts for most, parts in _PARTS_BY_ROWS if len(label) <= most), None)
    part = entity_parts(entity, parts or _PARTS_BEYOND, seed)
    newest = _newest(cutoff, label)
    turns = range(parts) if parts is not None else (0,)
    margins, labels = [], []
    for turn in turns:
        held = part == turn
        judged = held & newest
        if not judged.any() or len(np.unique(label[~held])) < 2:  # noqa: PLR2004 - both classes
            continue
        held_back = PropensityClassifier(**learner.get_params()).fit(matrix[~held], label[~held])
        margins.append(held_back.margin(matrix[judged]))
        labels.append(label[judged])
    if not margins:
        return LogOddsCalibrator(1.0, 0.0)
    return fit_calibrator(np.concatenate(margins), np.concatenate(labels))


def _newest(cutoff: pd.Series | None, label: np.ndarray) -> np.ndarray:
    """Mark the rows of the newest cutoffs that together hold enough conversions; all rows without times."""
    if cutoff is None:
        return np.ones(len(label), dtype=bool)
    by_cutoff = pd.Series(label).groupby(cutoff.to_numpy()).sum().sort_index(ascending=False).cumsum()
    enough = by_cutoff[by_cutoff >= _NEWEST_CONVERSIONS]
    if enough.empty:
        return np.ones(len(label), dtype=bool)
    return np.asarray(cutoff >= enough.index[0])


def _training(definition: Definition, label: np.ndarray, cutoff: pd.Series | None) -> Training:
    if cutoff is None:
        return Training(len(label), int(label.sum()), None, None, None)
    window = days(definition.conversion.gap_days + definition.conversion.horizon_days)
    first, last = cutoff.min().to_pydatetime(), cutoff.max().to_pydatetime()
    return Training(len(label), int(label.sum()), first, last, last + window)


def _typical(values: pd.DataFrame) -> dict[str, float]:
    medians = values.select_dtypes("number").median()
    return {str(name): float(value) for name, value in medians.items() if np.isfinite(value)}
