"""Who a lead is compared with, and what is typical of them: lower medians over leads of the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from pqlml.explain.reading import COMPARED
from pqlml.explain.telling import Telling
from pqlml.features.spec import Feature

FEWEST: Final = 30
"""A median of fewer leads tells little: they are compared with all scored leads, or with nobody."""

AGES_DAYS: Final = (7, 30, 90, 365)
"""Where one group of ages ends and the next begins, in days since sign-up."""

NOBODY: Final = -1


@dataclass(frozen=True)
class Similar:
    """The groups of a run, and their medians.

    Attributes
    ----------
    group
        Per lead the number of its group; :data:`NOBODY` where it is compared with nobody.
    names
        Per group who they are, in words.
    typical
        Name of a feature -> its lower median per group (NaN = unknown), the value of a lead that there is; only
        features that are told with a comparison.
    """

    group: np.ndarray
    names: tuple[str, ...]
    typical: Mapping[str, np.ndarray]


def similar(values: pd.DataFrame, features: Sequence[Feature], telling: Telling) -> Similar:
    """Compare each lead with the leads of its age in the same run.

    Where there are fewer than :data:`FEWEST` of its age, or its age is unknown, all scored leads stand in.
    """
    bands = _ages(values, features)
    count = np.bincount(bands, minlength=len(AGES_DAYS) + 2)
    count[-1] = 0  # unknown age is no age that leads could share
    own = np.flatnonzero(count >= FEWEST)
    group = np.full(len(values), NOBODY)
    names: list[str] = []
    members: list[np.ndarray] = []
    for band in own:
        group[bands == band] = len(names)
        names.append(_name(int(band), int(count[band]), telling))
        members.append(bands == band)
    if len(values) >= FEWEST and (group == NOBODY).any():
        group[group == NOBODY] = len(names)
        names.append(telling.language.text(f"similar_are.all.{telling.entity}", leads=_count(len(values), telling)))
        members.append(np.ones(len(values), dtype=bool))
    compared = [feature.name for feature in features if feature.aggregate in COMPARED]
    typical = {name: _medians(values[name].to_numpy(np.float64), members) for name in compared}
    return Similar(group, tuple(names), typical)


def _ages(values: pd.DataFrame, features: Sequence[Feature]) -> np.ndarray:
    """Return the number of each lead's group of ages; one more than there are where its age is unknown."""
    age = next((feature.name for feature in features if feature.aggregate == "age"), None)
    days = np.full(len(values), np.nan) if age is None else values[age].to_numpy(np.float64)
    return np.where(np.isnan(days), len(AGES_DAYS) + 1, np.searchsorted(AGES_DAYS, days, side="left"))


def _name(band: int, count: int, telling: Telling) -> str:
    slots: dict[str, object] = {"leads": _count(count, telling)}
    if band == 0:
        return telling.language.text(f"similar_are.up_to.{telling.entity}", **slots, days=AGES_DAYS[0])
    if band == len(AGES_DAYS):
        return telling.language.text(f"similar_are.over.{telling.entity}", **slots, days=AGES_DAYS[-1])
    return telling.language.text(
        f"similar_are.between.{telling.entity}", **slots, low=AGES_DAYS[band - 1], days=AGES_DAYS[band]
    )


def _count(leads: int, telling: Telling) -> str:
    return telling.language.numbers.plain(leads)


def _medians(column: np.ndarray, members: Sequence[np.ndarray]) -> np.ndarray:
    known = [column[mask & ~np.isnan(column)] for mask in members]
    return np.array(
        [np.partition(part, (len(part) - 1) // 2)[(len(part) - 1) // 2] if len(part) else np.nan for part in known]
    )
