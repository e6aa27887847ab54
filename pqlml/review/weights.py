"""Weights of criteria as conversions say: from the hand-set ones as far as the evidence goes, and no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.review.association import Bools, Floats, Ints

SPREAD: Final = 0.35
"""How far, in log-odds, a criterion is expected to lie from its hand-set weight: one standard deviation."""
_STEPS: Final = 50
_CLOSE: Final = 1e-8


@dataclass(frozen=True)
class Weights:
    """Criteria and what they add to the log-odds of converting, given all others.

    Attributes
    ----------
    per_point
        Log-odds per hand-set point: how the scale of the points reads.
    coefficient, error
        Per criterion, with the standard error over entities.
    alone, alone_error
        The same without the hand-set weight as a starting point.
    """

    per_point: float
    coefficient: Floats
    error: Floats
    alone: Floats
    alone_error: Floats

    @property
    def points(self) -> Floats:
        """The coefficients on the scale of the points."""
        return self.coefficient / self.per_point


def fit_weights(met: Bools, hand: Floats, label: Bools, entity: Ints) -> Weights:
    """Fit a logistic regression that is drawn towards the hand-set points.

    Parameters
    ----------
    met
        Row x criterion.
    hand
        Hand-set points of each criterion; 0 for one that is new.
    entity
        Number of each row's entity: its rows are not independent.
    """
    design = met.astype(np.float64)
    outcome = label.astype(np.float64)
    total = (design @ hand)[:, None]
    line, _ = _fit(total, outcome, entity, np.zeros(1), np.full(1, 1e-6))
    scale = float(line[1])
    if scale <= 0:  # the points as they stand say nothing: a scale on which the usual criterion doubles the odds
        scale = float(np.log(2) / max(np.median(np.abs(hand[hand != 0])), 1.0)) if (hand != 0).any() else 0.03
        drawn = np.zeros(len(hand))
    else:
        drawn = scale * hand
    firm = np.full(len(hand), 1 / SPREAD**2)
    towards, error = _fit(design, outcome, entity, drawn, firm)
    free, free_error = _fit(design, outcome, entity, np.zeros(len(hand)), np.full(len(hand), 0.1))
    return Weights(scale, towards[1:], error[1:], free[1:], free_error[1:])


def _fit(x: Floats, y: Floats, entity: Ints, prior: Floats, firm: Floats) -> tuple[Floats, Floats]:
    """Maximise the penalised likelihood (Newton); errors are robust over entities (sandwich)."""
    rate = min(max(float(y.mean()), 1e-6), 1 - 1e-6)
    x = np.column_stack([np.ones(len(x)), x])
    prior, firm = np.r_[0.0, prior], np.r_[0.0, firm]
    beta = np.r_[np.log(rate / (1 - rate)), np.zeros(len(prior) - 1)]
    curve = np.eye(len(beta))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (y - chance) - firm * (beta - prior)
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(firm) + 1e-9 * np.eye(len(beta))
        step = np.linalg.solve(curve, slope)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < _CLOSE:
            break
    chance = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
    scores = x * (y - chance)[:, None]
    by_entity = np.zeros((int(entity.max()) + 1, x.shape[1]))
    np.add.at(by_entity, entity, scores)
    bread = np.linalg.inv(curve)
    spread = bread @ (by_entity.T @ by_entity) @ bread
    return beta, np.sqrt(np.maximum(np.diag(spread), 0.0))
