"""From values of a category to codes: which values are the same level, however they are stored."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd


def levels_of(column: pd.Series) -> tuple[str, ...]:
    """Return the levels of a category in sorted order, each as it is written."""
    return tuple(sorted({str(value) for value in column.dropna().unique()}))


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
    number, values = pd.factorize(column)
    found = [next((code[way] for way in _ways(value) if way in code), np.nan) for value in values]
    return np.array([*found, np.nan], dtype=np.float64)[number]  # the last is that of nulls, -1


def _ways(value: object) -> tuple[str, ...]:
    """Return how a level of this value may be written, the value's own way first."""
    own = str(value)
    if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
        return (own,)
    if not math.isfinite(value) or value != int(value):
        return (own,)
    whole = int(value)
    return (own, str(whole), str(float(whole)), *((str(bool(whole)),) if whole in {0, 1} else ()))
