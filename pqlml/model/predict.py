"""Scores of a feature table."""

from __future__ import annotations

import pandas as pd

from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import sigmoid
from pqlml.model.scale import assign_tiers


def predict(model: PropensityModel, values: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row of ``values``: ``probability``, ``log_odds``, ``points`` and ``tier``.

    Tiers by capacity are filled among the rows given, so give a whole run at once.
    """
    log_odds = model.log_odds(values)
    points = model.scale.points(log_odds)
    probability = sigmoid(log_odds)
    tier = assign_tiers(model.definition.tiers, points, probability)
    return pd.DataFrame({"probability": probability, "log_odds": log_odds, "points": points, "tier": tier})
