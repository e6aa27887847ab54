"""Two definitions over the same history, week by week: who is flagged, who converts, who enters and leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError
from pqlml.report.numbers import NOTHING, percent
from pqlml.review.association import Bools
from pqlml.review.expectation import PairedDifference, differences
from pqlml.review.flags import By
from pqlml.review.looks import FlagCounts, count, look
from pqlml.review.period import Period
from pqlml.schema import Tier

SAME: Final = ("entity", "sources", "population", "snapshots", "conversion")
"""Sections in which two definitions must agree: they say which leads are looked at, and what is true of them."""
_EXAMPLES: Final = 5


@dataclass(frozen=True)
class Week:
    """One week of cutoffs; ``flagged`` are leads, ``new_pqls`` those that are flagged for the first time.

    ``value`` is what the conversions of the new PQLs brought in; null where no amounts are known.
    """

    start: str
    leads: int
    flagged: tuple[int, int]
    new_pqls: tuple[int, int]
    converted: tuple[int, int]
    both: int
    value: tuple[float, float] | None

    @property
    def overlap(self) -> float:
        """Leads that both flag, of those that either flags; NaN if neither flags any."""
        either = sum(self.flagged) - self.both
        return self.both / either if either else float("nan")

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the old definition under ``old`` and the new one under ``new``."""
        return {
            "week": self.start,
            "leads": self.leads,
            **{
                name: {
                    "flagged": self.flagged[side],
                    "new_pqls": self.new_pqls[side],
                    "converted": self.converted[side],
                    "precision": self.converted[side] / self.new_pqls[side] if self.new_pqls[side] else None,
                    "value": None if self.value is None else self.value[side],
                }
                for side, name in enumerate(("old", "new"))
            },
            "overlap": self.overlap,
        }


@dataclass(frozen=True)
class Moved:
    """Leads that only one definition flags in the whole time, how many converted, and some of them."""

    leads: int
    converted: int
    examples: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"leads": self.leads, "converted": self.converted, "examples": list(self.examples)}


@dataclass(frozen=True)
class Replayed:
    """The replay of two definitions.

    Attributes
    ----------
    by
        What flags: the points, or for each definition a model that was fitted on what was over before the period.
    old, new
        Leads of the whole time; each counts once.
    entered, left
        Leads that only the new and only the old definition flags.
    precision, recall
        New minus old, with intervals over entities; both count the same conversions.
    """

    by: By
    from_tier: str
    period: Period
    weeks: tuple[Week, ...]
    old: FlagCounts
    new: FlagCounts
    both: int
    entered: Moved
    left: Moved
    precision: PairedDifference
    recall: PairedDifference

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        number = max(len(self.weeks), 1)
        return (
            f"Old: {self.old.flagged / number:.1f} PQLs a week, precision {_share(self.old.precision)}, recall "
            f"{percent(self.old.recall)}. New: {self.new.flagged / number:.1f}, {_share(self.new.precision)}, "
            f"{percent(self.new.recall)}. {self.entered.leads:,} enter ({self.entered.converted:,} converted), "
            f"{self.left.leads:,} leave ({self.left.converted:,} converted)."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "headline": self.headline,
            "by": self.by,
            "flagged_from": self.from_tier,
            "period": self.period.as_dict(),
            "old_counts": self.old.as_dict(),
            "new_counts": self.new.as_dict(),
            "both": self.both,
            "entered": self.entered.as_dict(),
            "left": self.left.as_dict(),
            "precision_difference": self.precision.as_dict(),
            "recall_difference": self.recall.as_dict(),
            "weeks": [week.as_dict() for week in self.weeks],
        }


def _share(share: float) -> str:
    """Write a precision with the decimal in which two differ."""
    return NOTHING if math.isnan(share) else f"{share:.1%}"


def require_comparable(old: Definition, new: Definition) -> None:
    """Refuse definitions that do not look at the same leads.

    Raises
    ------
    DefinitionError
        Names the sections that differ.
    """
    apart = [name for name in SAME if getattr(old, name) != getattr(new, name)]
    if apart:
        msg = (
            f"the definitions differ in {', '.join(apart)}: they look at other leads or call something else a "
            f"conversion, so their precision cannot be compared. Give the new one these sections of the old one."
        )
        raise DefinitionError(msg)


def replay_rows(
    rows: Rows,
    old: Bools,
    new: Bools,
    period: Period,
    *,
    by: By = "points",
    from_tier: Tier = "hot",
    seed: int = 0,
) -> Replayed:
    """Compare who two definitions flag over a period.

    Parameters
    ----------
    old, new
        Whether each definition flags each row.
    """
    before, after = (look(rows.keys, flagged, rows.label, period.inside) for flagged in (old, new))
    precision, recall = differences(before, after, np.random.default_rng(seed))
    entity = rows.entity[before.row].astype(str)
    return Replayed(
        by,
        from_tier,
        period,
        tuple(_weeks(rows, (old, new), period)),
        count(before, rows.amount),
        count(after, rows.amount),
        int((before.flagged & after.flagged).sum()),
        _moved(entity, after.flagged & ~before.flagged, after.converted),
        _moved(entity, before.flagged & ~after.flagged, before.converted),
        precision,
        recall,
    )


def _moved(entity: np.ndarray, who: Bools, converted: Bools) -> Moved:
    order = np.flatnonzero(who)
    order = order[np.argsort(~converted[order], kind="stable")]
    return Moved(int(who.sum()), int((who & converted).sum()), tuple(entity[order[:_EXAMPLES]]))


def _weeks(rows: Rows, flagged: tuple[Bools, Bools], period: Period) -> Iterator[Week]:
    """Yield the weeks of the period, Monday to Sunday."""
    cutoff = rows.keys["cutoff"]
    monday = (cutoff.dt.normalize() - pd.to_timedelta(cutoff.dt.day_of_week, unit="D")).to_numpy("datetime64[D]")
    firsts = [look(rows.keys, one, rows.label, period.inside) for one in flagged]
    entity = rows.entity.astype(str)
    for week in np.unique(monday[period.inside]):
        inside = period.inside & (monday == week)
        who = [set(entity[inside & one]) for one in flagged]
        began = [first.flagged & (monday[first.row] == week) for first in firsts]
        rows_of = [first.row[mine] for first, mine in zip(firsts, began, strict=True)]
        amount = rows.amount
        yield Week(
            str(week),
            len(set(entity[inside])),
            (len(who[0]), len(who[1])),
            (int(began[0].sum()), int(began[1].sum())),
            (int((rows.label[rows_of[0]] == 1).sum()), int((rows.label[rows_of[1]] == 1).sum())),
            len(who[0] & who[1]),
            None if amount is None else (float(amount[rows_of[0]].sum()), float(amount[rows_of[1]].sum())),
        )
