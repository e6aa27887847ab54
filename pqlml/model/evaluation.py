"""The honest measure: every candidate on rows that it has not seen, with intervals by entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pqlml.dataset.folds import Split
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.bundle import KINDS, Kind, PropensityModel
from pqlml.model.calibration import sigmoid
from pqlml.model.candidates import rival_log_odds, rivals
from pqlml.model.capacity import Lists, weekly_lists
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
    reference_rate
        Conversion rate of what was fitted on: what one would predict for everybody without a model.
    others
        Models of the other kinds, fitted on the same part.
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
    reference_rate: float
    others: Mapping[Kind, PropensityModel] = field(default_factory=dict)


def evaluate_candidates(
    definition: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    split: Split,
    *,
    seed: int = 0,
    kind: Kind = "trees",
    progress: Progress = print,
) -> Evaluation:
    """Fit on the training part of each fold, predict its test part, and judge all candidates on the same rows.

    Parameters
    ----------
    kind
        What ``model`` is; the other kind is judged beside it under its own name.
    """
    others = rivals(definition, rows, kind)
    names = ["model", *others]
    total = {name: np.zeros(len(rows.label)) for name in names}
    times = np.zeros(len(rows.label), dtype=np.int64)
    reference = np.zeros(len(rows.label))
    models: dict[Kind, PropensityModel] = {}
    for number, fold in enumerate(split.folds, start=1):
        progress(f"judging on unseen rows, part {number} of {len(split.folds)}")
        values = rows.values.iloc[fold.test]
        for each in KINDS:
            models[each] = fit_model(definition, vocabulary, rows, fold.train, seed, kind=each)
            total["model" if each == kind else each][fold.test] += models[each].log_odds(values)
        for name in others:
            if name not in KINDS:
                total[name][fold.test] += rival_log_odds(name, definition, rows, fold)
        times[fold.test] += 1
        reference[fold.test] = rows.label[fold.train].mean()
    judged = np.flatnonzero(times)
    probability = {name: sigmoid(total[name][judged] / times[judged]) for name in names}
    rate = float(reference[judged].mean())
    compared = compare(
        rows.label[judged],
        probability,
        rows.entity[judged],
        reference_rate=rate,
        seed=seed,
        lists=_lists(definition, rows, judged),
    )
    card = PointsScorecard(definition.points)
    return Evaluation(
        split=split,
        rows=judged,
        label=rows.label[judged],
        entity=rows.entity[judged],
        probability=probability,
        card_points=card.points(rows.values.iloc[judged]) if definition.points else None,
        metrics=compared.metrics,
        differences=compared.differences,
        model=models[kind],
        reference_rate=rate,
        others={each: model for each, model in models.items() if each != kind},
    )


def judged_as(evaluation: Evaluation, kind: Kind, definition: Definition, rows: Rows, seed: int = 0) -> Evaluation:
    """Turn the tables: judge the other kind as the model, on the same rows, without fitting again."""
    if kind == evaluation.model.kind:
        return evaluation
    called: dict[str, str] = {"model": evaluation.model.kind, kind: "model"}
    found = {called.get(name, name): values for name, values in evaluation.probability.items()}
    probability = {name: found[name] for name in ("model", *rivals(definition, rows, kind))}
    compared = compare(
        evaluation.label,
        probability,
        evaluation.entity,
        reference_rate=evaluation.reference_rate,
        seed=seed,
        lists=_lists(definition, rows, evaluation.rows),
    )
    return replace(
        evaluation,
        probability=probability,
        metrics=compared.metrics,
        differences=compared.differences,
        model=evaluation.others[kind],
        others={evaluation.model.kind: evaluation.model},
    )


def _lists(definition: Definition, rows: Rows, judged: np.ndarray) -> Lists | None:
    if "cutoff" not in rows.keys:
        return None
    amount = None if rows.amount is None else rows.amount[judged]
    return weekly_lists(rows.keys["cutoff"].iloc[judged], definition.evaluation.capacity_per_week, amount)
