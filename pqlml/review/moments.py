"""What the search for moments returns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pqlml.review.effect import Effect
from pqlml.review.first_days import Action
from pqlml.times import iso

Verdict = Literal["confirmed", "not confirmed"]

_LONGEST_WEEKS: Final = 104
"""Nobody waits longer for the sign-ups of an experiment."""


@dataclass(frozen=True)
class Condition:
    """An action, at least so often."""

    action: Action
    at_least: int

    def __str__(self) -> str:
        """Return words such as ``at least 3 invitations sent``, or ``any invitations sent`` where one will do."""
        return f"any {self.action.noun}" if self.at_least == 1 else f"at least {self.at_least} {self.action.noun}"


@dataclass(frozen=True)
class Rule:
    """One condition or two, within so many days after sign-up."""

    conditions: tuple[Condition, ...]
    days: int

    def __str__(self) -> str:
        """Return words such as ``at least 3 invitations sent within 7 days``."""
        within = f"within {self.days} days" if self.days > 1 else "within 1 day"
        return f"{' and '.join(map(str, self.conditions))} {within}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "conditions": [{"action": one.action.name, "at_least": one.at_least} for one in self.conditions],
            "days": self.days,
            "words": str(self),
        }


@dataclass(frozen=True)
class Experiment:
    """The experiment that would tell whether the action causes conversions.

    Attributes
    ----------
    uptake
        Assumed: by how much help raises the share of those who do it.
    effect
        By how much the conversion rate of the helped arm then rises, if what is left of the ratio among equally active
        ones is causal: ``uptake`` times the rate of the others times what the ratio is above 1.
    per_arm
        Entities per arm for that effect to be found in 80 of 100 experiments, at 5 % two-sided.
    least_effect, most_per_arm
        The same at the lower end of the ratio's interval; there is no such size where that end is not above 1.
    weeks
        How long new sign-ups take to fill both arms, at the pace of the data; ``days`` follow until the last one's
        window is over.
    """

    base_rate: float
    uptake: float
    effect: float
    per_arm: int
    weeks: float
    least_effect: float
    most_per_arm: int | None
    days: float

    @property
    def assumption(self) -> str:
        """What the sizes rest on, in words."""
        return (
            f"assuming that help brings {100 * self.uptake:.0f} more of every 100 to do it, and that what is left "
            f"among equally active ones is causal"
        )

    @property
    def at_worst(self) -> str:
        """The size at the lower end of the interval, in words."""
        if self.most_per_arm is None:
            return "at the lower end of the interval there is no effect, and no experiment could show one"
        many = f"at the lower end of the interval {self.most_per_arm:,} per half"
        longer = self.weeks * self.most_per_arm / self.per_arm
        if longer <= _LONGEST_WEEKS:
            return f"{many}, about {max(longer, 1):.0f} week{'s' if longer >= 1.5 else ''} of sign-ups"  # noqa: PLR2004 - rounds to 2
        return f"{many}, {longer / 52:,.0f} years of sign-ups: more than an experiment can wait for"

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**vars(self), "assumption": self.assumption, "at_worst": self.at_worst}


@dataclass(frozen=True)
class Moment:
    """An action that goes together with later conversion, more than general activity explains.

    Attributes
    ----------
    chance
        How often a search of this size finds one as strong where there is none, on the earlier sign-ups.
    found, later
        What was measured on the earlier sign-ups, among which it was found, and on the later ones.
    later_chance
        How often chance gives as much on the later sign-ups; they were not searched.
    mostly_activity
        Whether less than half of the raw ratio, as a logarithm, is left among equally active entities. What is left may
        still be more than chance: then it is confirmed, and both is told.
    alike
        Rules that the data hardly tells from this one: counts and days from lowest to highest.
    """

    rule: Rule
    chance: float
    found: Effect
    later: Effect
    later_chance: float
    verdict: Verdict
    mostly_activity: bool
    alike: tuple[Rule, ...]
    experiment: Experiment | None

    @property
    def judged(self) -> str:
        """The verdict in words, with how much of it is activity."""
        return f"{self.verdict}, much of it activity" if self.mostly_activity else self.verdict

    @property
    def activity(self) -> str:
        """How much of the ratio is left among equally active ones, in words; empty where it is half or more."""
        if not self.mostly_activity:
            return ""
        left = "is more than chance gives" if self.verdict == "confirmed" else "may be chance"
        return (
            f"Much of it is activity. Of the later sign-ups, those who did it converted {self.later.crude_ratio:.1f} "
            f"times as often as all others, and {self.later.ratio[0]:.1f} times as often as equally active ones: less "
            f"than half of the difference (as a logarithm) is left. What is left {left}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "rule": self.rule.as_dict(),
            "verdict": self.verdict,
            "judged": self.judged,
            "chance": self.chance,
            "later_chance": self.later_chance,
            "mostly_activity": self.mostly_activity,
            "found": self.found.as_dict(),
            "later": self.later.as_dict(),
            "alike": [rule.as_dict() for rule in self.alike],
            "experiment": None if self.experiment is None else self.experiment.as_dict(),
        }


@dataclass(frozen=True)
class FoundMoments:
    """The search and its outcome.

    Attributes
    ----------
    split_at
        Sign-ups before it were searched; later ones confirm.
    tried
        Rules that were tried.
    nameable
        Actions that are signals of their own, so that a definition can name features of them.
    moments
        Strongest first; not confirmed ones are told too.
    only_activity
        Rules that look like moments, strongest first, until equally active entities are compared: then nothing is
        left of them for sure, or less than half and no more than a search of this size finds by chance.
    looked_at
        Days -> entities looked at, with ``converted`` afterwards and the reasons why others are not.
    """

    split_at: dt.datetime
    tried: int
    nameable: frozenset[str]
    actions: tuple[Action, ...]
    moments: tuple[Moment, ...]
    only_activity: tuple[tuple[Rule, Effect], ...]
    looked_at: Mapping[int, Mapping[str, int]]

    @property
    def confirmed(self) -> tuple[Moment, ...]:
        """The moments that later sign-ups confirm."""
        return tuple(moment for moment in self.moments if moment.verdict == "confirmed")

    @property
    def unconfirmed(self) -> tuple[Moment, ...]:
        """What was found among the earlier sign-ups, and not again among the later ones."""
        return tuple(moment for moment in self.moments if moment.verdict != "confirmed")

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        if self.confirmed:
            best = self.confirmed[0]
            times = f", {best.later.ratio[0]:.1f} times as often as equally active others" if best.later.others else ""
            much = ", much of it activity" if best.mostly_activity else ""
            return (
                f"Those with {best.rule} convert later{times}{much} ({len(self.confirmed)} moment"
                f"{'s' if len(self.confirmed) > 1 else ''} confirmed; association, not proof)."
            )
        if self.unconfirmed:
            number = "one rule" if len(self.unconfirmed) == 1 else f"{len(self.unconfirmed)} rules"
            return f"No moment: {number} stood out among earlier sign-ups, and later ones do not confirm it."
        if self.only_activity:
            return "No moment: heavier users do more of everything and convert more; no action stands out beyond that."
        return "No moment: no action of the first days goes together with later conversion beyond chance."

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "headline": self.headline,
            "split_at": iso(self.split_at),
            "tried": self.tried,
            "actions": [action.name for action in self.actions],
            "looked_at": [{"days": days, "entities": dict(counts)} for days, counts in self.looked_at.items()],
            "moments": [moment.as_dict() for moment in self.moments],
            "only_activity": [
                {"rule": rule.as_dict(), "measured": measured.as_dict()} for rule, measured in self.only_activity
            ],
        }
