"""The familiar points scale for a model: points are a straight line in log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pqlml.definition.parts import Tiers
from pqlml.schema import Tier

USUAL_SHARES = {"warm": 0.20, "hot": 0.05}
"""Share of candidates above each threshold where the hand-set card gives no usable anchor."""
_USABLE = (0.002, 0.5)
_APART = 0.8
"""Where hardly fewer are hot than warm, the line would be so steep that points lose their familiar size."""
_THRESHOLDS = {"warm": 51.0, "hot": 76.0}


@dataclass(frozen=True)
class PointsScale:
    """``points = offset + factor * log-odds``.

    The line is drawn so that as many candidates lie above the warm and the hot threshold as with the hand-set points
    (``anchor`` is ``card``), or as usual where that card puts almost nobody or almost everybody there, or hardly tells
    the two apart (``usual``).
    """

    factor: float
    offset: float
    anchor: Literal["card", "usual"]

    def points(self, log_odds: np.ndarray) -> np.ndarray:
        """Return points; not bounded, so that they stay additive."""
        return self.offset + self.factor * log_odds


def fit_scale(log_odds: np.ndarray, card_points: np.ndarray | None, tiers: Tiers) -> PointsScale:
    """Draw the line through the warm and the hot threshold; see :class:`PointsScale`."""
    thresholds = {"warm": tiers.warm, "hot": tiers.hot} if tiers.by == "points" else _THRESHOLDS
    shares, anchor = dict(USUAL_SHARES), "usual"
    if card_points is not None:
        found = {tier: float((card_points >= threshold).mean()) for tier, threshold in thresholds.items()}
        apart = found["hot"] <= _APART * found["warm"]
        if apart and all(_USABLE[0] <= share <= _USABLE[1] for share in found.values()):
            shares, anchor = found, "card"
    warm, hot = (float(np.quantile(log_odds, 1 - shares[tier])) for tier in ("warm", "hot"))
    if hot - warm < 1e-6:  # noqa: PLR2004 - almost everybody has the same score: fall back to doubling the odds
        factor = (thresholds["hot"] - thresholds["warm"]) / float(np.log(2))
    else:
        factor = (thresholds["hot"] - thresholds["warm"]) / (hot - warm)
    return PointsScale(factor, thresholds["warm"] - factor * warm, "card" if anchor == "card" else "usual")


def assign_tiers(tiers: Tiers, points: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return the tier of each lead of a run; by capacity, the best leads by probability fill the tiers in order."""
    order: tuple[Tier, ...] = ("warm", "hot", "critical")
    result = np.full(len(points), "cold", dtype=object)
    if tiers.by == "capacity":
        rank = np.empty(len(probability), dtype=np.int64)
        rank[np.argsort(-probability, kind="stable")] = np.arange(1, len(probability) + 1)
        for tier in order:
            result[rank <= getattr(tiers, tier)] = tier
        return result
    measure = points if tiers.by == "points" else probability
    for tier in order:
        result[measure >= getattr(tiers, tier)] = tier
    return result
