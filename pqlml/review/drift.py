"""How far the leads of a period differ from those before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from pqlml.features.spec import Feature
from pqlml.report.readable import readable

_PARTS: Final = 10
_SOME: Final = 0.1
_FEW: Final = 0.0005


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
