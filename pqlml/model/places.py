"""Which columns are meant, by name or by position, and what those that hold category codes may hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pqlml.errors import InputError

_MOST_CODE: Final = 2**20
"""A tree keeps a set of codes as bits, one for each code up to the largest."""


def require_names(parameter: str, given: object) -> Sequence[int | str]:
    """Return several names or positions, as a list.

    Raises
    ------
    InputError
        If it is one name, or nothing that can be gone through, or holds what is neither name nor position.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"{parameter}={given!r}; expected a list of names or positions of columns; without any leave it out."
        raise InputError(msg)
    found = list(given)
    wrong = [name for name in found if not isinstance(name, str) and not _is_position(name)]
    if wrong:
        msg = f"{parameter} holds {wrong[0]!r}; expected names of columns, or whole numbers for their positions."
        raise InputError(msg)
    return [name if isinstance(name, str) else int(name) for name in found]


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


def require_codes(matrix: npt.NDArray[np.float64], places: Sequence[int], names: Sequence[str] | None) -> None:
    """Refuse category codes that trees could not keep as a set.

    Raises
    ------
    InputError
        If a code is negative, fractional or very large.
    """
    for place in places:
        codes = matrix[:, place]
        wrong = codes[~np.isnan(codes) & ((codes < 0) | (codes > _MOST_CODE) | (codes % 1 != 0))]
        if len(wrong):
            which = f"{names[place]!r}" if names is not None else f"at position {place}"
            msg = (
                f"the column {which} is categorical and holds {wrong[0]:g}; expected codes, whole numbers from 0 to "
                f"{_MOST_CODE}. Give a data frame in which the column is of texts or of the type 'category' instead."
            )
            raise InputError(msg)


def _is_position(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return float(value).is_integer()
