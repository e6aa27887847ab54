"""The true probability of converting within 30 days, from what is known at the start of a day.

The hazard of today follows from known states. For the days ahead, states that are known today grow old and leave their
windows, and new events arrive at the rates of the simulator: per phase of use, with the filter's probability of each
phase, ``P = 1 - sum_k belief_k * exp(-sum_s E_k[rate on day s])``. The expectation of ``exp(weight * level)`` is taken
driver by driver, as if the drivers moved independently within a phase, at every fifth day ahead.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from pqlml.events.simulate.behaviour import (
    JOINING_RATE,
    LAPSING_RATE,
    MAX_MEMBERS,
    ONBOARDING_INVITES,
    signal_rates,
)
from pqlml.events.simulate.columns import NEVER, Bools, Floats, Ints, Singles
from pqlml.events.simulate.hazard import BY_NAME, MAX_LOG_RATE, ROW, weights
from pqlml.events.simulate.ledger import LAST_SEEN, Ledger, trial_ending, upgrade_flags, within
from pqlml.events.simulate.phases import expected_activity
from pqlml.events.simulate.world import World

HORIZON_DAYS: Final = 30
STEP_DAYS: Final = 5
AHEAD: Final = np.arange(STEP_DAYS // 2, HORIZON_DAYS, STEP_DAYS)
"""Days ahead at which the rate is taken; each stands for the five days around it."""
STATIC: Final = ("company_size", "industry", "persona")
CALLS_PER_ACTIVE_DAY: Final = np.array([0.01, 0.08])
"""How often an account becomes worth a call, by the flags that it has now."""
CALLS_PER_DAY_WHEN_WORTH_IT: Final = 0.36
ENRICHMENTS_PER_DAY: Final = 0.1
IDEAL_SHARE: Final = 0.46
"""How soon a missing size becomes known, and how often it is ideal."""


class Forecast:
    """Holds the tables that depend on the phase and on the days ahead only (days ahead x phases)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.weight = dict(zip(BY_NAME, weights(world.effects), strict=True))
        self.activity = expected_activity(HORIZON_DAYS)
        self.gain = {name: float(np.expm1(weight)) for name, weight in self.weight.items()}
        self.log_active = self._over_window(np.log1p(self.gain["active"] * self.activity), 14).astype(np.float32)
        silent = np.exp(self._over_window(np.log1p(-self.activity), 7))
        self.log_silent = np.log1p(self.gain["silence"] * silent).astype(np.float32)

    def probability(self, ledger: Ledger, age: int, rows: Ints, belief: Floats, levels: Floats) -> Floats:
        """Return the probability for the accounts at ``rows``, given today's levels and belief of the same accounts."""
        later = age + AHEAD[:, None]
        accounts = ledger.accounts
        rates = signal_rates(accounts, ledger.joined[rows], rows)

        static = sum(self.weight[name] * levels[ROW[name]] for name in STATIC)
        fixed = np.broadcast_to(self.world.base_log_hazard + static, (len(AHEAD), len(rows))).copy()
        fixed += self.weight["trial_ending"] * trial_ending(accounts.trial_days[rows], later)
        fixed += self._size_to_come(accounts.enriched_age[rows] >= age)
        fixed += self.weight["active"] * self._known(ledger.active_days, age, rows, 14)
        score = fixed.astype(np.float32)[:, None, :] + self.log_active[:, :, None]

        silent = ~within(ledger.last["active"][rows], later, 7)
        score += silent[:, None, :] * self.log_silent[:, :, None]
        score += self._capped("limit_hit", self._known(ledger.limits, age, rows, 28), self._new(rates.limit_hit, 28))
        for name, event in LAST_SEEN.items():
            window = BY_NAME[name].window_days or 0
            known = within(ledger.last[name][rows], later, window)
            score += self._switched(name, known, self._new(getattr(rates, event), window))
        score += self._outreach(ledger, age, rows, levels)
        score += self._capped("joined", ledger.joined[rows], self._joining(ledger, rows, rates.invite_sent))
        score += self._aha(ledger, age, rows, rates.invite_sent, levels[ROW["aha"]])

        total = np.exp(np.minimum(score, np.float32(MAX_LOG_RATE))).sum(axis=0) * STEP_DAYS
        return np.asarray(1 - (belief * np.exp(-total)).sum(axis=0))

    def _over_window(self, daily: Floats, window_days: int) -> Floats:
        """Sum over the days from today on that lie in the window before each day ahead."""
        totals = np.concatenate([np.zeros((len(daily), 1)), np.cumsum(daily, axis=1)], axis=1)
        return np.asarray((totals[:, AHEAD] - totals[:, np.maximum(AHEAD - window_days, 0)]).T)

    def _known(self, totals: Ints, age: int, rows: Ints, window_days: int) -> Ints:
        """Return what lies before today and still in the window of each day ahead (days ahead x accounts)."""
        edges = np.clip(age + AHEAD - window_days, 0, age)
        return np.asarray(totals[age, rows] - totals[edges[:, None], rows])

    def _new(self, rate: Floats, window_days: int) -> Singles:
        """Return the expected new events in the window of each day ahead (days ahead x phases x accounts)."""
        exposure = self._over_window(self.activity, window_days).astype(np.float32)
        return exposure[:, :, None] * rate.astype(np.float32)

    def _capped(self, name: str, known: Ints, new: Singles) -> Singles:
        weight = np.float32(self.weight[name])
        known_part = weight * np.atleast_2d(known).astype(np.float32)[:, None, :]
        return np.minimum(known_part + np.float32(self.gain[name]) * new, weight * BY_NAME[name].cap)

    def _switched(self, name: str, known: Bools, new: Singles) -> Singles:
        arriving = np.log1p(np.float32(self.gain[name]) * -np.expm1(-new))
        return np.where(known[:, None, :], np.float32(self.weight[name]), arriving)

    def _joining(self, ledger: Ledger, rows: Ints, invite_rate: Floats) -> Singles:
        leaving = JOINING_RATE + (1 - JOINING_RATE) * LAPSING_RATE
        accepted = JOINING_RATE / leaving * (1 - (1 - leaving) ** AHEAD)
        room = np.maximum(MAX_MEMBERS - ledger.joined[rows], 0) > 0
        pending = accepted[:, None] * (ledger.open_invites[rows] * room)
        half_way = JOINING_RATE / leaving * (1 - (1 - leaving) ** (AHEAD / 2))
        fresh = self._new(invite_rate, HORIZON_DAYS) * half_way.astype(np.float32)[:, None, None]
        return pending.astype(np.float32)[:, None, :] + fresh

    def _size_to_come(self, unknown: Bools) -> Floats:
        known = IDEAL_SHARE * -np.expm1(-ENRICHMENTS_PER_DAY * AHEAD)
        return np.asarray(np.log1p(self.gain["company_size"] * known)[:, None] * unknown)

    def _outreach(self, ledger: Ledger, age: int, rows: Ints, levels: Floats) -> Singles:
        """Return the effect of outreach under way, or still to come in the treated share of accounts."""
        window = BY_NAME["outreach"].window_days or 0
        flags = np.minimum(upgrade_flags(levels), len(CALLS_PER_ACTIVE_DAY)).astype(np.int64)
        soon = (flags == len(CALLS_PER_ACTIVE_DAY)) & within(ledger.last["active"][rows], age, 7)
        rate = CALLS_PER_ACTIVE_DAY[np.minimum(flags, len(CALLS_PER_ACTIVE_DAY) - 1)]
        sometime = -np.expm1(-self._new(rate, window))
        waiting = np.exp(-CALLS_PER_DAY_WHEN_WORTH_IT * np.stack([np.maximum(AHEAD - window, 0), AHEAD]))
        at_once = (waiting[0] - waiting[1]).astype(np.float32)[:, None, None]
        chance = np.where(soon, at_once, sometime) * np.float32(self.world.treated_share)
        chance = np.where(ledger.picked_age[rows] == NEVER, chance, np.float32(0))
        under_way = within(ledger.contacted_age[rows], age + AHEAD[:, None], window)[:, None, :]
        return np.log1p(np.float32(self.gain["outreach"]) * np.where(under_way, np.float32(1), chance))

    def _aha(self, ledger: Ledger, age: int, rows: Ints, invite_rate: Floats, reached: Floats) -> Singles:
        left = ledger.aha.days - age
        if left <= 0:
            return np.asarray(self.weight["aha"] * reached, dtype=np.float32)[None, None, :]
        totals = np.concatenate([np.zeros((len(self.activity), 1)), np.cumsum(self.activity, axis=1)], axis=1)
        exposure = totals[:, np.minimum(AHEAD, left)].T * ONBOARDING_INVITES
        mean = exposure[:, :, None] * invite_rate
        missing = np.maximum(ledger.aha.count - ledger.early_invites[rows], 1)
        short, term = np.zeros_like(mean), np.exp(-mean)
        for number in range(ledger.aha.count):
            short += np.where(number < missing, term, 0.0)
            term = term * mean / (number + 1)
        chance = np.where(reached > 0, 1.0, 1 - short)
        return np.log1p(self.gain["aha"] * chance).astype(np.float32)
