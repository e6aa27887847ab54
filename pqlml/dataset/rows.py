"""The training table: one row per labelled (entity, cutoff)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.features.spec import Feature


@dataclass(frozen=True)
class Rows:
    """Features and labels of the same pairs, in the same order.

    Attributes
    ----------
    keys
        ``entity_id`` and ``cutoff``; a plain table of leads has no ``cutoff``.
    values
        One column per feature: float64 (NaN = null), or text for categories.
    label
        0 or 1 per row.
    dropped
        Pairs without a label, by reason.
    total
        ``len(label) + sum(dropped.values())``.
    """

    keys: pd.DataFrame
    values: pd.DataFrame
    label: np.ndarray
    features: tuple[Feature, ...]
    dropped: Mapping[str, int]
    total: int

    @property
    def entity(self) -> np.ndarray:
        """Entity of each row."""
        return self.keys["entity_id"].to_numpy()
