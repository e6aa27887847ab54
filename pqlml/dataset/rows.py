"""The training table: one row per labelled (entity, cutoff)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.features.spec import Feature
from pqlml.labels.account import PairAccount


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
    account
        Where every pair that was asked for ended up.
    amount
        What the conversions of each row brought in, 0 without one; null where the definition names no amounts.
    """

    keys: pd.DataFrame
    values: pd.DataFrame
    label: np.ndarray
    features: tuple[Feature, ...]
    account: PairAccount
    amount: np.ndarray | None = None

    @property
    def dropped(self) -> Mapping[str, int]:
        """Reason -> pairs without a label."""
        return self.account.dropped

    @property
    def total(self) -> int:
        """Pairs that were asked for: ``len(label) + sum(dropped.values())``."""
        return self.account.total

    @property
    def entity(self) -> np.ndarray:
        """Entity of each row."""
        return self.keys["entity_id"].to_numpy()
