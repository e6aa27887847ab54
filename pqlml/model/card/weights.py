"""Weights of a card: few conditions whose sum comes nearest to a model's log-odds.

The distance is squared error in log-odds, weighted by p(1 - p), the second-order expansion of what a bad probability
costs in log loss. No weight is negative, so that every condition is told as a reason for a lead, and a condition is
tried only in the direction in which the model goes by itself: a weight of the other sign would only mend others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from pqlml.model.calibration import sigmoid

Floats = npt.NDArray[np.float64]
_RIDGE: Final = 1e-4
_LEAST_GAIN: Final = 0.002
"""A condition has to explain this share of what the model tells apart, or it is not worth a line."""
_OWN: Final = 2.0
"""How much the gain of a condition counts that people know already."""
_PER_GROUP: Final = 2


@dataclass(frozen=True)
class Moments:
    """All that the rows say about conditions and log-odds: weighted covariances.

    Attributes
    ----------
    among
        (conditions, conditions): covariance of conditions with each other.
    target
        (conditions,): covariance with the log-odds.
    variance
        Of the log-odds.
    """

    among: Floats
    target: Floats
    variance: float


def moments(met: np.ndarray, log_odds: Floats, times: Floats | None = None, residual: Floats | None = None) -> Moments:
    """Return the moments of some rows.

    Parameters
    ----------
    times
        How often each row counts; once by default.
    residual
        Label minus probability: with it, the log-odds are corrected by what the rows then did, as one step of a
        logistic regression on the labels would.
    """
    probability = sigmoid(log_odds)
    weight = probability * (1 - probability) * (1.0 if times is None else times)
    weight = weight / weight.sum()
    correction = np.zeros_like(log_odds)
    if residual is not None:
        correction = residual / (probability * (1 - probability))
    aim = log_odds + correction
    columns = np.asarray(met, dtype=np.float64)
    means, centre = weight @ columns, float(weight @ aim)
    weighted = columns * weight[:, None]
    among = weighted.T @ columns - np.outer(means, means)
    target = weighted.T @ aim - means * centre
    return Moments(among, target, float(weight @ (aim - centre) ** 2))


def choose(known: Moments, own: int, groups: Sequence[str], most: int) -> list[int]:
    """Choose the conditions of a card one by one, always the one that brings it nearest to the log-odds.

    Parameters
    ----------
    own
        So many of the conditions, the first ones, are the definition's own: half the gain of a new one is enough.
    groups
        Signal of each condition; at most two conditions that are not the definition's own come from one signal.
    most
        Most conditions of a card.

    Returns
    -------
    Positions, ascending.
    """
    variance = np.diag(known.among)
    worth_trying = (known.target > 0) & (variance > 0)
    favour = np.where(np.arange(len(variance)) < own, _OWN, 1.0)
    taken: list[int] = []
    while len(taken) < most:
        full = {group for group, count in Counter(groups[p] for p in taken if p >= own).items() if count >= _PER_GROUP}
        open_ = worth_trying & np.array([p < own or group not in full for p, group in enumerate(groups)], dtype=bool)
        open_[taken] = False
        left = known.target - known.among[:, taken] @ weights(known, taken)
        gain = np.where(open_, favour * np.maximum(left, 0) ** 2 / np.where(variance > 0, variance, 1.0), 0.0)
        best = int(np.argmax(gain)) if len(gain) else 0
        if not len(gain) or gain[best] < _LEAST_GAIN * known.variance:
            break
        taken.append(best)
        worth_trying[best] = False
        taken = [p for p, weight in zip(taken, weights(known, taken), strict=True) if weight > 0]
    return sorted(taken)


def weights(known: Moments, taken: Sequence[int], *, free: bool = False) -> Floats:
    """Return the weight of each taken condition, none of them negative; with ``free`` they may be."""
    among, target = known.among[np.ix_(taken, taken)], known.target[list(taken)]
    if not len(target):
        return np.zeros(0)
    held = among + _RIDGE * np.diag(np.diag(among).clip(1e-9))
    if free:
        return np.asarray(np.linalg.solve(held, target))
    lower = np.linalg.cholesky(held)
    found, _ = nnls(lower.T, np.linalg.solve(lower, target))
    return np.asarray(found)
