"""What a proposal says: changes of a definition, each with its evidence and with what to expect of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule
from pqlml.report.numbers import NOTHING, percent
from pqlml.review.expectation import Expected, PairedDifference
from pqlml.review.finding import Kind
from pqlml.review.looks import FlagCounts
from pqlml.review.period import Period
from pqlml.times import iso

Why = Literal["earlier", "later"]
"""The part that left a change out: the earlier one, where it gains nothing, or the later one, which calls it worse."""


Verdict = Literal["better", "open", "worse"]


def told(difference: PairedDifference) -> Verdict:
    """Tell whether an interval says better, worse, or leaves it open."""
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "open"


@dataclass(frozen=True)
class Evidence:
    """What the earlier part says of a criterion.

    Attributes
    ----------
    met, rate_met, rate_not_met
        Share of the rows that meet it, and conversion rates with and without.
    odds
        By how much it multiplies the odds of converting, given all other criteria, with its 95 % interval.
    """

    met: float
    rate_met: float
    rate_not_met: float
    odds: tuple[float, float, float]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**vars(self), "odds": list(self.odds)}


@dataclass(frozen=True)
class PointsChange:
    """One change of the points.

    Attributes
    ----------
    place
        Place of the rule in the old list; null for a new one.
    old, new
        Points before and after; null where there is no rule.
    origin
        Where a new criterion comes from.
    earlier
        What it did for precision in the earlier part when it was decided upon, with points fitted on other entities.
    precision, recall
        What it does in the later part beside all that is proposed: with it minus without it, as many leads flagged.
    """

    kind: Kind
    rule: PointsRule
    words: str
    place: int | None
    old: float | None
    new: float | None
    origin: str
    evidence: Evidence
    earlier: PairedDifference
    precision: PairedDifference
    recall: PairedDifference

    @property
    def verdict(self) -> Verdict:
        """What the later part says of it, beside the other changes."""
        return told(self.precision)

    @property
    def comment(self) -> str:
        """What stands behind a new rule in the file."""
        odds = self.evidence.odds
        where = self.origin if self.origin.startswith("moment") else self.origin.partition(":")[0]
        return f"from {where}: odds times {odds[0]:.1f} ({odds[1]:.1f} to {odds[2]:.1f})"

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": self.kind,
            "rule": self.rule.model_dump(mode="json", exclude={"points"}),
            "words": self.words,
            "old": self.old,
            "new": self.new,
            "origin": self.origin,
            "evidence": self.evidence.as_dict(),
            "earlier": self.earlier.as_dict(),
            "verdict": self.verdict,
            "precision": self.precision.as_dict(),
            "recall": self.recall.as_dict(),
        }


@dataclass(frozen=True)
class Proposal:
    """A changed definition, and what to expect of it.

    Attributes
    ----------
    new
        The definition with all changes; equal to the old one if there are none.
    left_out
        Changes that were found and are not proposed, and for which part of the rows.
    thresholds
        Tier -> old and new threshold, so that as many leads are in each tier as before.
    found_on, judged_on
        Rows of the earlier part, on which the changes were found, and of the later part, on which they were judged.
    before, after
        Entities of the later part by the old and the new definition.
    precision, recall
        What to expect of the new definition in a further period of the same length.
    precision_difference, recall_difference
        New minus old, on the later part.
    at_same_number
        New minus old in precision there, if exactly as many entities were flagged.
    """

    old: Definition
    new: Definition
    changes: tuple[PointsChange, ...]
    left_out: tuple[tuple[PointsChange, Why], ...]
    thresholds: Mapping[str, tuple[float, float]]
    from_tier: str
    period: Period
    found_on: int
    judged_on: int
    before: FlagCounts
    after: FlagCounts
    precision: Expected
    recall: Expected
    precision_difference: PairedDifference
    recall_difference: PairedDifference
    at_same_number: PairedDifference

    @property
    def verdict(self) -> Literal["better", "open", "worse", "nothing to change"]:
        """Whether the later part tells that more of the flagged convert.

        Worse is what is worse as it stands, or with as many leads flagged; better only the latter, since whoever flags
        fewer has the better precision for that alone.
        """
        if not self.changes:
            return "nothing to change"
        if "worse" in {told(self.precision_difference), told(self.at_same_number)}:
            return "worse"
        return told(self.at_same_number)

    @property
    def adoptable(self) -> bool:
        """Whether there is something to adopt: changes that the later part does not call worse."""
        return bool(self.changes) and self.verdict != "worse"

    @property
    def headline(self) -> str:
        """The proposal in one sentence or two."""
        if not self.changes:
            if not self.left_out:
                return (
                    "Nothing to change: the conversions do not contradict the points, and no new criterion stands out."
                )
            number = len(self.left_out)
            told = "1 change was found, and did" if number == 1 else f"{number} changes were found, and they did"
            return f"Nothing to change: {told} not hold up."
        change = (
            f"{_changes(len(self.changes))}: of those flagged {_share(self.before.precision)} converted with the old "
            f"points and {_share(self.after.precision)} with the new ones, recall {percent(self.before.recall)} and "
            f"{percent(self.after.recall)}"
        )
        if self.verdict == "worse":
            return f"{change}; the later period says that this is WORSE: nothing is proposed."
        words = {
            "better": "the later period says that this is better",
            "open": "in the later period this makes no measurable difference",
        }
        return (
            f"{change}; {words[self.verdict]}. Expect a precision of {_share(self.precision.low)} to "
            f"{_share(self.precision.high)}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "headline": self.headline,
            "verdict": self.verdict,
            "flagged_from": self.from_tier,
            "found_on": {"rows": self.found_on, "until": iso(self.period.start)},
            "judged_on": {"rows": self.judged_on, **self.period.as_dict()},
            "changes": [change.as_dict() for change in self.changes],
            "left_out": [{**change.as_dict(), "because_of": why} for change, why in self.left_out],
            "thresholds": {tier: {"old": old, "new": new} for tier, (old, new) in self.thresholds.items()},
            "old": self.before.as_dict(),
            "new": self.after.as_dict(),
            "expected": {
                "precision": self.precision.as_dict(),
                "recall": self.recall.as_dict(),
                "precision_difference": self.precision_difference.as_dict(),
                "recall_difference": self.recall_difference.as_dict(),
                "precision_difference_at_same_number": self.at_same_number.as_dict(),
            },
        }


def _share(share: float) -> str:
    """Write a share with the decimal in which two precisions differ."""
    return NOTHING if math.isnan(share) else f"{share:.1%}"


def _changes(number: int) -> str:
    return "1 change" if number == 1 else f"{number} changes"
