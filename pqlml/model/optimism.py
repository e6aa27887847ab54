"""What a random split of the same rows would have promised, and how far that is from what came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pqlml.dataset.folds import Fold
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.calibration import sigmoid
from pqlml.model.evaluation import Evaluation
from pqlml.model.fit import fit_model
from pqlml.model.metrics import Interval, judge

OPTIMISM_METRICS: Final = ("roc_auc", "average_precision", "lift_at_10_percent", "neg_log_loss")


@dataclass(frozen=True)
class Optimism:
    """The model under a random split of rows, beside the honest figure.

    ``gap`` is random minus forward; its interval takes the two as independent, which makes it rather too wide.
    """

    metric: str
    forward: Interval
    random: Interval

    @property
    def gap(self) -> Interval:
        """By how much the random split is more hopeful."""
        value = self.random.value - self.forward.value
        below = np.hypot(self.random.value - self.random.low, self.forward.high - self.forward.value)
        above = np.hypot(self.random.high - self.random.value, self.forward.value - self.forward.low)
        return Interval(value, float(value - below), float(value + above))

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {name: getattr(self, name).as_dict() for name in ("forward", "random", "gap")}


def random_fold(evaluation: Evaluation, rows: int, seed: int = 0) -> Fold:
    """Draw rows at random, whatever their time and entity: as many as were judged and as the last fit had seen.

    Where that is more than there are, all are used, in the same proportion.
    """
    tested, fitted = len(evaluation.rows), len(evaluation.split.folds[-1].train)
    shrink = min(1.0, rows / (tested + fitted))
    order = np.random.default_rng(seed).permutation(rows)
    last = int(tested * shrink)
    return Fold(np.sort(order[last : last + int(fitted * shrink)]), np.sort(order[:last]))


def optimism(
    definition: Definition, vocabulary: Vocabulary, rows: Rows, evaluation: Evaluation, seed: int = 0
) -> tuple[Optimism, ...]:
    """Fit and judge the same model on rows split at random; nothing where the honest split is not by time."""
    if not evaluation.split.forward:
        return ()
    fold = random_fold(evaluation, len(rows.label), seed)
    model = fit_model(definition, vocabulary, rows, fold.train, seed)
    probability = sigmoid(model.log_odds(rows.values.iloc[fold.test]))
    label, entity = rows.label[fold.test], rows.entity[fold.test]
    rate = float(rows.label[fold.train].mean())
    found = judge(label, {"model": probability}, entity, reference_rate=rate, seed=seed)["model"]
    honest = evaluation.metrics["model"]
    return tuple(Optimism(metric, honest[metric], found[metric]) for metric in OPTIMISM_METRICS)
