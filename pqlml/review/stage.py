"""A period on which cards of points are compared: always at the same number of flagged leads.

Thresholds are whole totals, and many leads share one, so two cards seldom flag equally many; and whoever flags fewer
has the better precision for that alone. Here the leads on the margin are counted in part, until the numbers are equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.review.association import Bools, Floats, Ints
from pqlml.review.effect import Z95
from pqlml.review.expectation import PairedDifference


@dataclass(frozen=True)
class Tally:
    """What a card does: per entity, how much of it is flagged, and how much of it is flagged and converts after that.

    Both are 0 or 1, and between these on the margin.
    """

    flagged: Floats
    caught: Floats


@dataclass(frozen=True)
class Stage:
    """The rows of a period by entity and time, and their outcomes.

    Attributes
    ----------
    order
        Its rows, sorted by entity, then cutoff.
    begins
        Where each entity begins in that order.
    hit
        In that order: whether the row's window holds a conversion.
    bought
        Per entity: whether it converted within the window of any of its rows.
    entity
        Per entity: its name.
    """

    order: Ints
    begins: Ints
    hit: Bools
    bought: Bools
    entity: np.ndarray

    def flagged(self, points: Floats, threshold: float) -> int:
        """Count the entities that ever reach a threshold.

        Parameters
        ----------
        points
            One per row of all rows.
        """
        return int((self._best(points) >= threshold).sum())

    def tally(self, points: Floats, number: float) -> Tally:
        """Flag the entities with the most points, so that their number is the one wanted.

        Parameters
        ----------
        points
            One per row of all rows.
        number
            How many entities are flagged.
        """
        levels, counts = np.unique(-self._best(points), return_counts=True)
        reached = counts.cumsum()
        at = min(int(np.searchsorted(reached, number)), len(levels) - 1)
        below = int(reached[at - 1]) if at else 0
        share = min(max((number - below) / counts[at], 0.0), 1.0)
        lower = self._at(points, -levels[at])
        upper = self._at(points, -levels[at - 1]) if at else Tally(np.zeros(len(lower.flagged)), lower.caught * 0)
        return Tally(
            share * lower.flagged + (1 - share) * upper.flagged, share * lower.caught + (1 - share) * upper.caught
        )

    def compare(self, old: Tally, new: Tally, among: Bools | None = None) -> tuple[PairedDifference, PairedDifference]:
        """Return new minus old in precision and in recall, with intervals over entities (linearised).

        Parameters
        ----------
        among
            Which entities count; by default all.
        """
        mine = np.ones(len(self.bought), bool) if among is None else among
        bought = self.bought[mine].astype(np.float64)
        of = [(one.caught[mine], one.flagged[mine]) for one in (old, new)]
        return _difference(*of), _difference(*((caught, bought) for caught, _ in of))

    def _best(self, points: Floats) -> Floats:
        best: Floats = np.maximum.reduceat(points[self.order], self.begins)
        return best

    def _at(self, points: Floats, threshold: float) -> Tally:
        """Flag each entity at its first row that reaches a threshold."""
        number = len(self.order)
        reaches = points[self.order] >= threshold
        first = np.minimum.reduceat(np.where(reaches, np.arange(number), number), self.begins)
        ends = np.r_[self.begins[1:], number]
        flagged = first < ends
        caught = flagged & self.hit[np.minimum(first, number - 1)]
        return Tally(flagged.astype(np.float64), caught.astype(np.float64))


def stage(keys: pd.DataFrame, label: np.ndarray, inside: Bools) -> Stage:
    """Put the rows of a period in order."""
    rows = np.flatnonzero(inside)
    code, names = pd.factorize(keys["entity_id"].iloc[rows], sort=True)
    places = np.lexsort((keys["cutoff"].to_numpy()[rows], code))
    order, entity = rows[places], code[places]
    begins = np.flatnonzero(np.r_[True, entity[1:] != entity[:-1]])
    hit = label[order] == 1
    return Stage(order, begins, hit, np.maximum.reduceat(hit, begins), np.asarray(names).astype(str))


def _difference(old: Sequence[Floats], new: Sequence[Floats]) -> PairedDifference:
    """Return the difference of two shares of the same entities; what one entity adds to it gives the error."""
    shares, parts = [], []
    for part, whole in (old, new):
        total = float(whole.sum())
        if not total:
            return PairedDifference(math.nan, math.nan, math.nan)
        share = float(part.sum()) / total
        shares.append(share)
        parts.append((part - share * whole) / total)
    value, error = shares[1] - shares[0], float(np.sqrt(((parts[1] - parts[0]) ** 2).sum()))
    return PairedDifference(value, value - Z95 * error, value + Z95 * error)
