"""The hand-set points: the definition's own rules, applied to the same features as the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from pqlml.definition.parts import PointsRule, Tiers
from pqlml.errors import DataError, InputError
from pqlml.model.binary import BinaryClassifier
from pqlml.model.calibration import fit_calibrator
from pqlml.model.frames import Floats
from pqlml.model.scale import assign_tiers
from pqlml.schema import DIMENSIONS
from pqlml.warehouse.logic import as_number

POINTS_UNIT: Final = 25.0
"""Keeps the slope of a calibrated card near 1, where the fit is well conditioned."""


class PointsScorecard(BinaryClassifier):
    """Adds up hand-set points, by dimension, and sorts leads into the tiers that go with them.

    The points are what they are: ``fit`` learns only which probability a total stands for, by a straight line in
    log-odds. :meth:`points`, :meth:`met` and :meth:`by_dimension` work without it.

    Parameters
    ----------
    rules
        Conditions on named features; a null feature value meets no condition. A matrix has no names, so that it meets
        none either and is refused where there are rules.
    tiers
        Thresholds of the tiers; null for the usual ones.

    Attributes
    ----------
    calibrator_
        The line from points (in units of 25) to log-odds.
    classes_
        The two labels, ascending.
    """

    def __init__(self, rules: Sequence[PointsRule] = (), tiers: Tiers | None = None) -> None:
        self.rules = rules
        self.tiers = tiers

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn which probability a total stands for.

        Raises
        ------
        NotEnoughDataError
            If there is one class only.
        InputError
            If the rows are not what can be learned from (see :class:`BinaryClassifier`), or the rules are no rules.
        """
        rows = self._learned_rows(X, y, sample_weight)
        unit = self._named_points(X)[rows.kept] / POINTS_UNIT
        self.calibrator_ = fit_calibrator(unit, rows.target, weight=rows.weight)
        return self

    def margin(self, X: npt.ArrayLike) -> Floats:
        """Return the log-odds that the points stand for, one per row."""
        self._judged_rows(X)
        check_is_fitted(self, "calibrator_")
        # The fit stops within rounding of its goal; what lies beyond would decide between two classes of equal odds.
        return np.round(self.calibrator_.log_odds(self._named_points(X) / POINTS_UNIT), 12)

    def tier(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the tier of each row: by points, by probability or by capacity, as ``tiers`` says."""
        tiers = self.tiers if self.tiers is not None else Tiers()
        points = self._named_points(X)
        if tiers.by == "points":
            return assign_tiers(tiers, points, points)
        return assign_tiers(tiers, points, self.predict_proba(X)[:, 1])

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that the order is not learned, however good or bad it is."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def _named_points(self, X: npt.ArrayLike) -> Floats:
        if isinstance(X, pd.DataFrame):
            return self.points(X)
        rules = self._rules()
        if rules:
            msg = (
                f"the points card speaks of features by name, for example {rules[0].feature!r}, and a matrix has "
                f"none; give a data frame."
            )
            raise InputError(msg)
        return np.zeros(len(np.asarray(X)))

    def _rules(self) -> tuple[PointsRule, ...]:
        """Return the rules, if they are some."""
        given: object = self.rules
        if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
            msg = f"rules={given!r}; expected a list of PointsRule; without any leave it out."
            raise InputError(msg)
        rules = tuple(given)
        wrong = [rule for rule in rules if not isinstance(rule, PointsRule)]
        if wrong:
            how = "make rules of them by PointsRule(**rule)" if isinstance(wrong[0], Mapping) else "leave it out"
            msg = f"rules hold {wrong[0]!r}; expected a list of PointsRule: {how}."
            raise InputError(msg)
        return rules

    def met(self, values: pd.DataFrame) -> np.ndarray:
        """Return which rule each row meets, a boolean array of shape (rows, rules)."""
        columns = [_meets(values, rule) for rule in self._rules()]
        return np.column_stack(columns) if columns else np.zeros((len(values), 0), dtype=bool)

    def points(self, values: pd.DataFrame) -> np.ndarray:
        """Return the total points of each row."""
        return self.met(values) @ np.array([rule.points for rule in self._rules()], dtype=np.float64)

    def by_dimension(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return points per row and dimension; rows add up to :meth:`points`."""
        met = self.met(values)
        worth = {
            dimension: np.array([rule.points if rule.dimension == dimension else 0.0 for rule in self._rules()])
            for dimension in DIMENSIONS
        }
        return pd.DataFrame({dimension: met @ points for dimension, points in worth.items()})


def _meets(values: pd.DataFrame, rule: PointsRule) -> np.ndarray:
    if rule.feature not in values.columns:
        msg = f"the points card needs the feature {rule.feature!r}, which the table lacks."
        raise DataError(msg)
    times = int((values.columns == rule.feature).sum())
    if times > 1:
        msg = f"the column {rule.feature!r} is there {times} times; expected it once. Drop or rename the others."
        raise InputError(msg)
    column = values[rule.feature]
    if rule.values is not None:
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column.isin([as_number(value, rule.feature) for value in rule.values]).to_numpy()
        wanted = {value.lower() for value in rule.values}
        return column.astype("str").str.lower().isin(wanted).to_numpy() & column.notna().to_numpy()
    try:
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError) as error:
        msg = f"the points card compares {rule.feature!r} with a number, but it holds texts; use 'values' instead."
        raise DataError(msg) from error
    met: np.ndarray = ~np.isnan(numbers)
    if rule.at_least is not None:
        met &= numbers >= rule.at_least
    if rule.at_most is not None:
        met &= numbers <= rule.at_most
    return met
