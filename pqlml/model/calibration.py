"""Calibration linear in log-odds, so that contributions stay additive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_STEPS = 100
_SMALLEST_SLOPE = 1e-3
_SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class LogOddsCalibrator:
    """``log-odds = intercept + slope * margin`` (Platt scaling on the margin).

    Attributes
    ----------
    base_rate_shift
        The part of the intercept that corrects the base rate to that of the newest cohorts
        (:mod:`pqlml.model.base_rate`).
    """

    slope: float
    intercept: float
    base_rate_shift: float = 0.0

    def log_odds(self, margin: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds."""
        return np.asarray(self.intercept + self.slope * margin)

    def probability(self, margin: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities."""
        return sigmoid(self.log_odds(margin))


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """Return ``1 / (1 + exp(-x))`` without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)))


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return ``log(p / (1 - p))``; finite also where a probability has been rounded to 0 or 1."""
    within = np.clip(probability, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
    return np.asarray(np.log(within) - np.log1p(-within))


def fit_calibrator(
    margin: np.ndarray, label: np.ndarray, prior_slope: float = 1.0, *, weight: np.ndarray | None = None
) -> LogOddsCalibrator:
    """Fit by Newton's method on Platt's smoothed targets, the slope held lightly to ``prior_slope``.

    Smoothed targets keep a few conversions from giving certainty. A slope that is not positive (a margin that says
    nothing) is replaced by a tiny one, so that order is kept and probabilities fall back to the base rate.

    References
    ----------
    Platt, J. (1999), Probabilistic outputs for support vector machines.
    """
    counted = np.ones(len(label)) if weight is None else weight
    positives = float(counted @ label)
    negatives = float(counted.sum() - positives)
    target = np.where(label > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    parameters = np.array(
        [prior_slope, np.log((positives + 1) / (negatives + 1)) - prior_slope * np.average(margin, weights=counted)]
    )
    design = np.column_stack([margin, np.ones_like(margin, dtype=float)])
    for _ in range(_STEPS):
        probability = sigmoid(design @ parameters)
        gradient = design.T @ (counted * (probability - target))
        gradient[0] += parameters[0] - prior_slope
        curvature = counted * np.maximum(probability * (1 - probability), 1e-12)
        hessian = (design * curvature[:, None]).T @ design + np.diag([1.0, 1e-9])
        step = np.linalg.solve(hessian, gradient)
        parameters = parameters - step
        if np.abs(step).max() < 1e-10:  # noqa: PLR2004 - converged to rounding
            break
    slope, intercept = float(parameters[0]), float(parameters[1])
    if not np.isfinite(slope) or slope < _SMALLEST_SLOPE:
        slope = _SMALLEST_SLOPE
        intercept = float(np.log((positives + 1) / (negatives + 1)) - slope * np.average(margin, weights=counted))
    return LogOddsCalibrator(slope, intercept)
