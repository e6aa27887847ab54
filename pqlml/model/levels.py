"""From values of a category to codes: which values are the same level, however they are stored."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.errors import InputError

_MOST_WHOLE: Final = 2**53
"""Beyond it a float no longer tells a whole number from the next."""


def levels_of(column: pd.Series) -> tuple[str, ...]:
    """Return the levels of a category in sorted order, each as it is written."""
    return tuple(sorted({str(value) for value in distinct(column)}))


def codes_of(column: pd.Series, levels: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the position of each value among ``levels``; NaN for nulls and for what is none of them.

    A text is the level that is written as it is, and no other. A whole number is the same level as an integer, as a
    float and in nullable types, since one missing value alone makes floats of integers; true and false are 1 and 0.

    Examples
    --------
    >>> codes_of(pd.Series([1.0, 2.0, None]), ("1", "2")).tolist()
    [0.0, 1.0, nan]
    >>> codes_of(pd.Series(["1.0", "2"]), ("1", "2")).tolist()
    [nan, 1.0]
    """
    code = {level: float(position) for position, level in enumerate(levels)}
    try:
        number, values = pd.factorize(column)
    except TypeError as error:
        raise _nested(column) from error
    found = [_found(value, code) for value in values]
    return np.array([*found, np.nan], dtype=np.float64)[number]  # the last is that of nulls, -1


def distinct(column: pd.Series) -> Iterable[object]:
    """Return the values that are there.

    Raises
    ------
    InputError
        If one of them holds others, as lists and dicts do.
    """
    try:
        return iter(column.dropna().unique())
    except TypeError as error:
        raise _nested(column) from error


def _nested(column: pd.Series) -> InputError:
    value = next((value for value in column if not isinstance(value, Hashable)), None)
    return InputError(
        f"the column {column.name!r} holds {type(value).__name__}s, for example {value!r}; expected one number or text "
        f"per row. Make a column of each thing that is in them."
    )


def _found(value: object, code: Mapping[str, float]) -> float:
    if isinstance(value, str):
        return code.get(value, np.nan)
    return next((code[way] for way in _ways(value) if way in code), np.nan)


def _ways(value: object) -> tuple[str, ...]:
    """Return how a level of this value may be written, the value's own way first."""
    own = str(value)
    if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
        return (own,)
    if not -_MOST_WHOLE <= value <= _MOST_WHOLE or value != int(value):
        return (own,)
    whole = int(value)
    return (own, str(whole), str(float(whole)), *((str(bool(whole)),) if whole in {0, 1} else ()))
