"""The honest measure: every candidate on rows that it has not seen, with intervals by entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pqlml.dataset.folds import Split
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import sigmoid
from pqlml.model.candidates import challenger_log_odds, challengers
from pqlml.model.capacity import weekly_lists
from pqlml.model.fit import fit_model
from pqlml.model.metrics import Interval, compare
from pqlml.model.scorecard import PointsScorecard

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Evaluation:
    """What each candidate is worth on unseen rows.

    Attributes
    ----------
    rows
        Positions of the judged rows in the training table, ascending.
    label, entity
        Of the judged rows.
    probability
        Candidate -> probability per judged row; over repeated folds, the mean of the log-odds.
    card_points
        Hand-set points per judged row, or null without a card.
    metrics
        Candidate -> metric (scikit-learn's names) -> value with a 95 % interval.
    differences
        Other candidate -> metric -> the model's figure minus its own, from the same resamples.
    model
        The model fitted on the (last) training part, for looking inside; never released.
    """

    split: Split
    rows: np.ndarray
    label: np.ndarray
    entity: np.ndarray
    probability: Mapping[str, np.ndarray]
    card_points: np.ndarray | None
    metrics: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Mapping[str, Interval]]
    model: PropensityModel


def evaluate_candidates(
    definition: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    split: Split,
    *,
    seed: int = 0,
    progress: Progress = print,
) -> Evaluation:
    """Fit on the training part of each fold, predict its test part, and judge all candidates on the same rows."""
    others = challengers(definition, rows)
    names = ["model", *others]
    total = {name: np.zeros(len(rows.label)) for name in names}
    times = np.zeros(len(rows.label), dtype=np.int64)
    reference = np.zeros(len(rows.label))
    models = []
    for number, fold in enumerate(split.folds, start=1):
        progress(f"judging on unseen rows, part {number} of {len(split.folds)}")
        models.append(fit_model(definition, vocabulary, rows, fold.train, seed))
        total["model"][fold.test] += models[-1].log_odds(rows.values.iloc[fold.test])
        for name in others:
            total[name][fold.test] += challenger_log_odds(name, definition, rows, fold, seed)
        times[fold.test] += 1
        reference[fold.test] = rows.label[fold.train].mean()
    judged = np.flatnonzero(times)
    probability = {name: sigmoid(total[name][judged] / times[judged]) for name in names}
    label, entity = rows.label[judged], rows.entity[judged]
    lists = None
    if "cutoff" in rows.keys:
        amount = None if rows.amount is None else rows.amount[judged]
        lists = weekly_lists(rows.keys["cutoff"].iloc[judged], definition.evaluation.capacity_per_week, amount)
    rate = float(reference[judged].mean())
    compared = compare(label, probability, entity, reference_rate=rate, seed=seed, lists=lists)
    card = PointsScorecard(definition.points)
    card_points = card.points(rows.values.iloc[judged]) if definition.points else None
    return Evaluation(
        split, judged, label, entity, probability, card_points, compared.metrics, compared.differences, models[-1]
    )
