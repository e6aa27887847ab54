"""From weights to whole points on the familiar scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from pqlml.definition.parts import Tiers
from pqlml.model.card.weights import Floats

FAMILIAR: Final = {"warm": 51.0, "hot": 76.0, "critical": 101.0}
_ALIKE: Final = 1.5
"""A threshold keeps its meaning if at most so many times more or fewer leads lie above it than with the model."""
_RAREST: Final = 0.01
"""Share of the rows above a threshold below which it cannot give the points their size."""
_FEWEST: Final = 10
"""Rows above a threshold below which nothing can be said about it."""
_ROUNDS: Final = 100


def points_per_log_odds(total: Floats, thresholds: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Return how many points a unit of log-odds is worth, so that points have their familiar size.

    A card has no constant, so that it cannot meet all thresholds with as many leads as the model. It meets the highest
    one of which the rows can tell: there the list is worked.

    Parameters
    ----------
    total
        Sum of the weights that each row meets.
    thresholds, shares
        Tier -> points, and share of the rows that the model puts at or above them; lowest tier first.
    """
    for tier, threshold in reversed(list(thresholds.items())):
        if shares[tier] >= _RAREST:
            reached = float(np.quantile(total, 1 - shares[tier], method="lower"))
            if reached > 0:
                return threshold / reached
    largest = float(total.max(initial=0.0))
    return float(max(thresholds.values())) / largest if largest > 0 else 0.0


def whole_points(weight: Floats, among: Floats, factor: float, step: int) -> Floats:
    """Round weights to multiples of ``step`` points so that the sum stays as near as it can, one point at a time.

    Parameters
    ----------
    among
        Covariance of the conditions: a point too many on one can be made up for on a condition that goes with it.

    Returns
    -------
    Points per condition; none is 0, since a line without points says nothing.
    """
    aim = weight * factor

    def apart(points: Floats) -> float:
        return float((points - aim) @ among @ (points - aim))

    points = np.maximum(np.round(aim / step), 1) * step
    for _ in range(_ROUNDS):
        before = apart(points)
        for place in range(len(points)):
            for move in (-step, step):
                moved = points.copy()
                moved[place] += move
                if moved[place] >= step and apart(moved) < apart(points) - 1e-12:
                    points = moved
        if apart(points) >= before - 1e-12:
            break
    return points


def familiar(tiers: Tiers) -> dict[str, float]:
    """Return the thresholds in points: those of the definition, or the usual ones if its tiers are on another scale."""
    if tiers.by != "points":
        return dict(FAMILIAR)
    return {"warm": tiers.warm, "hot": tiers.hot, "critical": tiers.critical}


def restated(total: Floats, thresholds: Mapping[str, float], shares: Mapping[str, float]) -> dict[str, float]:
    """Return thresholds that keep their meaning on a card: as many leads above as with the model.

    One that is met by about as many stays as it is, and so does one of which the rows can say nothing, unless nobody
    could reach it.
    """
    found: dict[str, float] = {}
    last = 0.0
    for tier, threshold in thresholds.items():
        expected = shares[tier] * len(total)
        reached = float((total >= max(threshold, last + 1)).sum())
        chosen = max(threshold, last + 1)
        unlike = not expected / _ALIKE <= reached <= expected * _ALIKE
        levels = np.unique(total[total > last])
        if len(levels) and (threshold > levels[-1] or (unlike and expected >= _FEWEST)):
            counts = np.array([(total >= level).sum() for level in levels])
            chosen = float(levels[int(np.argmin(np.abs(np.log(counts / max(expected, 1.0)))))])
        found[tier] = last = chosen
    return found
