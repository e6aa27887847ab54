"""What to do with a lead of each tier, in words. A person always reviews the lead first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pqlml.schema import Tier
from pqlml.web.phrases import Words

_CONTACTED: Final[tuple[Tier, ...]] = ("critical", "hot", "warm")
"""Tiers whose leads somebody may write to."""
_ANSWERS: Final = ("engaged", "neutral", "silent")


@dataclass(frozen=True)
class FollowUp:
    """What to do after the first contact, by the answer."""

    response: str
    action: str


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


def next_step(tier: Tier, words: Words) -> NextStep:
    """Return the suggestion for a tier in a language."""
    title, steps = words.say(f"next.{tier}.title"), words.all_of(f"next.{tier}.steps")
    if tier not in _CONTACTED:
        return NextStep(title, steps)
    answers = (
        FollowUp(words.say(f"next.follow_up.{each}.response"), words.say(f"next.follow_up.{each}.action"))
        for each in _ANSWERS
    )
    return NextStep(title, steps, words.say("next.opening"), words.say("next.hold_back"), tuple(answers))
