"""The later cohort on which boosting shows when it should stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.errors import InputError, NotEnoughDataError

_SHARE: Final = 0.2
"""Share of the conversions that the cohort holds, at least."""

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Cohort:
    """Positions of the rows to fit on, and of the later ones to look at."""

    earlier: Positions
    later: Positions


def cutoff_per_row(cutoff: npt.ArrayLike, rows: int) -> np.ndarray:
    """Return cutoffs as an array.

    Raises
    ------
    InputError
        If there is not one per row.
    """
    found = np.asarray(cutoff)
    if found.shape != (rows,):
        given = f"{len(found)} values" if found.ndim == 1 else f"the shape {found.shape}"
        msg = f"cutoff has {given}; expected one instant for each of the {rows} rows. Give the rows' own column."
        raise InputError(msg)
    return found


def later_cohort(label: np.ndarray, cutoff: np.ndarray | None, purge_days: float = 0.0, seed: int = 0) -> Cohort:
    """Choose the newest cutoffs that hold a fifth of the conversions; without cutoffs a random fifth of each class.

    Parameters
    ----------
    purge_days
        Rows of the last so many days before the cohort are on neither side.

    Raises
    ------
    InputError
        If there is not one cutoff per row, if they have no order, or if they are no instants and rows before the cohort
        are to be left out.
    NotEnoughDataError
        If a side has no rows of a class.
    """
    if cutoff is None:
        later = _random_fifth(label, seed)
        return _checked(label, ~later, later, "a random fifth of the rows")
    instants = pd.Series(cutoff)
    if len(instants) != len(label) or instants.isna().any():
        msg = (
            f"cutoff has {len(instants)} values, {int(instants.isna().sum())} of them missing; expected one for each "
            f"of the {len(label)} rows."
        )
        raise InputError(msg)
    try:
        conversions = pd.Series(label).groupby(instants.to_numpy()).sum().sort_index(ascending=False).cumsum()
        first = conversions.index[conversions >= _SHARE * label.sum()][0]
        later = (instants >= first).to_numpy()
        until = first - pd.Timedelta(days=purge_days) if purge_days else first
        earlier = (instants < until if not purge_days else instants <= until).to_numpy()
    except TypeError as error:
        msg = (
            f"cutoff holds {instants.dtype}, for example {instants.iloc[0]!r}, with purge_days={purge_days}; expected "
            f"instants, from which days can be taken: convert it with pandas.to_datetime."
        )
        raise InputError(msg) from error
    return _checked(label, earlier, later, f"the cutoffs from {first} on")


def _random_fifth(label: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(abs(int(seed)))  # NumPy takes none below 0
    later = np.zeros(len(label), dtype=bool)
    for one in (0, 1):
        rows = rng.permutation(np.flatnonzero(label == one))
        later[rows[: round(_SHARE * len(rows))]] = True
    return later


def _checked(label: np.ndarray, earlier: np.ndarray, later: np.ndarray, which: str) -> Cohort:
    for side, rows in (("before", earlier), ("in", later)):
        conversions = int(label[rows].sum())
        if conversions in (0, int(rows.sum())):
            msg = (
                f"{conversions} of {int(rows.sum())} rows {side} the later cohort ({which}) are conversions; stopping "
                f"early needs rows of both classes there. Leave 'stop_after' out, or give more data."
            )
            raise NotEnoughDataError(msg)
    return Cohort(np.flatnonzero(earlier), np.flatnonzero(later))
