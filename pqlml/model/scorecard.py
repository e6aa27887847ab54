"""The hand-set points: the definition's own rules, applied to the same features as the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pqlml.definition.parts import PointsRule
from pqlml.errors import DataError
from pqlml.schema import DIMENSIONS
from pqlml.warehouse.logic import as_number


class PointsScorecard:
    """Adds up hand-set points, by dimension.

    Parameters
    ----------
    rules
        Conditions on named features; a null feature value meets no condition.
    """

    def __init__(self, rules: Sequence[PointsRule]) -> None:
        self.rules = tuple(rules)

    def met(self, values: pd.DataFrame) -> np.ndarray:
        """Return which rule each row meets, a boolean array of shape (rows, rules)."""
        columns = [_meets(values, rule) for rule in self.rules]
        return np.column_stack(columns) if columns else np.zeros((len(values), 0), dtype=bool)

    def points(self, values: pd.DataFrame) -> np.ndarray:
        """Return the total points of each row."""
        return self.met(values) @ np.array([rule.points for rule in self.rules], dtype=np.float64)

    def by_dimension(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return points per row and dimension; rows add up to :meth:`points`."""
        met = self.met(values)
        worth = {
            dimension: np.array([rule.points if rule.dimension == dimension else 0.0 for rule in self.rules])
            for dimension in DIMENSIONS
        }
        return pd.DataFrame({dimension: met @ points for dimension, points in worth.items()})


def _meets(values: pd.DataFrame, rule: PointsRule) -> np.ndarray:
    if rule.feature not in values.columns:
        msg = f"the points card needs the feature {rule.feature!r}, which the table lacks."
        raise DataError(msg)
    column = values[rule.feature]
    if rule.values is not None:
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column.isin([as_number(value, rule.feature) for value in rule.values]).to_numpy()
        wanted = {value.lower() for value in rule.values}
        return column.astype("str").str.lower().isin(wanted).to_numpy() & column.notna().to_numpy()
    try:
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        msg = f"the points card compares {rule.feature!r} with a number, but it holds texts; use 'values' instead."
        raise DataError(msg) from error
    met: np.ndarray = ~np.isnan(numbers)
    if rule.at_least is not None:
        met &= numbers >= rule.at_least
    if rule.at_most is not None:
        met &= numbers <= rule.at_most
    return met
