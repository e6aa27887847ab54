"""How far the leads of a period differ from those before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.features.spec import Feature
from pqlml.report.readable import readable
from pqlml.review.association import Bools
from pqlml.review.period import Period
from pqlml.times import iso

_PARTS: Final = 10
_SOME: Final = 0.1
_FEW: Final = 0.0005


@dataclass(frozen=True)
class Baseline:
    """The rows that a period is compared with.

    Attributes
    ----------
    model
        The model that was trained on them, such as ``saas-trial version 3``; null where there is none, and they are
        simply those before the period.
    first, last
        Their first and last cutoff.
    rows, rate
        How many there are, and the share that converted.
    reaches
        Whether the model was trained on rows of the period itself, too; these are not compared.
    """

    model: str | None
    first: dt.datetime
    last: dt.datetime
    rows: int
    rate: float
    reaches: bool = False

    def __str__(self) -> str:
        """Say what is compared."""
        when = f"cutoffs from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d} ({self.rows:,} looks at leads)"
        if self.model is None:
            return f"No champion was found, so this period is compared with what was over before it: {when}."
        told = f"This period is compared with what the champion, {self.model}, was trained on: {when}."
        rest = " It was trained on looks of this period, too; these are not part of the comparison."
        return told + (rest if self.reaches else "")

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "words": str(self),
            "model": self.model,
            "first_cutoff": iso(self.first),
            "last_cutoff": iso(self.last),
            "rows": self.rows,
            "rate": self.rate,
            "trained_on_the_period": self.reaches,
        }


class TrainedOn(NamedTuple):
    """The window of a model's training rows: its first and last cutoff."""

    model: str
    first: dt.datetime
    last: dt.datetime


def baseline(rows: Rows, period: Period, trained: TrainedOn | None) -> tuple[Baseline, Bools] | None:
    """Choose the rows that a period is compared with: those of the champion's training, else those before the period.

    Returns
    -------
    What they are, and whether each row is one; null where there are none.
    """
    cutoff = rows.keys["cutoff"].to_numpy("datetime64[us]")
    mine, reaches = period.before, False
    if trained is not None:
        window = (cutoff >= np.datetime64(trained.first)) & (cutoff <= np.datetime64(trained.last))
        earlier = window & (cutoff < np.datetime64(period.start))
        reaches = bool((window & period.inside).any())
        mine = earlier if reaches else window
    if not mine.any():
        return None if trained is None else baseline(rows, period, None)
    first, last = (bound.astype(object) for bound in (cutoff[mine].min(), cutoff[mine].max()))
    rate = float(rows.label[mine].mean())
    return Baseline(None if trained is None else trained.model, first, last, int(mine.sum()), rate, reaches), mine


class Drift(NamedTuple):
    """A feature whose distribution moved.

    ``stability`` is the population stability index (below 0.1: hardly, above 0.25: much); ``before`` and ``now`` are
    means, or for texts the share of the level that moved most, which ``level`` names.
    """

    feature: str
    words: str
    stability: float
    level: str | None
    before: float
    now: float


def drifts(before: pd.DataFrame, now: pd.DataFrame, features: Sequence[Feature]) -> tuple[Drift, ...]:
    """Return the features that moved, most first; one per group of features."""
    if not len(before) or not len(now):
        return ()
    best: dict[str, Drift] = {}
    for feature in features:
        moved = _drift(before[feature.name], now[feature.name], feature)
        if moved.stability >= _SOME and (feature.group not in best or best[feature.group].stability < moved.stability):
            best[feature.group] = moved
    return tuple(sorted(best.values(), key=lambda found: (-found.stability, found.feature)))


def _drift(before: pd.Series, now: pd.Series, feature: Feature) -> Drift:
    level = None
    if feature.category:
        shares = [part.fillna("not known").value_counts(normalize=True) for part in (before, now)]
        levels = sorted({*shares[0].index, *shares[1].index})
        cells = tuple(part.reindex(levels, fill_value=0.0).to_numpy(np.float64) for part in shares)
        place = int(np.abs(cells[1] - cells[0]).argmax())
        level, means = str(levels[place]), [float(part[place]) for part in cells]
    else:
        known = before.dropna().to_numpy(np.float64)
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _PARTS + 1)[1:-1])) if len(known) else np.zeros(0)
        cells = (_cells(before, edges), _cells(now, edges))
        means = [float(before.mean()), float(now.mean())]
    old, new = (np.maximum(shares, _FEW) for shares in cells)
    index = float(((new - old) * np.log(new / old)).sum())
    return Drift(feature.name, readable(feature), index, level, means[0], means[1])


def _cells(values: pd.Series, edges: np.ndarray) -> np.ndarray:
    place = np.searchsorted(edges, values.fillna(0).to_numpy(np.float64), side="right")
    place = np.where(values.isna().to_numpy(), len(edges) + 1, place)
    return np.bincount(place, minlength=len(edges) + 2) / len(values)
