"""What the estimators of two classes share: one reading of their input, and log-odds in scikit-learn's idiom."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import type_of_target, unique_labels
from sklearn.utils.validation import (
    _check_feature_names,
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from pqlml.errors import InputError, NotEnoughDataError
from pqlml.model.calibration import sigmoid
from pqlml.model.frames import Floats, FrameColumns, infinite_columns, listed
from pqlml.model.places import positions, require_names

_KINDS: Final[Mapping[str, Any]] = {"dtype": np.float64, "ensure_all_finite": "allow-nan"}
SMALL_ROWS: Final = 100_000
"""Up to this many rows one thread is as quick as several, and does not suffer when other programs run."""


class LearnedRows(NamedTuple):
    """What an estimator learns from.

    Attributes
    ----------
    matrix
        A row per row that counts, NaN is missing.
    target
        1 for the second of the two classes, else 0.
    weight
        Per row, positive; null where all count alike.
    kept
        Of the rows that were given, which these are: those of weight 0 are left out.
    """

    matrix: Floats
    target: Floats
    weight: Floats | None
    kept: npt.NDArray[np.bool_]


class BinaryClassifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """Says how likely the second of two classes is, from a matrix or a data frame.

    Of a matrix NaN is missing. Of a data frame nulls of any kind are, and columns of texts or categories are
    categories; a category that was not there in ``fit`` counts as missing. What cannot be used is refused with an
    :class:`~pqlml.errors.InputError`, which is a ``ValueError`` too.
    """

    classes_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray

    @abstractmethod
    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from rows and their classes."""

    @abstractmethod
    def margin(self, X: npt.ArrayLike) -> Floats:
        """Return the log-odds of the second class, one per row."""

    def decision_function(self, X: npt.ArrayLike) -> Floats:
        """Return the log-odds, one per row, under the name that scikit-learn gives them."""
        return self.margin(X)

    def predict_proba(self, X: npt.ArrayLike) -> Floats:
        """Return the probabilities of both classes, shape (rows, 2)."""
        yes = sigmoid(self.margin(X))
        return np.column_stack([1 - yes, yes])

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the likelier class of each row."""
        likelier = (self.margin(X) > 0).astype(int)
        return np.asarray(self.classes_[likelier])

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that there are two classes, and that values may be missing, categories or texts."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _learned_rows(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> LearnedRows:
        """Read what ``fit`` was given.

        Raises
        ------
        NotEnoughDataError
            If there is one class only.
        InputError
            If there are more than two, or a value is infinite, or rows are not what can be learned from.
        """
        self._columns = FrameColumns.of(X) if isinstance(X, pd.DataFrame) else None
        _require_labels(y)
        matrix, target = self._validated(X, y)
        kind = _said(type_of_target, target, input_name="y", raise_unknown=True)
        if kind != "binary":
            msg = f"Only binary classification is supported. The type of the target is {kind}."
            raise InputError(msg)
        weight, kept = None, np.ones(len(target), dtype=bool)
        if sample_weight is not None:
            weight = _said(_check_sample_weight, sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
            _require_countable(weight)
            kept = weight > 0
            matrix, target, weight = matrix[kept], target[kept], weight[kept]
        self.classes_ = unique_labels(target)
        if len(self.classes_) == 1:
            msg = f"all {len(target)} rows are of one class ({self.classes_[0]}); two are needed: widen the data."
            raise NotEnoughDataError(msg)
        return LearnedRows(matrix, (target == self.classes_[1]).astype(np.float64), weight, kept)

    def _judged_rows(self, X: npt.ArrayLike) -> Floats:
        """Read what is to be judged; the columns must be those of ``fit``, in the same order."""
        check_is_fitted(self, "classes_")
        if isinstance(X, pd.DataFrame):
            if self._columns is not None:
                self._columns.require_same(X)
            _said(_check_feature_names, self, X, reset=False)
        matrix: Floats = self._validated(X, reset=False)
        return matrix

    def _validated(self, X: npt.ArrayLike, *y: npt.ArrayLike, **how: bool) -> Any:  # noqa: ANN401 - one or two
        """Return rows, and labels where they are given, as scikit-learn reads them."""
        if issparse(X):
            msg = "Sparse data was given, but dense data is required: convert it with .toarray()."
            raise InputError(msg)
        numbers = self._as_numbers(X)
        try:
            with np.errstate(invalid="ignore"):  # the sum of both infinities, by which scikit-learn finds either
                return _said(validate_data, self, numbers, *y, **how, **_KINDS)
        except InputError as error:
            infinite = infinite_columns(numbers) if str(error).startswith("Input X contains infinity") else []
            if not infinite:
                raise
            msg = f"{error} In the columns: {listed(infinite)}. Make such values missing (NaN), or finite."
            raise InputError(msg) from error

    def _as_numbers(self, X: npt.ArrayLike) -> npt.ArrayLike:
        return self._columns.numbers(X) if isinstance(X, pd.DataFrame) and self._columns is not None else X

    def _categorical(self, named: Sequence[int | str]) -> list[int]:
        """Return the positions of categories: those that were named, and the columns of texts of a data frame."""
        names = getattr(self, "feature_names_in_", None)
        return sorted({*positions(require_names("categorical", named), names, self.n_features_in_), *self._texts()})

    def _texts(self) -> Iterable[int]:
        """Return the positions of a data frame's columns of texts."""
        return self._columns.levels if self._columns is not None else ()


def _require_labels(y: npt.ArrayLike) -> None:
    if isinstance(y, pd.Series | pd.DataFrame) and y.isna().to_numpy().any():
        msg = f"{int(y.isna().to_numpy().sum())} of {len(y)} labels are missing (NaN); leave out rows without a label."
        raise InputError(msg)


def _require_countable(weight: Floats) -> None:
    """Refuse weights that learners, which keep them in four bytes, would take for nothing or for infinite."""
    single = np.finfo(np.float32)
    with np.errstate(over="ignore"):
        total = weight.sum()
    if total > single.max or weight.max() < single.smallest_subnormal:
        msg = (
            f"sample_weight adds up to {total:g}; expected between {single.smallest_subnormal:g} and {single.max:g}. "
            f"Divide the weights by their mean: they count rows."
        )
        raise InputError(msg)


def _said(check: Callable[..., Any], *given: object, **how: object) -> Any:  # noqa: ANN401 - what the check returns
    """Call one of scikit-learn's checks, and say what it says with an error of ours."""
    try:
        return check(*given, **how)
    except (ValueError, OverflowError) as error:
        raise InputError(str(error)) from error
