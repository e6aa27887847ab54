"""Two definitions over the same history, week by week: who is flagged, who converts, who enters and leaves."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

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
from pqlml.times import iso

SAME: Final = ("entity", "sources", "population", "snapshots", "conversion")
"""Sections in which two definitions must agree: they say which leads are looked at, and what is true of them."""
_EXAMPLES: Final = 5
Part = Literal["all", "found on", "later"]
"""Weeks on which the new definition was found, later ones, or weeks of which that is not known."""


@dataclass(frozen=True)
class Week:
    """One week of cutoffs; ``flagged`` are leads, ``new_pqls`` those that are flagged for the first time.

    ``value`` is what the conversions of the new PQLs brought in; null where no amounts are known. A week in which the
    later part begins is two: one of each ``part``.
    """

    start: str
    leads: int
    flagged: tuple[int, int]
    new_pqls: tuple[int, int]
    converted: tuple[int, int]
    both: int
    value: tuple[float, float] | None
    part: Part = "all"

    @property
    def overlap(self) -> float:
        """Leads that both flag, of those that either flags; NaN if neither flags any."""
        either = sum(self.flagged) - self.both
        return self.both / either if either else float("nan")

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the old definition under ``old`` and the new one under ``new``."""
        return {
            "week": self.start,
            "part": self.part,
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
class FoundOn:
    """Both definitions over the weeks before the new one was found: they flatter it, so they are told apart."""

    weeks: int
    old: FlagCounts
    new: FlagCounts
    precision: PairedDifference
    recall: PairedDifference

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "weeks": self.weeks,
            "old_counts": self.old.as_dict(),
            "new_counts": self.new.as_dict(),
            "precision_difference": self.precision.as_dict(),
            "recall_difference": self.recall.as_dict(),
        }


@dataclass(frozen=True)
class Replayed:
    """The replay of two definitions.

    Attributes
    ----------
    by
        What flags: the points, or for each definition a model that was fitted on what was over before the period.
    weeks
        All weeks, with the part that each belongs to.
    old, new
        Leads of the weeks that count, each once: those after the new definition was found, where it says when and there
        are any, else all.
    entered, left
        Leads that only the new and only the old definition flags.
    precision, recall
        New minus old, with intervals over entities; both count the same conversions.
    found_before
        Before which instant the new definition was found and chosen; null where it does not say.
    found_on
        The weeks before that instant, where others count; else null.
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
    found_before: dt.datetime | None = None
    found_on: FoundOn | None = None

    @property
    def part(self) -> Part:
        """Which weeks the figures are of."""
        return self.weeks[-1].part if self.weeks else "all"

    @property
    def basis(self) -> str:
        """Which weeks count, and whether the new definition was found on them."""
        if self.found_before is None:
            return (
                "All weeks count: the new definition does not say when it was found, so some of them may be those it "
                "was found on, which flatters it."
            )
        found = f"The new definition was found and chosen before {self.found_before:%Y-%m-%d}"
        if self.part == "found on":
            return f"{found}, and so are all these weeks: they flatter it, and say nothing of later ones."
        if self.found_on is None:
            return f"{found}; all these weeks are later."
        return (
            f"{found}: the figures are those of the {self._number} weeks from then on; the {self.found_on.weeks} weeks "
            f"before flatter it, and stand apart."
        )

    @property
    def beside_review(self) -> str:
        """How its precision relates to that of a review."""
        since = self.period.start if self.found_on is None or self.found_before is None else self.found_before
        return (
            "Precision counts each lead once, at its first flag within these weeks, as a PQL; 'pqlml review' counts "
            f"alike, but over its own period (by default the latest cutoffs): with --from {since:%Y-%m-%d} and the "
            "same --until and --flag the two agree."
        )

    @property
    def _number(self) -> int:
        return sum(week.part == self.part for week in self.weeks)

    @property
    def headline(self) -> str:
        """The outcome in one sentence, for the weeks that count."""
        number = max(self._number, 1)
        which = {"all": "Old: ", "later": "In the later weeks, old: ", "found on": "In weeks it was found on, old: "}
        return (
            f"{which[self.part]}{self.old.flagged / number:.1f} PQLs a week, precision {_share(self.old.precision)}, "
            f"recall {percent(self.old.recall)}. New: {self.new.flagged / number:.1f}, {_share(self.new.precision)}, "
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
            "counted": self.part,
            "found_before": None if self.found_before is None else iso(self.found_before),
            "basis": self.basis,
            "beside_review": self.beside_review,
            "found_on": None if self.found_on is None else self.found_on.as_dict(),
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


def replay_rows(  # noqa: PLR0913 - what a replay is made of
    rows: Rows,
    old: Bools,
    new: Bools,
    period: Period,
    *,
    by: By = "points",
    from_tier: Tier = "hot",
    seed: int = 0,
    found_before: dt.datetime | None = None,
) -> Replayed:
    """Compare who two definitions flag over a period.

    Parameters
    ----------
    old, new
        Whether each definition flags each row.
    found_before
        Before which instant the new definition was found and chosen; the weeks from then on are told apart, and count.
    """
    parts = _parts(rows, period, found_before)
    weeks = tuple(week for part, inside in parts for week in _weeks(rows, (old, new), part, inside))
    inside = parts[-1][1]
    before, after = (look(rows.keys, flagged, rows.label, inside) for flagged in (old, new))
    precision, recall = differences(before, after, np.random.default_rng(seed))
    entity = rows.entity[before.row].astype(str)
    return Replayed(
        by,
        from_tier,
        period,
        weeks,
        count(before, rows.amount),
        count(after, rows.amount),
        int((before.flagged & after.flagged).sum()),
        _moved(entity, after.flagged & ~before.flagged, after.converted),
        _moved(entity, before.flagged & ~after.flagged, before.converted),
        precision,
        recall,
        found_before,
        _found_on(rows, (old, new), parts[0][1], seed) if len(parts) > 1 else None,
    )


def _parts(rows: Rows, period: Period, found_before: dt.datetime | None) -> list[tuple[Part, Bools]]:
    """Return the parts of the period that have rows, the one that counts last."""
    if found_before is None:
        return [("all", period.inside)]
    later = rows.keys["cutoff"].to_numpy("datetime64[us]") >= np.datetime64(found_before)
    parts: list[tuple[Part, Bools]] = [("found on", period.inside & ~later), ("later", period.inside & later)]
    return [(part, inside) for part, inside in parts if inside.any()]


def _found_on(rows: Rows, flagged: tuple[Bools, Bools], inside: Bools, seed: int) -> FoundOn:
    before, after = (look(rows.keys, one, rows.label, inside) for one in flagged)
    precision, recall = differences(before, after, np.random.default_rng(seed))
    number = len(np.unique(_monday(rows)[inside]))
    return FoundOn(number, count(before, rows.amount), count(after, rows.amount), precision, recall)


def _monday(rows: Rows) -> np.ndarray:
    """Return the Monday of each row's week."""
    cutoff = rows.keys["cutoff"]
    monday = cutoff.dt.normalize() - pd.to_timedelta(cutoff.dt.day_of_week, unit="D")
    days: np.ndarray = monday.to_numpy("datetime64[D]")
    return days


def _moved(entity: np.ndarray, who: Bools, converted: Bools) -> Moved:
    order = np.flatnonzero(who)
    order = order[np.argsort(~converted[order], kind="stable")]
    return Moved(int(who.sum()), int((who & converted).sum()), tuple(entity[order[:_EXAMPLES]]))


def _weeks(rows: Rows, flagged: tuple[Bools, Bools], part: Part, among: Bools) -> Iterator[Week]:
    """Yield the weeks of a part, Monday to Sunday."""
    monday = _monday(rows)
    firsts = [look(rows.keys, one, rows.label, among) for one in flagged]
    entity = rows.entity.astype(str)
    for week in np.unique(monday[among]):
        inside = among & (monday == week)
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
            part,
        )
