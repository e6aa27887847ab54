"""Folds by time out of cutoffs: where the origins lie, and what each row is to each fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.dataset.folds import ASIDE, Fold
from pqlml.errors import NotEnoughDataError

Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Sides:
    """Entities that are on one side only: the part of each row's entity, and which parts are judged at each origin."""

    part: npt.NDArray[np.int64]
    turns: Sequence[Sequence[int]]


def latest_share(cutoff: Instants, share: float) -> pd.Timestamp:
    """Return the cutoff with which the latest share of the rows begins; whole cutoffs are taken.

    Raises
    ------
    NotEnoughDataError
        If there is no row.
    """
    if len(cutoff) == 0:
        msg = "there is no row to split; widen 'snapshots' or 'population', or collect more data."
        raise NotEnoughDataError(msg)
    return pd.Timestamp(np.sort(cutoff)[min(int(len(cutoff) * (1 - share)), len(cutoff) - 1)])


def choose_origins(cutoff: Instants, number: int, begin: pd.Timestamp) -> tuple[pd.Timestamp, ...]:
    """Choose the instants at which a model is fitted anew, so that each judges about as many rows.

    Parameters
    ----------
    cutoff
        One per row.
    begin
        The first origin; the others are cutoffs after it.

    Returns
    -------
    Ascending. Where no row lies at or after ``begin``, it is the only one.

    Raises
    ------
    NotEnoughDataError
        If fewer different cutoffs than origins are left to judge on.
    """
    judged = np.sort(cutoff[cutoff >= begin.to_datetime64()])
    instants, first = np.unique(judged, return_index=True)
    if number == 1 or len(instants) == 0:
        return (begin,)
    if len(instants) < number:
        msg = (
            f"{number} origins need at least {number} different cutoffs to judge on; from {begin:%Y-%m-%d %H:%M} on "
            f"there are {len(instants)} ({len(judged)} rows). Ask for fewer origins, judge a longer part, or take "
            f"cutoffs more often."
        )
        raise NotEnoughDataError(msg)
    places = [0]
    for place in range(1, number):
        wanted = int(np.searchsorted(first, place * len(judged) / number))
        places.append(min(max(wanted, places[-1] + 1), len(instants) - number + place))
    return (begin, *(pd.Timestamp(instants[place]) for place in places[1:]))


def rolling_folds(
    cutoff: Instants,
    origins: Sequence[pd.Timestamp],
    window: pd.Timedelta,
    *,
    train: pd.Timedelta | None = None,
    sides: Sides | None = None,
) -> tuple[Fold, ...]:
    """Make the folds of some origins.

    Parameters
    ----------
    cutoff
        One per row.
    window
        gap + horizon: a row can be fitted on if ``cutoff + window <= origin``.
    train
        Length of a sliding training part; null fits on everything before.
    sides
        Where entities are on one side only; an origin then has a fold per part that is judged there.
    """
    folds = []
    for number, (origin, following) in enumerate(zip(origins, [*origins[1:], None], strict=True)):
        place = _places(cutoff, origin, following, window, train)
        if sides is None:
            folds.append(_fold(place, origin))
            continue
        for turn in sides.turns[number]:
            judged = sides.part == turn
            other = ((place == "train") & judged) | ((place == "test") & ~judged)
            folds.append(_fold(np.where(other, "other_side", place), origin))
    return tuple(folds)


def _places(
    cutoff: Instants,
    origin: pd.Timestamp,
    following: pd.Timestamp | None,
    window: pd.Timedelta,
    train: pd.Timedelta | None,
) -> npt.NDArray[np.str_]:
    closes = (origin - window).to_datetime64()
    place = np.full(len(cutoff), "purged", dtype="U10")
    place[cutoff <= closes] = "train"
    if train is not None:
        place[cutoff <= (origin - window - train).to_datetime64()] = "older"
    place[cutoff >= origin.to_datetime64()] = "test"
    if following is not None:
        place[cutoff >= following.to_datetime64()] = "later"
    return place


def _fold(place: npt.NDArray[np.str_], origin: pd.Timestamp) -> Fold:
    aside = {name: np.flatnonzero(place == name) for name in ASIDE}
    found = {name: rows for name, rows in aside.items() if len(rows)}
    return Fold(np.flatnonzero(place == "train"), np.flatnonzero(place == "test"), found, origin)
