"""What a proposal says: changes of a definition, each with its evidence and with what to expect of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pqlml.definition.model import Definition
from pqlml.definition.parts import PointsRule
from pqlml.review.expectation import Expected, PairedDifference
from pqlml.review.looks import FlagCounts
from pqlml.review.period import Period
from pqlml.times import iso

Kind = Literal["weight", "drop", "add"]


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
    precision, recall
        What this change alone does in the later part, with thresholds that flag as many as before.
    """

    kind: Kind
    rule: PointsRule
    words: str
    place: int | None
    old: float | None
    new: float | None
    origin: str
    evidence: Evidence
    precision: PairedDifference
    recall: PairedDifference

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
    """

    old: Definition
    new: Definition
    changes: tuple[PointsChange, ...]
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

    @property
    def verdict(self) -> Literal["better", "open", "worse", "nothing to change"]:
        """Whether the later part tells that more of the flagged convert."""
        if not self.changes:
            return "nothing to change"
        if self.precision_difference.low > 0:
            return "better"
        return "worse" if self.precision_difference.high < 0 else "open"

    @property
    def headline(self) -> str:
        """The proposal in one sentence."""
        if not self.changes:
            return "Nothing to change: the conversions do not contradict the points, and no new criterion stands out."
        words = {
            "better": "the later period says it is better",
            "worse": "the later period says it is WORSE: do not adopt it",
            "open": "the later period does not tell it from the old one",
        }
        return (
            f"{len(self.changes)} changes: precision {self.before.precision:.1%} -> {self.after.precision:.1%}, recall "
            f"{self.before.recall:.0%} -> {self.after.recall:.0%}; {words[self.verdict]}. Expect a precision of "
            f"{self.precision.low:.1%} to {self.precision.high:.1%}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "headline": self.headline,
            "verdict": self.verdict,
            "flagged_from": self.from_tier,
            "found_on": {"rows": self.found_on, "until": iso(self.period.start)},
            "judged_on": {
                "rows": self.judged_on,
                "from": iso(self.period.start),
                "until": iso(self.period.end),
            },
            "changes": [change.as_dict() for change in self.changes],
            "thresholds": {tier: {"old": old, "new": new} for tier, (old, new) in self.thresholds.items()},
            "old": self.before.as_dict(),
            "new": self.after.as_dict(),
            "expected": {
                "precision": self.precision.as_dict(),
                "recall": self.recall.as_dict(),
                "precision_difference": self.precision_difference.as_dict(),
                "recall_difference": self.recall_difference.as_dict(),
            },
        }
