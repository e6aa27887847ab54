"""What settings are worth: the trees with them beside those with the defaults, on rows that the search did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pqlml.dataset.folds import Split
from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.definition.settings import ModelSettings
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.calibration import log_odds, sigmoid
from pqlml.model.evaluation import Evaluation
from pqlml.model.fit import fit_model
from pqlml.model.metrics import Interval, compare
from pqlml.model.tune.objective import Objective

WORTH_METRICS: Final = ("average_precision", "neg_log_loss", "roc_auc", "brier_skill")
_WORDS: Final = {"average_precision": "average precision", "neg_log_loss": "log loss"}


@dataclass(frozen=True)
class Worth:
    """The same unseen rows judged with settings and with the defaults, calibrated as the model is.

    Attributes
    ----------
    tuned, defaults
        Metric -> interval.
    gain
        Metric -> tuned minus defaults, from the same resamples of entities: above 0 is better.
    """

    tuned: Mapping[str, Interval]
    defaults: Mapping[str, Interval]
    gain: Mapping[str, Interval]

    def better(self, objective: Objective) -> bool:
        """Tell whether the settings earn their place.

        They do if they are better beyond the interval in what they were chosen for, and worse beyond the interval in
        nothing else. The burden of proof is theirs: the defaults need no upkeep, follow the number of conversions by
        themselves, and were not chosen as the best of many.
        """
        return self.gain[objective].low > 0 and all(self.gain[name].high >= 0 for name in _WORDS)

    def sentence(self, objective: Objective) -> str:
        """Say what the settings bought, and what follows from it; both figures are higher where better."""
        told = f"Tuning bought {_told(self.gain['average_precision'])} in average precision and took "
        told += f"{_told(self.gain['neg_log_loss'])} off the log loss"
        if self.better(objective):
            return f"{told}: better beyond the interval in {_WORDS[objective]}, for which the settings were chosen."
        if self.gain[objective].high < 0:
            return f"{told}: worse on rows that the search did not see. The defaults stay."
        if self.gain[objective].low > 0:
            return f"{told}: it costs elsewhere what it brings here. The defaults stay."
        return f"{told}: nothing beyond the interval, which is a fine answer. The defaults stay."

    def as_dict(self) -> dict[str, Any]:
        """Return plain data: metric -> tuned, defaults and gain."""
        return {
            name: {side: getattr(self, side)[name].as_dict() for side in ("tuned", "defaults", "gain")}
            for name in WORTH_METRICS
        }


def settings_worth(
    tuned: Definition,
    defaults: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    split: Split,
    *,
    seed: int = 0,
    progress: Callable[[str], None] = print,
) -> Worth:
    """Judge the settings of one definition against those of another on the rows of a split, refitted for each fold."""
    sides = {}
    for name, definition in (("tuned", tuned), ("defaults", defaults)):
        progress(f"judging on unseen rows: {name}")
        sides[name] = _log_odds(definition, vocabulary, rows, split, seed)
    return _compared(sides, rows, split, seed)


def worth_beside(
    evaluation: Evaluation, definition: Definition, vocabulary: Vocabulary, rows: Rows, seed: int = 0
) -> Worth:
    """Judge the settings of the definition of an evaluation, whose trees need not be fitted again."""
    trees = "model" if evaluation.model.kind == "trees" else "trees"
    given = np.zeros(len(rows.label))
    given[evaluation.rows] = log_odds(evaluation.probability[trees])
    plain = _log_odds(untuned(definition), vocabulary, rows, evaluation.split, seed)
    return _compared({"tuned": given, "defaults": plain}, rows, evaluation.split, seed)


def untuned(definition: Definition) -> Definition:
    """Return the definition with all settings left to the learner."""
    return definition.model_copy(update={"model": ModelSettings()})


def _log_odds(definition: Definition, vocabulary: Vocabulary, rows: Rows, split: Split, seed: int) -> np.ndarray:
    """Predict the test part of each fold after fitting on its training part; over repeated folds, the mean."""
    total = np.zeros(len(rows.label))
    for fold in split.folds:
        model = fit_model(definition, vocabulary, rows, fold.train, seed)
        total[fold.test] += model.log_odds(rows.values.iloc[fold.test]) / split.repeats
    return total


def _compared(sides: Mapping[str, np.ndarray], rows: Rows, split: Split, seed: int) -> Worth:
    rate = np.full(len(rows.label), np.nan)
    for fold in split.folds:
        rate[fold.test] = rows.label[fold.train].mean()
    judged = np.flatnonzero(~np.isnan(rate))
    found = compare(
        rows.label[judged],
        {name: sigmoid(values[judged]) for name, values in sides.items()},
        rows.entity[judged],
        reference_rate=float(rate[judged].mean()),
        seed=seed,
    )
    return Worth(found.metrics["tuned"], found.metrics["defaults"], found.differences["defaults"])


def _told(gain: Interval) -> str:
    return f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
