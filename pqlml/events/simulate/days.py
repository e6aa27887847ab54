"""A block of accounts, day by day: the hazard, sales outreach, use, invitations, closing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from pqlml.events.simulate.accounts import Accounts, weekday_factors
from pqlml.events.simulate.behaviour import (
    JOINING_RATE,
    LAPSING_RATE,
    MAX_MEMBERS,
    Milestones,
    draw_visits,
)
from pqlml.events.simulate.columns import NEVER, Bools, Floats, Ints
from pqlml.events.simulate.forecast import Forecast
from pqlml.events.simulate.hazard import DRIVERS, daily_rate, weights
from pqlml.events.simulate.ledger import Ledger, upgrade_flags, within
from pqlml.events.simulate.phases import ACTIVE_RATE, CLOSING_RATE, STOPPED, move, update_belief
from pqlml.events.simulate.world import World

PICKED_SHARE: Final = 0.5
"""Share of the eligible accounts that sales picks on each working day, for outreach or for the control group."""

FLAGS_FOR_A_CALL: Final = 2


@dataclass
class Visits:
    """One row per active day of an account; ``counts`` is rows x `VISIT_EVENTS`, ``members`` excludes the founder."""

    account: Ints
    age: Ints
    users: Ints
    members: Ints
    counts: Ints


@dataclass
class Joins:
    """One row per day on which teammates joined: ``count`` of them, after ``before`` others."""

    account: Ints
    age: Ints
    before: Ints
    count: Ints


@dataclass
class TruthRows:
    """One row per open account and day: hazard of that day, and probability of converting from that day on."""

    account: Ints
    age: Ints
    hazard: Floats
    probability: Floats


@dataclass
class Moments:
    """Sums over open account-days of what each driver adds to the log-hazard."""

    days: int = 0
    total: Floats = field(default_factory=lambda: np.zeros(len(DRIVERS)))
    squares: Floats = field(default_factory=lambda: np.zeros(len(DRIVERS)))

    def add(self, days: int, total: Floats, squares: Floats) -> None:
        """Add sums over more account-days."""
        self.days += days
        self.total = self.total + total
        self.squares = self.squares + squares


@dataclass(frozen=True)
class Diary:
    """All that happened to a block; ages that are `NEVER` mean that it did not happen in the period."""

    accounts: Accounts
    visits: Visits
    joins: Joins
    converted_age: Ints
    closed_age: Ints
    picked_age: Ints
    treated: Bools
    aha_age: Ints
    truth: TruthRows
    moments: Moments


def live(accounts: Accounts, world: World, rng: np.random.Generator) -> Diary:
    """Let the accounts live from sign-up to the end of the period.

    The loop runs over ages; accounts are in the order of sign-up, so that those still observed at an age come first.
    """
    size = len(accounts)
    weight = weights(world.effects)
    rhythm = weekday_factors(world, 1.25, 0.375)
    ledger, milestones, forecast = Ledger(accounts, world), Milestones.none(size), Forecast(world)
    phase, belief = accounts.phase.copy(), accounts.phase_shares.T.copy()
    converted_age, closed_age = (np.full(size, NEVER, dtype=np.int64) for _ in range(2))
    treated = rng.random(size) < world.treated_share
    moments = Moments()
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    visits: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []
    joins: list[tuple[Ints, Ints, Ints, Ints]] = [(none, none, none, none)]
    truth: list[tuple[Ints, Ints, Floats, Floats]] = [(none, none, nothing, nothing)]

    for age in range(world.days - int(accounts.signup_day[0])):
        seen = int(np.searchsorted(accounts.signup_day, world.days - age))
        day = accounts.signup_day[:seen] + age
        if age > 0:
            here = (converted_age[:seen] == NEVER) & (closed_age[:seen] == NEVER) & ~accounts.internal[:seen]
            open_rows = np.flatnonzero(here)
            levels = ledger.levels(age, seen)[:, open_rows]
            parts = weight[:, None] * levels
            rate = daily_rate(world.base_log_hazard + parts.sum(axis=0))
            moments.add(len(open_rows), parts.sum(axis=1), (parts**2).sum(axis=1))
            hazard = -np.expm1(-rate)

            due = day[open_rows] % world.truth_every_days == 0
            rows = open_rows[due]
            probability = forecast.probability(ledger, age, rows, belief[:, rows], levels[:, due])
            truth.append((rows, np.full(len(rows), age), hazard[due], probability))

            converted_age[open_rows[rng.random(len(open_rows)) < hazard]] = age
            picked = open_rows[_worth_a_call(levels, age, ledger.last["active"][open_rows])]
            fresh = (ledger.picked_age[picked] == NEVER) & (converted_age[picked] == NEVER)
            picked = picked[fresh & (rhythm[day[picked] % 7] > 1)]
            picked = picked[rng.random(len(picked)) < PICKED_SHARE]
            ledger.picked_age[picked] = age
            ledger.contacted_age[picked[treated[picked]]] = age

        active = _active_today(phase[:seen], rhythm[day % 7], age, rng) & (closed_age[:seen] == NEVER)
        rows = np.flatnonzero(active)
        members = ledger.joined[rows]
        users, counts = draw_visits(accounts, rows, age, members, rng)
        milestones.reach(rows, counts, members, rng)
        visits.append((rows, np.full(len(rows), age), users, members, counts))

        if age > 0:
            belief[:, :seen] = update_belief(belief[:, :seen], active, rhythm[day % 7])
            phase[:seen] = move(phase[:seen], rng)
            unwilling = (phase[:seen] == STOPPED) & (converted_age[:seen] == NEVER) & ~active
            closing = unwilling & (closed_age[:seen] == NEVER) & (rng.random(seen) < CLOSING_RATE)
            closed_age[:seen][closing] = age
            joins.append(_join(ledger, age, seen, closed_age, rng))
        ledger.record(age, rows, counts)

    return Diary(
        accounts=accounts,
        visits=Visits(*(np.concatenate(column) for column in zip(*visits, strict=True))),
        joins=Joins(*(np.concatenate(column) for column in zip(*joins, strict=True))),
        converted_age=converted_age,
        closed_age=closed_age,
        picked_age=ledger.picked_age,
        treated=treated & (ledger.picked_age != NEVER),
        aha_age=ledger.aha_age,
        truth=TruthRows(*(np.concatenate(column) for column in zip(*truth, strict=True))),
        moments=moments,
    )


def _active_today(phase: Ints, rhythm: Floats, age: int, rng: np.random.Generator) -> Bools:
    if age == 0:
        return np.ones(len(phase), dtype=np.bool_)
    return np.asarray(rng.random(len(phase)) < ACTIVE_RATE[phase] * rhythm)


def _worth_a_call(levels: Floats, age: int, last_active: Ints) -> Bools:
    """Whether sales would call: two signs of a wish to upgrade, and active in the last week."""
    return np.asarray((upgrade_flags(levels) >= FLAGS_FOR_A_CALL) & within(last_active, age, 7))


def _join(
    ledger: Ledger, age: int, seen: int, closed_age: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints]:
    """Let open invitations be accepted or lapse; return one row per account with new teammates."""
    rows = np.flatnonzero((ledger.open_invites[:seen] > 0) & (closed_age[:seen] == NEVER))
    before = ledger.joined[rows]
    accepted = np.minimum(rng.binomial(ledger.open_invites[rows], JOINING_RATE), MAX_MEMBERS - before)
    ledger.open_invites[rows] -= accepted
    ledger.open_invites[rows] -= rng.binomial(ledger.open_invites[rows], LAPSING_RATE)
    ledger.joined[rows] += accepted
    some = accepted > 0
    return rows[some], np.full(int(some.sum()), age), before[some], accepted[some]
