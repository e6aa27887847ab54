"""One look per entity and period: when it was flagged first, or when it was looked at first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.review.association import Bools, Ints
from pqlml.review.effect import wilson


@dataclass(frozen=True)
class Looks:
    """Entities of a period, flagged or not, converted or not.

    Attributes
    ----------
    row
        Row of each entity: the first flagged one, else the first.
    flagged
        Whether it was flagged at any cutoff of the period.
    converted
        Flagged ones: within the window of that cutoff. Others: within the window of any cutoff of the period.
    bought
        The first row of each entity whose window holds its conversion, or -1; whoever flags whom does not matter here.
    first, first_flagged
        The first row of each entity, and whether it was flagged there.
    """

    row: Ints
    flagged: Bools
    converted: Bools
    bought: Ints
    first: Ints
    first_flagged: Bools


@dataclass(frozen=True)
class FlagCounts:
    """Entities by flag and outcome, with what the conversions brought in where amounts are known.

    Attributes
    ----------
    late
        Of the false positives, those that did convert in the period, but after the window of their first flag.
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    late: int = 0
    value_flagged: float | None = None
    value_missed: float | None = None

    @property
    def flagged(self) -> int:
        """Flagged entities."""
        return self.true_positives + self.false_positives

    @property
    def converted(self) -> int:
        """Entities that converted, the same whoever is flagged."""
        return self.true_positives + self.false_negatives + self.late

    @property
    def total(self) -> int:
        """All entities."""
        return self.flagged + self.false_negatives + self.true_negatives

    @property
    def precision(self) -> float:
        """Share of the flagged that converted; NaN if nobody was flagged."""
        return self.true_positives / self.flagged if self.flagged else float("nan")

    @property
    def recall(self) -> float:
        """Share of the converted that were flagged in time; NaN if nobody converted."""
        return self.true_positives / self.converted if self.converted else float("nan")

    @property
    def precision_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.true_positives, self.flagged)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.true_positives, self.converted)

    def as_dict(self) -> dict[str, object]:
        """Return plain data."""
        return {
            "flagged_converted": self.true_positives,
            "flagged_not_converted": self.false_positives,
            "flagged_converted_late": self.late,
            "not_flagged_converted": self.false_negatives,
            "not_flagged_not_converted": self.true_negatives,
            "precision": self.precision,
            "precision_interval": list(self.precision_interval),
            "recall": self.recall,
            "recall_interval": list(self.recall_interval),
            "value_flagged": self.value_flagged,
            "value_missed": self.value_missed,
        }


def look(keys: pd.DataFrame, flagged: Bools, label: np.ndarray, inside: Bools) -> Looks:
    """Choose one row per entity of the period.

    Which row is chosen never depends on the outcome, so that an outcome's slices are about leads and not about the
    choice.
    """
    rows = np.flatnonzero(inside)
    code = pd.factorize(keys["entity_id"].iloc[rows], sort=True)[0]
    places = np.lexsort((keys["cutoff"].to_numpy()[rows], code))
    order, entity = rows[places], code[places]
    begins = np.flatnonzero(np.r_[True, entity[1:] != entity[:-1]])
    ends = np.r_[begins[1:], len(order)]
    is_flagged, hit = flagged[order], label[order] == 1
    place = np.where(is_flagged, np.arange(len(order)), len(order))
    first_flag = np.minimum.reduceat(place, begins)
    ever = first_flag < ends
    chosen = np.where(ever, np.minimum(first_flag, len(order) - 1), begins)
    first_hit = np.minimum.reduceat(np.where(hit, np.arange(len(order)), len(order)), begins)
    any_hit = first_hit < ends
    bought = np.where(any_hit, order[np.minimum(first_hit, len(order) - 1)], -1)
    converted = np.where(ever, hit[chosen], any_hit)
    return Looks(order[chosen], ever, converted, bought, order[begins], is_flagged[begins])


def count(looks: Looks, amount: np.ndarray | None = None, among: Bools | None = None) -> FlagCounts:
    """Count entities, all or some."""
    mine = np.ones(len(looks.row), bool) if among is None else among
    flagged, converted = looks.flagged & mine, looks.converted & mine
    bought = (looks.bought >= 0) & mine
    missed = ~looks.flagged & bought
    return FlagCounts(
        int((flagged & converted).sum()),
        int((flagged & ~converted).sum()),
        int(missed.sum()),
        int((mine & ~looks.flagged & ~bought).sum()),
        int((flagged & ~converted & bought).sum()),
        None if amount is None else float(amount[looks.row[flagged & converted]].sum()),
        None if amount is None else float(amount[looks.bought[missed]].sum()),
    )
