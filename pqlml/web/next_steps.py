"""What to do with a lead of each tier, in words. A person always reviews the lead first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pqlml.schema import Tier

REVIEW: Final = "Review the profile first: a person decides, the score only suggests."
ASSIGN: Final = "Assign one rep, who owns the lead from here on."
PREPARE: Final = "Prepare: what did they use, what did they reach, where did they get stuck?"
OPENING: Final = "Open with what they actually did. Offer to remove what is in their way. Do not push."
HOLD_BACK: Final = (
    "Wait if they have not felt the product's value yet, if their trial is over, "
    "or if the week was quiet (no sign-in for 7 days)."
)


@dataclass(frozen=True)
class FollowUp:
    """What to do after the first contact, by the answer."""

    response: str
    action: str


FOLLOW_UPS: Final = (
    FollowUp("Engaged", "A demo within 24 to 48 hours."),
    FollowUp("Neutral", "Again in a week, with a case study."),
    FollowUp("Silent", "One nudge after 3 to 4 days, then nurture; again when their use picks up."),
)


@dataclass(frozen=True)
class NextStep:
    """A suggestion.

    Attributes
    ----------
    title
        The suggestion in a few words.
    steps
        What to do, in order.
    opening
        How to speak to them; null where no personal contact is suggested.
    hold_back
        When not to; null where no personal contact is suggested.
    follow_ups
        What to do next, by their answer; empty where no personal contact is suggested.
    """

    title: str
    steps: tuple[str, ...]
    opening: str | None = None
    hold_back: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()


NEXT_STEPS: Final[Mapping[Tier, NextStep]] = {
    "critical": NextStep(
        "Contact them today",
        (REVIEW, ASSIGN, PREPARE, "Call or write personally, today."),
        OPENING,
        HOLD_BACK,
        FOLLOW_UPS,
    ),
    "hot": NextStep(
        "Contact them within a day",
        (REVIEW, ASSIGN, PREPARE, "Call or write personally within 24 hours."),
        OPENING,
        HOLD_BACK,
        FOLLOW_UPS,
    ),
    "warm": NextStep(
        "Nurture, with a light touch",
        (
            REVIEW,
            "Keep them in the automated nurture programme.",
            "If you write, offer help with the next thing they have not tried. Nothing to sell yet.",
            "Watch for hot signals: a plan limit hit, the pricing page, new teammates.",
        ),
        OPENING,
        HOLD_BACK,
        FOLLOW_UPS,
    ),
    "cold": NextStep(
        "Leave them to the nurture programme",
        (
            "No personal contact now; the nurture programme goes on.",
            "They are scored again with every run and move up when their use picks up.",
            "If you know something that the score does not: review the profile first, then decide.",
        ),
    ),
}
