"""How strongly an outcome goes together with a condition: raw, and among rows that are alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pqlml.review.association import Bools, Floats, Ints

Z95: Final = 1.959964


@dataclass(frozen=True)
class Effect:
    """Two groups of entities and their outcomes.

    Attributes
    ----------
    rows, hits
        Entities, and those with the outcome.
    exposed, exposed_hits
        Those of them that meet the condition.
    ratio, difference
        Rate of the exposed over and minus that of the others within strata (Mantel-Haenszel), each with its 95 %
        interval; NaN where a group is empty.
    """

    rows: int
    hits: int
    exposed: int
    exposed_hits: int
    ratio: tuple[float, float, float]
    difference: tuple[float, float, float]

    @property
    def precision(self) -> float:
        """Share of the exposed with the outcome."""
        return _share(self.exposed_hits, self.exposed)

    @property
    def precision_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of :attr:`precision`."""
        return wilson(self.exposed_hits, self.exposed)

    @property
    def others(self) -> float:
        """Share of the others with the outcome."""
        return _share(self.hits - self.exposed_hits, self.rows - self.exposed)

    @property
    def recall(self) -> float:
        """Share of the outcomes that are among the exposed."""
        return _share(self.exposed_hits, self.hits)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of :attr:`recall`."""
        return wilson(self.exposed_hits, self.hits)

    @property
    def lift(self) -> float:
        """Rate of the exposed over the rate of all."""
        return _share(self.precision, _share(self.hits, self.rows))

    @property
    def crude_ratio(self) -> float:
        """Rate of the exposed over that of the others, without regard to strata."""
        return _share(self.precision, self.others)

    @property
    def share_left(self) -> float:
        """Share of the raw ratio, as a logarithm, that is left within strata; NaN where the raw one is not above 1."""
        if not (self.crude_ratio > 1 and math.isfinite(self.crude_ratio) and self.ratio[0] > 0):
            return math.nan
        return math.log(self.ratio[0]) / math.log(self.crude_ratio)

    @property
    def correlation(self) -> float:
        """Matthews correlation coefficient."""
        a, b = self.exposed_hits, self.exposed - self.exposed_hits
        c, d = self.hits - self.exposed_hits, self.rows - self.exposed - self.hits + self.exposed_hits
        whole = math.sqrt(float(a + b) * (c + d) * (a + c) * (b + d))
        return (a * d - b * c) / whole if whole else 0.0

    @property
    def necessity(self) -> float:
        """Share of the exposed's outcomes that would have been missing without it, if it were the cause (Pearl)."""
        return max(0.0, 1 - 1 / self.ratio[0]) if self.ratio[0] > 0 else 0.0

    @property
    def sufficiency(self) -> float:
        """Share of the others without the outcome that would have had it with it, if it were the cause (Pearl)."""
        return max(0.0, self.difference[0] / (1 - self.others)) if self.others < 1 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "entities": self.rows,
            "converted": self.hits,
            "did": self.exposed,
            "did_and_converted": self.exposed_hits,
            "precision": self.precision,
            "precision_interval": list(self.precision_interval),
            "rate_of_others": self.others,
            "recall": self.recall,
            "recall_interval": list(self.recall_interval),
            "lift": self.lift,
            "matthews_correlation": self.correlation,
            "crude_ratio": self.crude_ratio,
            "adjusted_ratio": list(self.ratio),
            "adjusted_difference": list(self.difference),
            "necessity": self.necessity,
            "sufficiency": self.sufficiency,
        }


def effect(exposed: Bools, hit: Bools, strata: Ints) -> Effect:
    """Compare those who meet a condition with those who do not, within strata.

    The ratio's interval is that of Greenland and Robins (1985), the difference's that of its weighted variances.
    """
    number = int(strata.max(initial=-1)) + 1
    every = np.ones(len(hit), bool)
    size, n1, hits, a = (
        np.bincount(strata, weights, number).astype(np.float64) for weights in (every, exposed, hit, exposed & hit)
    )
    return Effect(
        len(hit),
        int(hit.sum()),
        int(exposed.sum()),
        int((exposed & hit).sum()),
        _ratio(a, n1, hits - a, size - n1, size),
        _difference(a, n1, hits - a, size - n1, size),
    )


def wilson(hits: float, rows: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(5, 10)]
    [0.237, 0.763]
    """
    if rows <= 0:
        return (0.0, 1.0)
    share, square = hits / rows, Z95**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = Z95 * math.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) / (1 + square / rows)
    return (max(0.0, middle - half), min(1.0, middle + half))


def _ratio(a: Floats, n1: Floats, c: Floats, n0: Floats, size: Floats) -> tuple[float, float, float]:
    size = np.maximum(size, 1)
    above, below = float((a * n0 / size).sum()), float((c * n1 / size).sum())
    if above <= 0 or below <= 0:
        return (math.inf if above > 0 else math.nan, math.nan, math.nan)
    spread = float(((n1 * n0 * (a + c) - a * c * size) / size**2).sum())
    error = math.sqrt(max(spread, 0.0) / (above * below))
    value = above / below
    return (value, value * math.exp(-Z95 * error), value * math.exp(Z95 * error))


def _difference(a: Floats, n1: Floats, c: Floats, n0: Floats, size: Floats) -> tuple[float, float, float]:
    both = (n1 > 0) & (n0 > 0)
    a, n1, c, n0, size = a[both], n1[both], c[both], n0[both], size[both]
    weight = n1 * n0 / size
    if not len(weight):
        return (math.nan, math.nan, math.nan)
    p1, p0 = a / n1, c / n0
    value = float((weight * (p1 - p0)).sum() / weight.sum())
    smooth1, smooth0 = (a + 0.5) / (n1 + 1), (c + 0.5) / (n0 + 1)
    variance = weight**2 * (smooth1 * (1 - smooth1) / n1 + smooth0 * (1 - smooth0) / n0)
    half = Z95 * math.sqrt(float(variance.sum())) / float(weight.sum())
    return (value, value - half, value + half)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
