"""How the model holds up over time and by segment: the same judged rows, cut into slices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.features.spec import Feature
from pqlml.model.calibration import log_odds
from pqlml.model.evaluation import Evaluation
from pqlml.model.metrics import Interval, compare
from pqlml.model.scale import assign_tiers
from pqlml.schema import TIERS

_MOST_CUTOFFS: Final = 14
"""With more cutoffs than that, time is cut into months."""
_MOST_LEVELS: Final = 6
_QUARTERS: Final = (0.25, 0.5, 0.75)
_ENOUGH: Final = 10
"""A slice with fewer conversions, or fewer rows without, has no ROC-AUC worth reading."""
_REPLICATES: Final = 200


@dataclass(frozen=True)
class Slice:
    """Some of the judged rows.

    Attributes
    ----------
    by, value
        What rows are cut by (``cutoff``, ``month``, ``tier``, or the name of an attribute), and which these are.
    predicted
        Expected conversions: the sum of the model's probabilities.
    roc_auc
        Of the model; null with fewer than ten conversions or ten rows without.
    """

    by: str
    value: str
    rows: int
    conversions: int
    predicted: float
    roc_auc: Interval | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; ``roc_auc`` as value with interval, or null."""
        return {**vars(self), "roc_auc": None if self.roc_auc is None else self.roc_auc.as_dict()}


def over_time(evaluation: Evaluation, rows: Rows) -> tuple[Slice, ...]:
    """Cut the judged rows by cutoff, or by month where cutoffs are many; none without times."""
    if "cutoff" not in rows.keys:
        return ()
    cutoff = rows.keys["cutoff"].iloc[evaluation.rows].reset_index(drop=True)
    listed = cutoff.nunique() <= _MOST_CUTOFFS
    value = cutoff.dt.strftime("%Y-%m-%d %H:%M" if listed else "%Y-%m")
    return tuple(_slices("cutoff" if listed else "month", value, sorted(value.unique()), evaluation))


def by_tier(evaluation: Evaluation) -> tuple[Slice, ...]:
    """Cut the judged rows by the tier that the model puts them in; by capacity, all of them as one list."""
    model, probability = evaluation.model, evaluation.probability["model"]
    points = model.scale.points(log_odds(probability))
    tier = pd.Series(assign_tiers(model.definition.tiers, points, probability))
    return tuple(_slices("tier", tier, TIERS, evaluation))


def by_segment(evaluation: Evaluation, rows: Rows) -> tuple[Slice, ...]:
    """Cut the judged rows by each attribute of fit: its most frequent texts, or quarters of its numbers."""
    found: list[Slice] = []
    for feature in rows.features:
        if feature.aggregate == "attribute":
            column = rows.values[feature.name].iloc[evaluation.rows].reset_index(drop=True)
            value, order = _segments(column, feature)
            found += _slices(feature.name, value, order, evaluation)
    return tuple(found)


def _segments(column: pd.Series, feature: Feature) -> tuple[pd.Series, list[str]]:
    """Name the segment of each row, and put the names in order."""
    if feature.category:
        frequent = [str(text) for text in column.value_counts().index[:_MOST_LEVELS]]
        text = column.astype("str")
        value = text.where(text.isin(frequent), "other").where(column.notna(), "unknown")
        return value, [*frequent, "other", "unknown"]
    edges = np.unique(column.quantile(_QUARTERS).dropna())
    if len(edges) == 0:
        return pd.Series("unknown", index=column.index), ["unknown"]
    between = [f"above {low:g} to {high:g}" for low, high in itertools.pairwise(edges)]
    names = [f"up to {edges[0]:g}", *between, f"above {edges[-1]:g}"]
    place = np.searchsorted(edges, column.fillna(0).to_numpy(np.float64))
    return pd.Series(np.array(names)[place]).where(column.notna(), "unknown"), [*names, "unknown"]


def _slices(by: str, value: pd.Series, order: Sequence[str], evaluation: Evaluation) -> Iterator[Slice]:
    probability = evaluation.probability["model"]
    for name in order:
        mine = (value == name).to_numpy()
        if mine.any():
            label = evaluation.label[mine]
            conversions = int(label.sum())
            area = None
            if min(conversions, len(label) - conversions) >= _ENOUGH:
                judged = {"model": probability[mine]}
                rate = float(label.mean())
                entity = evaluation.entity[mine]
                found = compare(label, judged, entity, reference_rate=rate, replicates=_REPLICATES)
                area = found.metrics["model"]["roc_auc"]
            yield Slice(by, name, len(label), conversions, float(probability[mine].sum()), area)
