"""The learner: LightGBM with settings that suit few conversions, in scikit-learn's idiom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pqlml.errors import NotEnoughDataError
from pqlml.model.calibration import sigmoid

_SIZES = ((1_500, 120, 8), (5_000, 250, 8), (20_000, 300, 15))
"""Up to so many conversions: so many trees of so many leaves."""
_LARGEST = (500, 31)
_SMALL_ROWS = 100_000
"""Up to this many rows one thread is as quick as several, and does not suffer when other programs run."""


class PropensityClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Gradient-boosted trees for the probability of a rare event; no class weights, no resampling.

    Parameters
    ----------
    n_trees, num_leaves
        Number of trees and leaves per tree; null chooses both by the number of conversions: the fewer there are, the
        simpler the model.
    learning_rate
        Step size.
    min_child_rows
        Fewest rows in a leaf.
    feature_share
        Share of features tried per tree: with many windows of the same signal, few suffice.
    l2
        Penalty on leaf values; strong, because conversions are few.
    categorical
        Positions of columns that hold category codes.
    seed
        Makes the fit repeatable.
    n_threads
        Threads to use; 0 chooses one for small tables and all processors for large ones.

    Attributes
    ----------
    booster_
        The fitted LightGBM booster; its raw score is the margin in log-odds.
    classes_
        The two labels, ascending.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - scikit-learn reads the parameters from here
        self,
        n_trees: int | None = None,
        learning_rate: float = 0.05,
        num_leaves: int | None = None,
        min_child_rows: int = 50,
        feature_share: float = 0.3,
        row_share: float = 0.8,
        l2: float = 50.0,
        categorical: Sequence[int] = (),
        seed: int = 0,
        n_threads: int = 0,
    ) -> None:
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_rows = min_child_rows
        self.feature_share = feature_share
        self.row_share = row_share
        self.l2 = l2
        self.categorical = categorical
        self.seed = seed
        self.n_threads = n_threads

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit on a numeric matrix (NaN = missing) and two classes.

        Raises
        ------
        NotEnoughDataError
            If there is one class only.
        ValueError
            If there are more than two, or the matrix is not numeric, empty, or holds an infinite value.
        """
        matrix, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        kind = type_of_target(target, input_name="y", raise_unknown=True)
        if kind != "binary":
            msg = f"Only binary classification is supported. The type of the target is {kind}."
            raise ValueError(msg)
        self.classes_ = unique_labels(target)
        if len(self.classes_) == 1:
            msg = f"all {len(target)} rows are of one class ({self.classes_[0]}); two are needed: widen the data."
            raise NotEnoughDataError(msg)
        encoded = (target == self.classes_[1]).astype(np.float64)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        data = lgb.Dataset(
            matrix, encoded, weight=weight, categorical_feature=list(self.categorical), free_raw_data=True
        )
        conversions = int(min(encoded.sum(), len(encoded) - encoded.sum()))
        trees, leaves = next((size for most, *size in _SIZES if conversions < most), _LARGEST)
        parameters = self._parameters(len(encoded), self.num_leaves if self.num_leaves is not None else leaves)
        self.booster_ = lgb.train(parameters, data, self.n_trees if self.n_trees is not None else trees)
        return self

    def margin(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the raw score in log-odds, one per row."""
        check_is_fitted(self, "booster_")
        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.asarray(self.booster_.predict(matrix, raw_score=True), dtype=np.float64)

    def predict_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the probabilities of both classes, shape (rows, 2)."""
        yes = sigmoid(self.margin(X))
        return np.column_stack([1 - yes, yes])

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the likelier class of each row."""
        likelier = (self.predict_proba(X)[:, 1] > 0.5).astype(int)  # noqa: PLR2004 - of two
        return np.asarray(self.classes_[likelier])

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that there are two classes and that values may be missing."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    @staticmethod
    def _useful_threads(rows: int) -> int:
        return 1 if rows <= _SMALL_ROWS else 0

    def _parameters(self, rows: int, leaves: int) -> dict[str, Any]:
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": leaves,
            "max_bin": 63,
            "min_data_in_leaf": max(1, min(self.min_child_rows, rows // 20)),
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": self.l2,
            "cat_smooth": 50,
            "cat_l2": 50,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.n_threads or self._useful_threads(rows),
            "verbose": -1,
        }
