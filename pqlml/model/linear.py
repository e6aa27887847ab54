"""The simple learner: a regularised logistic regression on the same matrix as the trees, in scikit-learn's idiom."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from pqlml.model.binary import SMALL_ROWS, BinaryClassifier
from pqlml.model.frames import Floats
from pqlml.model.line import Column, Line
from pqlml.model.parameters import LINE, require_allowed

_MOST_LEVELS = 40
"""Levels of a category with a column of their own, the most frequent first; the others have none."""
_FARTHEST = 6.0
"""A value some two hundred spreads away is as far as any."""


class LinearClassifier(BinaryClassifier):
    """Logistic regression with a ridge penalty, robust to long tails and to missing values.

    Numbers are centred on their median, divided by their spread (interquartile range, or the standard deviation where
    most values are equal) and compressed by the inverse hyperbolic sine, so that one very active account does not bend
    the line for all others. A missing number counts as the median, and its being missing has a weight of its own.
    Categories get a column per level.

    Parameters
    ----------
    penalty_scale
        Standard deviation that is expected of a weight, in log-odds per unit of spread: the smaller, the stronger the
        penalty. It is the same however many rows there are, so that few rows are held back more.
    categorical
        Positions or names of columns that hold category codes; a data frame's columns of texts need not be named.
    max_steps
        Most steps of the solver.

    Attributes
    ----------
    coef_, intercept_
        Weights of the prepared columns.
    classes_
        The two labels, ascending.
    """

    def __init__(
        self, penalty_scale: float = 0.15, categorical: Sequence[int | str] = (), max_steps: int = 200
    ) -> None:
        self.penalty_scale = penalty_scale
        self.categorical = categorical
        self.max_steps = max_steps

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit on rows and two classes.

        Raises
        ------
        NotEnoughDataError
            If there is one class only.
        InputError
            If the rows are not what can be learned from (see :class:`BinaryClassifier`), or a parameter is not what it
            may be (:mod:`pqlml.model.parameters`).
        """
        require_allowed(self, LINE)
        matrix, target, weight, _ = self._learned_rows(X, y, sample_weight)
        self._learn_columns(matrix, np.ones(len(matrix)) if weight is None else weight)
        solver = LogisticRegression(C=self.penalty_scale**2, max_iter=int(self.max_steps), tol=1e-4)
        threads = 1 if len(matrix) <= SMALL_ROWS else None
        with warnings.catch_warnings(), threadpool_limits(threads, user_api="blas"):
            # A weight that is right to four digits serves; what the stop costs shows in the figures of the judged rows.
            warnings.simplefilter("ignore", ConvergenceWarning)
            # The solver reads the columns over and over: half the bytes are half the time, and seven digits serve.
            solver.fit(self._prepared(matrix).astype(np.float32), target, sample_weight=weight)
        self.coef_: Floats = solver.coef_[0].astype(np.float64)
        self.intercept_ = float(solver.intercept_[0])
        self.n_iter_ = int(solver.n_iter_[0])
        return self

    def margin(self, X: npt.ArrayLike) -> Floats:
        """Return the log-odds, one per row."""
        return np.asarray(self._prepared(self._judged_rows(X)) @ self.coef_ + self.intercept_, dtype=np.float64)

    def line(self, X: npt.ArrayLike) -> Line:
        """Return the fitted model as plain numbers by column; shares are counted from the average of these rows."""
        matrix = self._judged_rows(X)
        numbers, flags = len(self._numbers), len(self._may_be_missing)
        missing = dict(zip(self._may_be_missing.tolist(), self.coef_[numbers : numbers + flags].tolist(), strict=True))
        columns = {
            int(place): Column(weight, centre, spread, missing.get(number, 0.0))
            for number, (place, weight, centre, spread) in enumerate(
                zip(self._numbers, self.coef_.tolist(), self._centre.tolist(), self._spread.tolist(), strict=False)
            )
        }
        begin = numbers + flags
        for place, levels in self._levels:
            weights = self.coef_[begin : begin + len(levels)].tolist()
            columns[int(place)] = Column(levels=dict(zip(levels.tolist(), weights, strict=True)))
            begin += len(levels)
        found = (
            replace(columns[place], typical=float(columns[place].added(matrix[:, place], _FARTHEST).mean()))
            for place in range(matrix.shape[1])
        )
        return Line(self.intercept_, tuple(found), _FARTHEST)

    def _learn_columns(self, matrix: Floats, weight: Floats) -> None:
        categorical = set(self._categorical(self.categorical))
        self._numbers = np.array([place for place in range(matrix.shape[1]) if place not in categorical], dtype=np.intp)
        numbers = matrix[:, self._numbers]
        missing = np.isnan(numbers)
        known = np.where(missing, 0.0, numbers)
        self._centre, self._spread = np.zeros(len(self._numbers)), np.ones(len(self._numbers))
        for place in range(len(self._numbers)):
            there = ~missing[:, place]
            if there.any():
                values, counted = known[there, place], weight[there]
                low, self._centre[place], high = np.quantile(
                    values, (0.25, 0.5, 0.75), weights=counted, method="inverted_cdf"
                )
                centred = values - np.average(values, weights=counted)
                spread = high - low if high > low else float(np.sqrt(np.average(centred**2, weights=counted)))
                self._spread[place] = spread if spread > 0 else 1.0
        self._may_be_missing = np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0))
        self._levels = []
        for place in sorted(categorical):
            there = ~np.isnan(matrix[:, place])
            levels, number = np.unique(matrix[there, place], return_inverse=True)
            counts = np.bincount(number, weights=weight[there])
            self._levels.append((place, np.sort(levels[np.argsort(-counts, kind="stable")][:_MOST_LEVELS])))

    def _prepared(self, matrix: Floats) -> Floats:
        numbers = matrix[:, self._numbers]
        missing = np.isnan(numbers)
        scaled = np.arcsinh(np.where(missing, 0.0, (numbers - self._centre) / self._spread)).clip(-_FARTHEST, _FARTHEST)
        levels = [(matrix[:, [place]] == known).astype(np.float64) for place, known in self._levels]
        return np.hstack([scaled, missing[:, self._may_be_missing].astype(np.float64), *levels])
