"""What to expect of a definition in a period that nobody has seen yet: a figure, and where it will lie."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.review.association import Bools, Floats
from pqlml.review.effect import Z95
from pqlml.review.looks import FlagCounts, Looks, count, look

REPLICATES: Final = 400
_PARTS: Final = 6
_FEWEST: Final = 8


@dataclass(frozen=True)
class Expected:
    """A share with the interval in which it will lie in 95 of 100 further periods of the same length."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return dict(vars(self))


@dataclass(frozen=True)
class PairedDifference:
    """New minus old, on the same entities, with its 95 % interval over entities."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return dict(vars(self))


def expected_share(hits: int, number: int, restless: float) -> Expected:
    """Predict a share of a further period of the same size.

    Both periods are samples, so both count; ``restless`` is how far, in log-odds, periods differ besides.
    """
    share = (hits + 0.5) / (number + 1)
    if number == 0:
        return Expected(math.nan, 0.0, 1.0)
    error = math.sqrt(2 / max(number * share * (1 - share), 1e-9) + restless**2)
    middle = math.log(share / (1 - share))
    low, high = (1 / (1 + math.exp(-(middle + side * Z95 * error))) for side in (-1, 1))
    return Expected(hits / number, low, high)


def restlessness(keys: pd.DataFrame, flagged: Bools, label: np.ndarray, among: Bools) -> float:
    """Estimate how much the precision of periods differs beyond chance, in log-odds (DerSimonian and Laird, 1986)."""
    cutoff = keys["cutoff"].to_numpy("datetime64[us]").astype(np.int64)
    edges = np.quantile(cutoff[among], np.linspace(0, 1, _PARTS + 1)) if among.any() else np.zeros(1)
    effects, variances = [], []
    for low, high in itertools.pairwise(edges):
        counts = count(look(keys, flagged, label, among & (cutoff >= low) & (cutoff <= high)))
        if counts.flagged >= _FEWEST:
            share = (counts.true_positives + 0.5) / (counts.flagged + 1)
            effects.append(math.log(share / (1 - share)))
            variances.append(1 / ((counts.flagged + 1) * share * (1 - share)))
    if len(effects) < 3:  # noqa: PLR2004 - two periods say nothing about spread
        return 0.0
    weight, effect = 1 / np.array(variances), np.array(effects)
    mean = float((weight * effect).sum() / weight.sum())
    beyond = float((weight * (effect - mean) ** 2).sum()) - (len(effects) - 1)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    return math.sqrt(max(beyond, 0.0) / scale) if scale > 0 else 0.0


def differences(old: Looks, new: Looks, rng: np.random.Generator) -> tuple[PairedDifference, PairedDifference]:
    """Compare precision and recall of two definitions over the same entities, resampling entities.

    Who converted is the same for both: whoever did so within the window of any cutoff of the period.
    """
    columns = [
        np.column_stack([one.flagged & one.converted, one.flagged, one.bought >= 0]).astype(np.float64)
        for one in (old, new)
    ]
    together = np.hstack(columns)
    weights = rng.poisson(1.0, (REPLICATES, len(together)))
    sums = np.vstack([together.sum(axis=0), weights @ together])
    precision = _ratio(sums[:, 3], sums[:, 4]) - _ratio(sums[:, 0], sums[:, 1])
    recall = _ratio(sums[:, 3], sums[:, 5]) - _ratio(sums[:, 0], sums[:, 2])
    return _summary(precision), _summary(recall)


def counts_of(keys: pd.DataFrame, flagged: Bools, label: np.ndarray, inside: Bools) -> FlagCounts:
    """Count the entities of a period."""
    return count(look(keys, flagged, label, inside))


def _ratio(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share


def _summary(values: Floats) -> PairedDifference:
    known = values[1:][~np.isnan(values[1:])]
    if not len(known):
        return PairedDifference(float(values[0]), math.nan, math.nan)
    low, high = np.quantile(known, [0.025, 0.975])
    return PairedDifference(float(values[0]), float(low), float(high))
