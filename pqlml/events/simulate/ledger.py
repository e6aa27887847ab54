"""What is known of each account at the start of a day, and the levels of the drivers that follow from it."""

from __future__ import annotations

import numpy as np

from pqlml.events.simulate.accounts import Accounts
from pqlml.events.simulate.behaviour import COLUMN
from pqlml.events.simulate.columns import NEVER, Bools, Floats, Ints
from pqlml.events.simulate.hazard import BY_NAME, DRIVERS, ROW
from pqlml.events.simulate.world import World

LAST_SEEN = {"pricing": "pricing_viewed", "paid_feature": "paid_feature_tried", "hand_raised": "sales_contacted"}
"""Drivers that are on for some days after an event."""

LIMITS_FOR_A_FLAG = 2


class Ledger:
    """The true history of a block of accounts, whether or not its events were collected.

    Attributes
    ----------
    limits, active_days
        Totals before each age (ages x accounts).
    last
        Age of the newest event of each driver in `LAST_SEEN`, and of the newest active day (``active``).
    joined, open_invites, early_invites
        Teammates, invitations neither accepted nor lapsed, invitations within the days of the aha moment.
    aha_age
        Age at whose end the aha moment had been reached.
    picked_age, contacted_age
        Age at which sales picked the account, and at which it reached out (to a treated account).
    """

    def __init__(self, accounts: Accounts, world: World) -> None:
        size = len(accounts)
        self.accounts = accounts
        self.aha = world.aha
        self.limits = np.zeros((world.days + 1, size), dtype=np.int64)
        self.active_days = np.zeros((world.days + 1, size), dtype=np.int64)
        self.last = {name: np.full(size, NEVER, dtype=np.int64) for name in (*LAST_SEEN, "active")}
        self.joined = np.zeros(size, dtype=np.int64)
        self.open_invites = np.zeros(size, dtype=np.int64)
        self.early_invites = np.zeros(size, dtype=np.int64)
        self.aha_age = np.full(size, NEVER, dtype=np.int64)
        self.picked_age = np.full(size, NEVER, dtype=np.int64)
        self.contacted_age = np.full(size, NEVER, dtype=np.int64)

    def record(self, age: int, rows: Ints, counts: Ints) -> None:
        """Enter what the accounts at ``rows`` did on the day of that age; all others did nothing."""
        self.limits[age + 1] = self.limits[age]
        self.limits[age + 1, rows] += counts[:, COLUMN["limit_hit"]]
        self.active_days[age + 1] = self.active_days[age]
        self.active_days[age + 1, rows] += 1
        self.last["active"][rows] = age
        for name, event in LAST_SEEN.items():
            self.last[name][rows[counts[:, COLUMN[event]] > 0]] = age
        invites = counts[:, COLUMN["invite_sent"]]
        self.open_invites[rows] += invites
        if age < self.aha.days:
            self.early_invites[rows] += invites
            news = rows[(self.early_invites[rows] >= self.aha.count) & (self.aha_age[rows] == NEVER)]
            self.aha_age[news] = age

    def recent(self, totals: Ints, age: int, window_days: int) -> Ints:
        """Return the part of the totals that lies in the window before the day of that age."""
        return np.asarray(totals[age] - totals[max(age - window_days, 0)])

    def levels(self, age: int, size: int) -> Floats:
        """Return the levels (drivers x accounts) at the start of the day, of the first ``size`` accounts."""
        accounts = self.accounts
        levels = np.zeros((len(DRIVERS), size))
        levels[ROW["limit_hit"]] = np.minimum(self.recent(self.limits, age, 28)[:size], BY_NAME["limit_hit"].cap)
        levels[ROW["active"]] = self.recent(self.active_days, age, 14)[:size]
        for name in LAST_SEEN:
            levels[ROW[name]] = within(self.last[name][:size], age, BY_NAME[name].window_days)
        levels[ROW["silence"]] = ~within(self.last["active"][:size], age, BY_NAME["silence"].window_days)
        levels[ROW["aha"]] = self.aha_age[:size] != NEVER
        levels[ROW["joined"]] = np.minimum(self.joined[:size], BY_NAME["joined"].cap)
        levels[ROW["company_size"]] = accounts.ideal_size(age)[:size]
        levels[ROW["industry"]] = accounts.target_industry[:size]
        levels[ROW["persona"]] = accounts.persona[:size]
        levels[ROW["trial_ending"]] = trial_ending(accounts.trial_days[:size], age)
        levels[ROW["outreach"]] = within(self.contacted_age[:size], age, BY_NAME["outreach"].window_days)
        return levels


def upgrade_flags(levels: Floats) -> Floats:
    """Count, per account, which of limits (two or more), pricing, paid feature and hand raised are on."""
    switched = sum(levels[ROW[name]] for name in LAST_SEEN)
    return np.asarray((levels[ROW["limit_hit"]] >= LIMITS_FOR_A_FLAG) + switched)


def within(last: Ints, age: int | Ints, window_days: int | None) -> Bools:
    """Whether something last seen at that age lies in the window before the day ``age``."""
    return np.asarray(age - last <= (window_days or 0))


def trial_ending(trial_days: Ints, age: int | Ints) -> Bools:
    """Whether a trial ends on the day of that age or on one of the three days after it."""
    left = trial_days - age
    return np.asarray((trial_days > 0) & (left >= 0) & (left < (BY_NAME["trial_ending"].window_days or 0)))
