"""From what a user hands to an estimator, a matrix or a data frame, to the numbers that it learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FrameColumns:
    """The columns of a data frame as they were learned.

    Attributes
    ----------
    levels
        Column -> its texts in sorted order, for the columns that hold any. A text's code is its position; missing and
        unseen texts are NaN.
    """

    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Learn which columns hold texts, and which."""
        _require_names_once(frame)
        return cls({str(name): _texts(frame[name]) for name in frame.columns if _holds_texts(frame[name])})

    def numbers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the same columns in the same order as float64; nulls of any kind are NaN, infinite values stay.

        Raises
        ------
        InputError
            If a column holds what is neither numbers nor texts, or texts where numbers were learned.
        """
        _require_names_once(frame)
        found = {}
        for place, name in enumerate(frame.columns):
            levels = self.levels.get(str(name))
            column = frame.iloc[:, place]
            found[name] = _codes(column, levels) if levels is not None else _numbers(column)
        return pd.DataFrame(found, index=frame.index, columns=frame.columns)

    def places(self, names: Sequence[str]) -> list[int]:
        """Return the positions of the columns that hold texts."""
        return [place for place, name in enumerate(names) if name in self.levels]


def positions(names: Sequence[int | str], columns: Sequence[str] | None, width: int) -> list[int]:
    """Turn names or positions of columns into positions, ascending.

    Parameters
    ----------
    columns
        Names of the columns; null where there are none.

    Raises
    ------
    InputError
        If there is no such column.
    """
    found = set()
    for name in names:
        if isinstance(name, str):
            if columns is None or name not in columns:
                had = f"there are {', '.join(map(repr, columns))}" if columns is not None else "columns have no names"
                msg = f"there is no column {name!r}: {had}."
                raise InputError(msg)
            found.add(list(columns).index(name))
        elif 0 <= name < width:
            found.add(int(name))
        else:
            msg = f"there is no column at position {name}: the {width} columns have the positions 0 to {width - 1}."
            raise InputError(msg)
    return sorted(found)


def _require_names_once(frame: pd.DataFrame) -> None:
    twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    if twice:
        msg = f"the columns {', '.join(twice)} are there twice; expected each name once. Drop or rename one."
        raise InputError(msg)


def _holds_texts(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    if column.dtype != object:
        return bool(pd.api.types.is_string_dtype(column.dtype))
    texts = [value for value in column.dropna().unique() if isinstance(value, str)]
    if texts and len(texts) < column.nunique():
        other = next(value for value in column.dropna() if not isinstance(value, str))
        msg = (
            f"the column {column.name!r} holds texts and other things, for example {texts[0]!r} and {other!r}; "
            f"expected numbers alone or texts alone. Make the texts missing values, or the rest texts."
        )
        raise InputError(msg)
    return bool(texts)


def _texts(column: pd.Series) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in column.dropna().unique()}))


def _codes(column: pd.Series, levels: Sequence[str]) -> Floats:
    code = {level: float(position) for position, level in enumerate(levels)}
    number, texts = pd.factorize(column)
    by_number = np.array([*(code.get(str(text), np.nan) for text in texts), np.nan])  # the last is that of nulls, -1
    return np.asarray(by_number[number], dtype=np.float64)


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
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        known = column.dropna()
        example = f", for example {known.iloc[0]!r}" if len(known) else ""
        msg = f"the column {column.name!r} holds {kind}{example}; expected numbers."
        raise InputError(msg) from error
