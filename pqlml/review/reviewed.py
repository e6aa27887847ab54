"""What a review of one past period tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pqlml.report.numbers import percent
from pqlml.review.dispositions import Disposition, Heard
from pqlml.review.drift import Baseline, Drift
from pqlml.review.effect import wilson
from pqlml.review.flags import By
from pqlml.review.looks import FlagCounts
from pqlml.review.period import Period
from pqlml.review.reckoning import Reckoning
from pqlml.review.slices import Slice


class Portion(NamedTuple):
    """Some leads of the period: ``by`` a tier, a dimension or an attribute.

    ``of`` are the conversions of all leads of the period, in this part or not.
    """

    by: str
    value: str
    counts: FlagCounts
    of: int

    @property
    def recall(self) -> float:
        """Share of all conversions of the period that this part holds; NaN if nobody converted."""
        return self.counts.converted / self.of if self.of else float("nan")

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of :attr:`recall`."""
        return wilson(self.counts.converted, self.of)

    @property
    def rate(self) -> float:
        """Share of its leads that converted."""
        return self.counts.converted / self.counts.total

    @property
    def rate_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of :attr:`rate`."""
        return wilson(self.counts.converted, self.counts.total)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; recall is that of all conversions, not of those in the part."""
        shares = {"recall": self.recall, "recall_interval": list(self.recall_interval)}
        return {"by": self.by, "value": self.value, **self.counts.as_dict(), **shares}


class OrBetter(NamedTuple):
    """What flagging a tier and all better ones does: each lead is looked at when it first reached one of them."""

    tier: str
    counts: FlagCounts

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"tier": self.tier, **self.counts.as_dict()}


class Apart(NamedTuple):
    """A part of the score that differs between two groups of leads: means, and their difference with its interval."""

    part: str
    dimension: str
    wrong: float
    right: float
    difference: tuple[float, float, float]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**self._asdict(), "difference": list(self.difference)}


class Example(NamedTuple):
    """A lead that was judged wrongly.

    ``facts`` are what spoke for it most in the score, and by what it stands out most among the leads it is looked at
    with, in words.
    """

    entity_id: str
    cutoff: str
    tier: str
    score: float
    slices: tuple[str, ...]
    facts: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**self._asdict(), "slices": list(self.slices), "facts": list(self.facts)}


@dataclass(frozen=True)
class Errors:
    """False positives or false negatives.

    Attributes
    ----------
    leads, wrong
        Leads among which they were sought, and how many there are.
    slices
        Where they are over-represented.
    unused
        Of each slice, the features that have no part in the score.
    apart
        How the parts of the score differ from those of the leads that were judged rightly, farthest apart first.
    """

    leads: int
    wrong: int
    slices: tuple[Slice, ...]
    unused: Mapping[str, tuple[str, ...]]
    apart: tuple[Apart, ...]
    examples: tuple[Example, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "leads": self.leads,
            "wrong": self.wrong,
            "slices": [{**found.as_dict(), "not_in_the_score": list(self.unused[str(found)])} for found in self.slices],
            "contributions": [found.as_dict() for found in self.apart],
            "examples": [found.as_dict() for found in self.examples],
        }


@dataclass(frozen=True)
class Reviewed:
    """A review.

    Attributes
    ----------
    reckoning
        What was counted in which unit.
    counts, counts_before
        Entities of the period, and of as long a time before it (null where there is none).
    rate_before, rate
        Conversions per row before the period and in it.
    expected
        By the model: conversions per row that it expected.
    or_better
        What flagging from each tier on does, the best tier first.
    heard
        Where the leads of the file of dispositions are; null without one.
    compared
        What drift is told against; null where there is nothing.
    """

    by: By
    from_tier: str
    period: Period
    reckoning: Reckoning
    counts: FlagCounts
    counts_before: FlagCounts | None
    rate_before: float | None
    rate: float
    expected: float | None
    parts: tuple[Portion, ...]
    or_better: tuple[OrBetter, ...]
    false_positives: Errors
    false_negatives: Errors
    dispositions: tuple[Disposition, ...]
    heard: Heard | None
    drift: tuple[Drift, ...]
    compared: Baseline | None

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        counts, found = self.counts, (len(self.false_positives.slices), len(self.false_negatives.slices))
        if not counts.flagged:
            return f"No lead was flagged; {counts.converted:,} of {counts.total:,} leads converted."
        if not counts.converted:
            return f"Nobody converted in this period: {counts.flagged:,} of {counts.total:,} leads were flagged."
        late = f", {counts.late:,} too early" if counts.late else ""
        return (
            f"{counts.true_positives:,} of {counts.flagged:,} flagged leads converted ({percent(counts.precision)}). "
            f"Of {counts.converted:,} leads that converted, {counts.true_positives:,} were flagged in time{late}, "
            f"{counts.false_negatives:,} never. Slices that stand out: {found[0]} of false alarms, {found[1]} of "
            f"missed leads."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "headline": self.headline,
            "by": self.by,
            "flagged_from": self.from_tier,
            "period": self.period.as_dict(),
            "reckoning": self.reckoning.as_dict(),
            "counts": self.counts.as_dict(),
            "before": None if self.counts_before is None else self.counts_before.as_dict(),
            "parts": [part.as_dict() for part in self.parts],
            "or_better": [part.as_dict() for part in self.or_better],
            "false_positives": self.false_positives.as_dict(),
            "false_negatives": self.false_negatives.as_dict(),
            "dispositions": [found.as_dict() for found in self.dispositions],
            "dispositions_matched": None if self.heard is None else self.heard.as_dict(),
            "drift": {
                "rate_before": self.rate_before,
                "rate": self.rate,
                "expected": self.expected,
                "compared_with": None if self.compared is None else self.compared.as_dict(),
                "features": [found._asdict() for found in self.drift],
            },
        }
