"""What more history is worth: the same test part, judged after fitting on the last months before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.dataset.origins import rolling_folds
from pqlml.dataset.rows import Rows
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition.model import Definition
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.calibration import sigmoid
from pqlml.model.fit import fit_model
from pqlml.model.metrics import Interval, judge
from pqlml.times import days

_MONTHS: Final = (1, 2, 3, 6, 12, 24, 36)
_MONTH_DAYS: Final = 365.25 / 12
_BOTH: Final = 2


@dataclass(frozen=True)
class Learned:
    """A fit on the last months before the test part, or on all history (``months`` null)."""

    months: int | None
    rows: int
    conversions: int
    roc_auc: Interval
    average_precision: Interval

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        areas = {"roc_auc": self.roc_auc.as_dict(), "average_precision": self.average_precision.as_dict()}
        return {**vars(self), **areas}


def learning_curve(
    definition: Definition,
    vocabulary: Vocabulary,
    rows: Rows,
    seed: int = 0,
    progress: Callable[[str], None] = print,
) -> tuple[Learned, ...]:
    """Refit on ever more months of history, and judge each fit on the same forward test part; nothing without times.

    A stretch of history in which nobody converted, or that holds all there is, is left out.
    """
    if "cutoff" not in rows.keys:
        return ()
    origin = first_test_cutoff(definition, rows.keys["cutoff"])
    if origin is None:
        return ()
    cutoff = rows.keys["cutoff"].to_numpy("datetime64[us]")
    window = pd.Timedelta(days(definition.conversion.gap_days + definition.conversion.horizon_days))
    found: list[Learned] = []
    (whole,) = rolling_folds(cutoff, [origin], window)
    for months in (*_MONTHS, None):
        reach = None if months is None else pd.Timedelta(days(months * _MONTH_DAYS))
        (fold,) = rolling_folds(cutoff, [origin], window, train=reach)
        everything = len(fold.train) == len(whole.train)
        if len(np.unique(rows.label[fold.train])) < _BOTH or (everything and months is not None):
            continue
        progress(f"learning from {'all history' if months is None else f'{months} months'}")
        model = fit_model(definition, vocabulary, rows, fold.train, seed)
        probability = sigmoid(model.log_odds(rows.values.iloc[fold.test]))
        label, entity = rows.label[fold.test], rows.entity[fold.test]
        rate = float(rows.label[fold.train].mean())
        judged = judge(label, {"model": probability}, entity, reference_rate=rate, seed=seed)["model"]
        conversions = int(rows.label[fold.train].sum())
        found.append(Learned(months, len(fold.train), conversions, judged["roc_auc"], judged["average_precision"]))
    return tuple(found)
