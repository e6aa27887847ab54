"""What the judged leads of the highest tier did, with an interval that is honest where there are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import log_odds
from pqlml.model.metrics import Interval
from pqlml.model.scale import assign_tiers
from pqlml.schema import TIERS

_Z_95: Final = 1.959963984540054
_TENTH: Final = 0.1


@dataclass(frozen=True)
class TopTier:
    """The highest tier that holds a judged row.

    Attributes
    ----------
    tier
        Its name; where tiers are filled by capacity, the best tenth of the judged rows.
    rows, entities
        How many rows it holds, and of how many leads.
    rate
        Share of the rows that converted. The rows of one lead resemble each other, so the interval (Wilson's) takes
        as many observations as there are leads; unlike a bootstrap it is not empty where nobody converted.
    """

    tier: str
    rows: int
    entities: int
    rate: Interval

    def __str__(self) -> str:
        """Return it as half a sentence."""
        return f"the interval on the top tier ({self.tier}) is [{self.rate.low:.1%}, {self.rate.high:.1%}]"


def top_tier(
    model: PropensityModel, probability: npt.NDArray[np.float64], label: np.ndarray, entity: np.ndarray
) -> TopTier:
    """Sort judged rows into the tiers of the model, and look at the highest."""
    tiers = model.definition.tiers
    if tiers.by == "capacity":
        name, mine = "best tenth", probability >= np.quantile(probability, 1 - _TENTH)
    else:
        assigned = assign_tiers(tiers, model.scale.points(log_odds(probability)), probability)
        name = next(str(tier) for tier in TIERS if (assigned == tier).any())
        mine = assigned == name
    rate, entities = float(label[mine].mean()), len(np.unique(entity[mine]))
    return TopTier(name, int(mine.sum()), entities, Interval(rate, *_wilson(rate, entities)))


def _wilson(rate: float, count: int) -> tuple[float, float]:
    shrink = 1 + _Z_95**2 / count
    centre = (rate + _Z_95**2 / (2 * count)) / shrink
    half = _Z_95 / shrink * np.sqrt(rate * (1 - rate) / count + _Z_95**2 / (4 * count**2))
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)
