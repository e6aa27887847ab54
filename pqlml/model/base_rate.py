"""How far the rate of conversions has moved by the newest cohort: what the intercept has to be corrected by.

Each cohort's shift in log-odds is measured on rows that the model had not seen. Cohorts differ by chance, too; so the
shifts are read as those of a rate that drifts from one cohort to the next, and how much it drifts is learned from all
of them. Where nothing moves beyond chance the correction is next to nothing; after a jump it is nearly all of it, at
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.model.calibration import sigmoid

Floats = npt.NDArray[np.float64]

_DRIFTS: Final = np.concatenate([[0.0], np.geomspace(0.01, 2.0, 30)])
"""Standard deviations of the log-odds' drift from cohort to cohort that are held possible."""
_USUAL_DRIFT: Final = 0.3
"""Before any cohort is seen, a drift is held less likely the larger it is; this is the mean."""
_PRECISION: Final = 0.25
"""A cohort without conversions moves by a few log-odds, not without bounds."""
_STEPS: Final = 50
_CONVERGED: Final = 1e-9


@dataclass(frozen=True)
class CohortRate:
    """One cohort: expected and actual rate of conversions, and the shift in log-odds between them with its error."""

    begin: pd.Timestamp
    rows: int
    expected: float
    actual: float
    shift: float
    error: float


@dataclass(frozen=True)
class BaseRate:
    """What the intercept is corrected by, and why.

    Attributes
    ----------
    shift
        To be added to the log-odds.
    drift
        By how much the log-odds move from cohort to cohort, as learned.
    cohorts
        Oldest first.
    """

    shift: float
    drift: float
    cohorts: tuple[CohortRate, ...]


def base_rate_shift(log_odds: Floats, label: Floats, cutoff: pd.Series, window_days: float) -> BaseRate:
    """Compare what was expected of unseen rows with what came, cohort by cohort.

    Parameters
    ----------
    cutoff
        Per row.
    window_days
        Cutoffs within so many days, counted back from the newest, are one cohort, since they share conversions: gap and
        horizon of the label. 0 makes each cutoff a cohort.
    """
    cohorts = [_cohort(log_odds[rows], label[rows], cutoff[rows].min()) for rows in _cohort_rows(cutoff, window_days)]
    shift, drift = _newest_level(
        np.array([cohort.shift for cohort in cohorts]), np.array([cohort.error**2 for cohort in cohorts])
    )
    return BaseRate(shift, drift, tuple(cohorts))


def _cohort_rows(cutoff: pd.Series, window_days: float) -> list[npt.NDArray[np.bool_]]:
    """Return the rows of each cohort, oldest first."""
    if window_days <= 0:
        number = -cutoff.rank(method="dense").to_numpy()
    else:
        number = np.floor((cutoff.max() - cutoff) / pd.Timedelta(days=window_days)).to_numpy()
    return [number == one for one in np.unique(number)[::-1]]


def _cohort(log_odds: Floats, label: Floats, begin: pd.Timestamp) -> CohortRate:
    shift, information = 0.0, _PRECISION
    for _ in range(_STEPS):
        probability = sigmoid(log_odds + shift)
        information = float((probability * (1 - probability)).sum()) + _PRECISION
        step = (float((label - probability).sum()) - _PRECISION * shift) / information
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < _CONVERGED:
            break
    expected = float(sigmoid(log_odds).mean())
    return CohortRate(begin, len(label), expected, float(label.mean()), shift, information**-0.5)


def _newest_level(shift: Floats, variance: Floats) -> tuple[float, float]:
    """Filter a random walk that begins at 0, over all drifts that are held possible; return newest level and drift."""
    plausible, level = -_DRIFTS / _USUAL_DRIFT, np.zeros(len(_DRIFTS))
    uncertain = np.zeros(len(_DRIFTS))
    for seen, error in zip(shift, variance, strict=True):
        uncertain = uncertain + _DRIFTS**2
        expected = uncertain + error
        plausible = plausible - (np.log(expected) + (seen - level) ** 2 / expected) / 2
        gain = uncertain / expected
        level, uncertain = level + gain * (seen - level), uncertain * (1 - gain)
    weight = np.exp(plausible - plausible.max())
    weight /= weight.sum()
    return float(weight @ level), float(weight @ _DRIFTS)
