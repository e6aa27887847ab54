"""Exact contributions: every feature's share of the log-odds that sales see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pqlml.explain.trees import ShareMemory, TreeExplainer
from pqlml.features.spec import Feature
from pqlml.model.bundle import PropensityModel
from pqlml.model.line import Line
from pqlml.schema import DIMENSIONS, Dimension

if TYPE_CHECKING:
    import lightgbm as lgb

BASE = "(base)"
"""Name of the share that belongs to no feature: the log-odds of a lead of whom nothing is known."""


@dataclass(frozen=True)
class Contributions:
    """Additive shares of calibrated log-odds.

    Attributes
    ----------
    base
        The share of no feature, the same for every lead.
    values
        Shape (leads, features), in the order of ``features``; ``base + values.sum(axis=1)`` is the log-odds.
    """

    base: float
    values: np.ndarray
    features: tuple[Feature, ...]

    @property
    def log_odds(self) -> np.ndarray:
        """Sum of all shares, one per lead."""
        return np.asarray(self.base + self.values.sum(axis=1))

    def by_group(self) -> tuple[list[tuple[str, Dimension]], np.ndarray]:
        """Add features up to groups.

        Returns
        -------
        The groups as (group, dimension) in the order in which they first occur, and shares of shape (leads, groups).
        """
        groups = list(dict.fromkeys((feature.group, feature.dimension) for feature in self.features))
        position = {group: number for number, group in enumerate(groups)}
        member = np.zeros((len(self.features), len(groups)))
        for number, feature in enumerate(self.features):
            member[number, position[feature.group, feature.dimension]] = 1.0
        return groups, self.values @ member


def contributions(model: PropensityModel, values: pd.DataFrame, memory: Path | None = None) -> Contributions:
    """Explain each row by exact shares, scaled by the calibrator.

    Of trees they are path-dependent tree SHAP; of a linear model what each column adds beyond its average. Because the
    calibrator is linear in log-odds, the shares add up to the calibrated log-odds, not to a stand-in.

    Parameters
    ----------
    memory
        Folder of this very model that keeps shares between runs (see
        :class:`pqlml.explain.trees.memory.ShareMemory`): rows that have not changed for the model are looked up.
        Nothing is kept by default.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees.
    """
    base, shares = _raw(model.core, model.encoder.matrix(values), memory)
    calibrated = model.calibrator.intercept + model.calibrator.slope * base
    return Contributions(calibrated, shares * model.calibrator.slope, model.features)


def _raw(core: lgb.Booster | Line, matrix: np.ndarray, memory: Path | None) -> tuple[float, np.ndarray]:
    """Return the share of no feature, and those of all features, before calibration."""
    if isinstance(core, Line):
        return core.base, core.shares(matrix)  # as quick as looking them up
    if memory is None:
        explainer = TreeExplainer.of(core)
        return explainer.base, explainer.shares(matrix)
    kept = ShareMemory(memory)
    explainer = kept.explainer(lambda: TreeExplainer.of(core))
    return explainer.base, kept.shares(explainer, matrix).shares


def points_by_dimension(model: PropensityModel, shares: Contributions) -> pd.DataFrame:
    """Split each lead's points by dimension: one column per dimension, and rows that add up to the points.

    The part that belongs to no feature is dealt evenly to the dimensions that the model uses, as credit scorecards do.
    """
    used = [dimension for dimension in DIMENSIONS if any(f.dimension == dimension for f in shares.features)]
    start = (model.scale.offset + model.scale.factor * shares.base) / len(used)
    table = {}
    for dimension in DIMENSIONS:
        mine = [number for number, feature in enumerate(shares.features) if feature.dimension == dimension]
        scaled = model.scale.factor * shares.values[:, mine].sum(axis=1)
        table[dimension] = scaled + start if dimension in used else np.zeros(len(shares.values))
    return pd.DataFrame(table)
