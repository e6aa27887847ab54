"""From what a user hands to an estimator, a matrix or a data frame, to the numbers that it learns from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.errors import InputError
from pqlml.model.levels import codes_of, distinct, levels_of

Floats = npt.NDArray[np.float64]

_SHOWN: Final = 5
"""So many names are told, and how many more there are."""


@dataclass(frozen=True)
class FrameColumns:
    """The columns of a data frame as they were learned.

    Attributes
    ----------
    names
        Names in order; all are texts, or none is.
    levels
        Position of a column -> its levels in sorted order, for the columns of texts or categories. A level's code is
        its position; what is missing or was not there is NaN (:func:`~pqlml.model.levels.codes_of`).
    """

    names: tuple[Hashable, ...]
    levels: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Learn which columns hold texts, and which."""
        _require_usable_names(frame)
        columns = (frame.iloc[:, place] for place in range(frame.shape[1]))
        levels = {place: levels_of(column) for place, column in enumerate(columns) if _holds_texts(column)}
        return cls(tuple(frame.columns), levels)

    def numbers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the same columns in the same order as float64; nulls of any kind are NaN, infinite values stay.

        Raises
        ------
        InputError
            If a column holds what is neither numbers nor texts, or texts where numbers were learned.
        """
        _require_usable_names(frame)
        found = {}
        for place in range(frame.shape[1]):
            levels, column = self.levels.get(place), frame.iloc[:, place]
            found[place] = _numbers(column) if levels is None else codes_of(column, levels)
        numbers = pd.DataFrame(found, index=frame.index)
        numbers.columns = frame.columns
        return numbers

    def require_same(self, frame: pd.DataFrame) -> None:
        """Refuse other columns, or another order of them, where names are no texts: scikit-learn compares texts only.

        Raises
        ------
        InputError
            If the names differ, or come in another order.
        """
        names = tuple(frame.columns)
        if names == self.names or _texts_in(names) or _texts_in(self.names):
            return
        extra = [name for name in names if name not in self.names]
        missing = [name for name in self.names if name not in names]
        told = [f"{what} {listed(some)}" for what, some in (("unseen in fit:", extra), ("missing:", missing)) if some]
        msg = (
            f"the columns are not those of fit ({'; '.join(told) or 'they come in another order'}); expected "
            f"{listed(self.names)}, in that order."
        )
        raise InputError(msg)


def infinite_columns(numbers: pd.DataFrame | npt.ArrayLike) -> list[Hashable]:
    """Return the names of the columns that hold infinite values, or their positions where there are no names."""
    matrix = np.asarray(numbers, dtype=np.float64)
    names: Sequence[Hashable] = list(numbers.columns) if isinstance(numbers, pd.DataFrame) else range(matrix.shape[-1])
    return [names[place] for place in np.flatnonzero(np.isinf(matrix).any(axis=0)).tolist()]


def listed(names: Sequence[Hashable]) -> str:
    """Name the first few."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def _texts_in(names: Sequence[Hashable]) -> list[str]:
    return [name for name in names if isinstance(name, str)]


def _require_usable_names(frame: pd.DataFrame) -> None:
    names: list[Hashable] = list(frame.columns)
    texts = _texts_in(names)
    if 0 < len(texts) < len(names):
        other = next(name for name in names if not isinstance(name, str))
        msg = (
            f"some names of columns are texts ({texts[0]!r}) and others are not ({other!r}); expected texts alone. "
            f"Name them by texts: frame.columns = frame.columns.astype(str)."
        )
        raise InputError(msg)
    twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    if twice:
        msg = f"the columns {', '.join(twice)} are there twice; expected each name once. Drop or rename one."
        raise InputError(msg)


def _holds_texts(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    if column.dtype != object:
        return bool(pd.api.types.is_string_dtype(column.dtype))
    texts = [value for value in distinct(column) if isinstance(value, str)]
    if texts and len(texts) < column.nunique():
        other = next(value for value in column.dropna() if not isinstance(value, str))
        msg = (
            f"the column {column.name!r} holds texts and other things, for example {texts[0]!r} and {other!r}; "
            f"expected numbers alone or texts alone. Make the texts missing values, or the rest texts."
        )
        raise InputError(msg)
    return bool(texts)


def _numbers(column: pd.Series) -> Floats:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        msg = (
            f"the column {column.name!r} holds {kind}; expected numbers or texts. Give the days between it and the "
            f"cutoff instead."
        )
        raise InputError(msg)
    if pd.api.types.is_complex_dtype(kind):
        msg = f"the column {column.name!r} holds complex numbers ({kind}); expected real ones. Give their parts."
        raise InputError(msg)
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        msg = f"the column {column.name!r} holds numbers beyond the range of floats (1.8e308); expected smaller ones."
        raise InputError(msg) from error
    except (TypeError, ValueError, NotImplementedError) as error:
        known = column.dropna()
        example = f", for example {known.iloc[0]!r}" if len(known) else ""
        msg = f"the column {column.name!r} holds {kind}{example}; expected numbers."
        raise InputError(msg) from error
