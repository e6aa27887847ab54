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

    Parameters
    ----------
    days
        Days after a sign-up until its outcome is known.
    """
    base = measured.hits / measured.rows if measured.rows else 0.0
    gain = UPTAKE * measured.difference[0]
    if not 0 < base < 1 or math.isnan(gain) or gain <= 0 or signups_per_week <= 0:
        return None
    per_arm = entities_per_arm(base, min(base + gain, 0.999))
    return Experiment(base, UPTAKE, gain, per_arm, 2 * per_arm / signups_per_week, days)


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
