"""The champion judged anew, beside its challenger, on rows that neither had seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.errors import NotEnoughDataError
from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import sigmoid
from pqlml.model.evaluation import Evaluation
from pqlml.model.metrics import Interval, compare

CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"


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
    why_not
        Why they could not be.
    """

    version: str
    rows: int = 0
    converted: int = 0
    metrics: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    difference: Mapping[str, Interval] | None = None
    why_not: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "version": self.version,
            "rows": self.rows,
            "converted": self.converted,
            "metrics": {
                name: {metric: found.as_dict() for metric, found in by_metric.items()}
                for name, by_metric in self.metrics.items()
            },
            "difference": None
            if self.difference is None
            else {metric: found.as_dict() for metric, found in self.difference.items()},
            "why_not": self.why_not,
        }


def unseen_by(champion: PropensityModel, evaluation: Evaluation, rows: Rows) -> np.ndarray:
    """Return places among the judged rows whose cutoff is later than every label window the champion learned from.

    The challenger was fitted before all judged rows, so these are the rows that neither had seen.
    """
    until = champion.training.known_until
    if until is None or "cutoff" not in rows.keys or not evaluation.split.forward:
        return np.zeros(0, dtype=np.intp)
    cutoff = rows.keys["cutoff"].iloc[evaluation.rows]
    return np.flatnonzero((cutoff >= pd.Timestamp(until)).to_numpy())


def play(
    version: str,
    champion: PropensityModel,
    values: pd.DataFrame,
    evaluation: Evaluation,
    places: np.ndarray,
    seed: int = 0,
) -> Rematch:
    """Judge both on the rows at these places.

    Parameters
    ----------
    values
        The champion's features of these rows.
    places
        Among the judged rows; see :func:`unseen_by`.
    """
    label, entity = evaluation.label[places], evaluation.entity[places]
    converted = len(np.unique(entity[label == 1]))
    probability = {
        CHALLENGER: evaluation.probability["model"][places],
        CHAMPION: sigmoid(champion.log_odds(values)),
    }
    try:
        found = compare(label, probability, entity, reference_rate=champion.training.base_rate, seed=seed)
    except NotEnoughDataError:
        why = f"of {len(label)} rows that neither had seen {int(label.sum())} converted"
        return Rematch(version, len(label), converted, why_not=why)
    return Rematch(version, len(label), converted, found.metrics, found.differences[CHAMPION])
