"""The champion judged anew, beside its challenger, on rows that neither had seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.dataset.folds import Split
from pqlml.dataset.rows import Rows
from pqlml.dataset.split import split_rows
from pqlml.errors import NotEnoughDataError
from pqlml.model.bundle import Kind, PropensityModel
from pqlml.model.calibration import sigmoid
from pqlml.model.evaluation import Evaluation
from pqlml.model.fit import fit_model
from pqlml.model.metrics import Interval, compare

CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"
_ORIGINS: Final = 4
_Z_95: Final = 1.959963984540054


@dataclass(frozen=True)
class Rematch:
    """What became known since the champion was trained, and how both did on it.

    Attributes
    ----------
    version
        Of the champion.
    rows, converted
        Judged rows that are later than all that the champion learned from, and the leads among them that converted.
    metrics
        ``challenger`` and ``champion`` -> metric -> interval.
    difference
        Metric -> the challenger's figure minus the champion's, from the same resamples; null where the two could not
        be judged.
    drift
        By how much the conversion rate lies above the champion's mean probability, with a 95% interval by lead: an
        interval without 0 says that its probabilities no longer hold.
    why_not
        Why they could not be judged.
    """

    version: str
    rows: int = 0
    converted: int = 0
    metrics: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    difference: Mapping[str, Interval] | None = None
    drift: Interval | None = None
    why_not: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "version": self.version,
            "rows": self.rows,
            "converted": self.converted,
            "metrics": {name: _plain(by_metric) for name, by_metric in self.metrics.items()},
            "difference": None if self.difference is None else _plain(self.difference),
            "drift": None if self.drift is None else self.drift.as_dict(),
            "why_not": self.why_not,
        }


def unseen_split(champion: PropensityModel, evaluation: Evaluation, rows: Rows, seed: int = 0) -> Split:
    """Split off the judged rows whose cutoff is later than every label window that the champion learned from.

    The challenger is fitted anew at up to four instants among them, on what was over by then: at the first it has seen
    what the champion had, and later more, as it would have in use.

    Raises
    ------
    NotEnoughDataError
        If there are no such rows, or of one class only; says which and how many.
    """
    until, first = champion.training.known_until, evaluation.split.test_from
    if until is None or first is None:
        msg = "without times nobody can tell which rows it has not seen"
        raise NotEnoughDataError(msg)
    begin = max(pd.Timestamp(until), first)
    if not (rows.keys["cutoff"] >= begin).any():
        msg = f"no judged row is later than what it has seen (until {until:%Y-%m-%d})"
        raise NotEnoughDataError(msg)
    definition = evaluation.model.definition
    plan = definition.evaluation.model_copy(update={"test_from": begin.to_pydatetime(), "origins": None})
    return split_rows(definition.model_copy(update={"evaluation": plan}), rows.keys, rows.label, seed, origins=_ORIGINS)


def play(
    version: str,
    champion: PropensityModel,
    values: pd.DataFrame,
    split: Split,
    evaluation: Evaluation,
    rows: Rows,
    seed: int = 0,
) -> Rematch:
    """Judge a challenger of the evaluation's kind and the champion on the same rows.

    Parameters
    ----------
    values
        The champion's features of the rows of :func:`judged_positions`.
    split
        See :func:`unseen_split`.
    """
    judged = judged_positions(split)
    total = np.zeros(len(rows.label))
    for fold in split.folds:
        fresh = _fitted(evaluation, rows, fold.train, seed, evaluation.model.kind)
        total[fold.test] += fresh.log_odds(rows.values.iloc[fold.test])
    label, entity = rows.label[judged], rows.entity[judged]
    probability = {CHALLENGER: sigmoid(total[judged]), CHAMPION: sigmoid(champion.log_odds(values))}
    found = compare(label, probability, entity, reference_rate=champion.training.base_rate, seed=seed)
    return Rematch(
        version,
        len(judged),
        len(np.unique(entity[label == 1])),
        found.metrics,
        found.differences[CHAMPION],
        drift_of(label, probability[CHAMPION], entity),
    )


def judged_positions(split: Split) -> np.ndarray:
    """Return the positions of the rows that a split judges, ascending."""
    return np.unique(np.concatenate([fold.test for fold in split.folds]))


def drift_of(label: np.ndarray, probability: np.ndarray, entity: np.ndarray) -> Interval:
    """Return by how much the conversion rate lies above the mean probability; the interval takes leads as one each."""
    excess = label - probability
    value = float(excess.mean())
    sums = pd.Series(excess - value).groupby(entity).sum().to_numpy()
    half = float(_Z_95 * np.sqrt((sums**2).sum()) / len(label))
    return Interval(value, value - half, value + half)


def _fitted(evaluation: Evaluation, rows: Rows, train: np.ndarray, seed: int, kind: Kind) -> PropensityModel:
    model = evaluation.model
    return fit_model(model.definition, model.vocabulary, rows, train, seed, kind=kind)


def _plain(by_metric: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {metric: found.as_dict() for metric, found in by_metric.items()}
