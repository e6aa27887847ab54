"""The daily conversion hazard: a linear score of states that were known before the day began.

``rate = exp(base_log_hazard + sum over drivers of weight * level)``, and an account converts on a day with the
probability ``1 - exp(-rate)``. Nothing else, and nothing hidden, enters it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.events.simulate.accounts import (
    IDEAL_EMPLOYEES,
    PERSONA_INDUSTRIES,
    TARGET_INDUSTRIES,
)
from pqlml.events.simulate.columns import Floats
from pqlml.events.simulate.world import Effects

MAX_LOG_RATE: Final = -1.0


@dataclass(frozen=True)
class Driver:
    """One planted effect.

    Attributes
    ----------
    name
        The name of its multiplier in `Effects`.
    group
        The signal of the shipped definition, or the role of an attribute, that shows it.
    events
        The events that move it; empty for attributes.
    weight
        What one unit of the level adds to the log-hazard.
    level
        The state, in words.
    window_days
        How long an event counts; null where it counts for ever, or where no event does.
    cap
        The highest level.
    """

    name: str
    group: str
    events: tuple[str, ...]
    weight: float
    level: str
    window_days: int | None = None
    cap: int = 1


DRIVERS: Final = (
    Driver("limit_hit", "limit_hit", ("limit_hit",), 0.45, "plan limits hit in the last 28 days, at most 4", 28, 4),
    Driver("pricing", "pricing", ("pricing_viewed",), 1.1, "pricing viewed in the last 14 days", 14),
    Driver("aha", "invited", ("invite_sent",), 1.2, "the aha moment was reached"),
    Driver("joined", "joined", ("member_joined",), 0.25, "teammates joined, at most 5", None, 5),
    Driver("active", "active", ("signed_in",), 0.11, "active days in the last 14", 14, 14),
    Driver("silence", "active", ("signed_in",), -0.8, "no activity in the last 7 days", 7),
    Driver("paid_feature", "paid_feature", ("paid_feature_tried",), 0.8, "paid feature tried in the last 28 days", 28),
    Driver("hand_raised", "hand_raised", ("sales_contacted",), 1.7, "sales contacted in the last 14 days", 14),
    Driver("company_size", "company_size", (), 0.8, "recorded employees in [{}, {}]".format(*IDEAL_EMPLOYEES)),
    Driver("industry", "industry", (), 0.5, "industry is " + " or ".join(TARGET_INDUSTRIES)),
    Driver("persona", "industry", (), -2.4, "industry is " + " or ".join(PERSONA_INDUSTRIES)),
    Driver("trial_ending", "trial", (), 0.8, "the trial ends within 4 days", 4),
    Driver("outreach", "outreach", (), 0.6, "sales reached out in the last 14 days", 14),
)
"""The planted effects, in the order of the rows of every array of levels."""
ROW: Final = {driver.name: row for row, driver in enumerate(DRIVERS)}
BY_NAME: Final = {driver.name: driver for driver in DRIVERS}


def weights(effects: Effects) -> Floats:
    """Return the weight of each driver, times its multiplier."""
    return np.array([driver.weight * getattr(effects, driver.name) for driver in DRIVERS])


def daily_rate(score: Floats) -> Floats:
    """Return the conversion rate per day of a log-hazard; capped, so that a day never converts almost surely."""
    return np.exp(np.minimum(score, MAX_LOG_RATE))
