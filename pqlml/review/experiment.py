"""The experiment that would prove a moment: who, how many, how long."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from pqlml.review.effect import Effect
from pqlml.review.moments import Experiment

UPTAKE: Final = 0.25
"""Assumed: help brings so many more of every hundred to do it. Whoever runs the experiment knows better."""
POWER: Final = 0.8
SIGNIFICANCE: Final = 0.05


def experiment(measured: Effect, signups_per_week: float, days: float) -> Experiment | None:
    """Plan a randomised encouragement of half of the new sign-ups; null if nothing was measured to plan by.

    The arms are compared as they were assigned, whether or not the helped ones did it, which is the only comparison
    that chance alone decides. The effect is that of the later sign-ups: on those that were searched it is flattered.
    Whoever needs help to do it is an ordinary sign-up: at best their rate is that of the others times the ratio that is
    left among equally active ones, and not that of heavy users, who did it of themselves.

    Parameters
    ----------
    days
        Days after a sign-up until its outcome is known.
    """
    base = measured.hits / measured.rows if measured.rows else 0.0
    gain, least, _ = (UPTAKE * measured.others * (ratio - 1) for ratio in measured.ratio)
    per_arm = _arm(base, gain)
    if per_arm is None or signups_per_week <= 0:
        return None
    return Experiment(
        base_rate=base,
        uptake=UPTAKE,
        effect=gain,
        per_arm=per_arm,
        weeks=2 * per_arm / signups_per_week,
        least_effect=least,
        most_per_arm=_arm(base, least),
        days=days,
    )


def _arm(base: float, gain: float) -> int | None:
    """Return the size of an arm for a gain; null where there is none to be found."""
    if not 0 < base < 1 or not math.isfinite(gain) or gain <= 0:
        return None
    return entities_per_arm(base, min(base + gain, 0.999))


def entities_per_arm(control: float, treated: float) -> int:
    """Return how many entities each arm needs (two proportions, two-sided; Fleiss).

    Examples
    --------
    >>> entities_per_arm(0.05, 0.06)
    8158
    """
    normal = NormalDist()
    alpha, beta = normal.inv_cdf(1 - SIGNIFICANCE / 2), normal.inv_cdf(POWER)
    middle = (control + treated) / 2
    root = alpha * math.sqrt(2 * middle * (1 - middle))
    root += beta * math.sqrt(control * (1 - control) + treated * (1 - treated))
    return math.ceil((root / (treated - control)) ** 2)
