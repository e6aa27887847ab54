"""From active days to single events: who, in which session, and when."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from pqlml.events.simulate.accounts import Accounts, office_seconds
from pqlml.events.simulate.behaviour import COLUMN, VISIT_EVENTS
from pqlml.events.simulate.columns import NEVER, SECOND, Bools, Floats, Ints, midnight
from pqlml.events.simulate.days import Diary
from pqlml.events.simulate.world import World
from pqlml.times import DAY_MICROSECONDS, DAY_SECONDS

SESSION_EVENTS: Final = ("signed_in", "session_ended")
BILLING_EVENTS: Final = ("subscription_started", "account_closed")
"""Sent by the billing system, not by the product: no duplicates, never late, not hit by an outage."""
EVENTS: Final = (*VISIT_EVENTS, *SESSION_EVENTS, "member_joined", *BILLING_EVENTS)
CODE: Final = {name: code for code, name in enumerate(EVENTS)}
FOUNDER_SHARE: Final = 0.5
"""Share of active days whose first session is the founder's, whoever else is active."""
NO_SESSION: Final = -1
NO_RECORDS: Final = 0


@dataclass(frozen=True)
class Happenings:
    """Events of a block as they truly happened; one entry per event.

    ``account`` is the row in the block, ``member`` is 0 for the founder, ``session`` counts from 0 within the block,
    ``at`` is in microseconds since 1970, ``seconds`` is null as nan, ``records`` is null as 0.
    """

    account: Ints
    member: Ints
    code: Ints
    at: Ints
    session: Ints
    seconds: Floats
    records: Ints

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Ints | Bools) -> Self:
        """Return the events at those rows, or where the mask is true."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def together(cls, parts: list[Happenings]) -> Happenings:
        """Append events to one another."""
        return cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))


def happenings(diary: Diary, world: World, rng: np.random.Generator) -> Happenings:
    """Return all events of the block, by time."""
    parts = [*_visits(diary, world, rng), _joins(diary, world, rng)]
    parts += [_billing(diary, diary.converted_age, BILLING_EVENTS[0], world, rng)]
    parts += [_billing(diary, diary.closed_age, BILLING_EVENTS[1], world, rng)]
    everything = Happenings.together(parts)
    return everything.take(np.argsort(everything.at, kind="stable"))


def _visits(diary: Diary, world: World, rng: np.random.Generator) -> list[Happenings]:
    """Spread the counts of each active day over its sessions."""
    visits, accounts = diary.visits, diary.accounts
    sessions = visits.users + rng.poisson(0.3 * visits.users)
    visit = np.repeat(np.arange(len(visits.age)), sessions)
    first = np.cumsum(sessions) - sessions
    account = visits.account[visit]
    member = _who(np.arange(len(visit)) - first[visit], visits.members[visit], rng)
    begin, seconds = _session_times(accounts, account, visits.age[visit], np.arange(len(visit)) == first[visit], rng)
    opened = _midnights(accounts, account, visits.age[visit], world) + (begin * SECOND).astype(np.int64)

    flat = visits.counts.ravel()
    cells = np.repeat(np.arange(len(flat)), flat)
    row, code = np.divmod(cells, len(VISIT_EVENTS))
    session = first[row] + (rng.random(len(row)) * sessions[row]).astype(np.int64)
    at = opened[session] + ((0.002 + 0.996 * rng.random(len(row))) * seconds[session] * SECOND).astype(np.int64)
    records = np.where(code == COLUMN["record_created"], 1 + rng.poisson(0.8, len(row)), NO_RECORDS)
    nothing, numbers = np.full(len(visit), np.nan), np.arange(len(visit))
    no_records = np.zeros(len(visit), dtype=np.int64)
    length = (seconds * SECOND).astype(np.int64)
    sign_in, end = (np.full(len(visit), CODE[name]) for name in SESSION_EVENTS)
    return [
        Happenings(account[session], member[session], code, at, session, np.full(len(row), np.nan), records),
        Happenings(account, member, sign_in, opened, numbers, nothing, no_records),
        Happenings(account, member, end, opened + length, numbers, np.round(seconds, 1), no_records),
    ]


def _session_times(
    accounts: Accounts, account: Ints, age: Ints, is_first: Bools, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw the begin (seconds after midnight) and the length of sessions; all end on the day on which they begin."""
    begin = office_seconds(accounts.country[account], rng)
    signup = accounts.signup_second[account]
    later = signup + (DAY_SECONDS - signup) * rng.random(len(account))
    begin = np.where(age == 0, np.where(is_first, signup, later), begin)
    begin = np.minimum(begin, DAY_SECONDS - 60.0)
    seconds = 480.0 * np.exp(rng.normal(0, 0.8, len(account))) * accounts.volume[account]
    return begin, np.minimum(seconds, DAY_SECONDS - 1.0 - begin)


def _who(number: Ints, members: Ints, rng: np.random.Generator) -> Ints:
    """Draw the user of each session; the first of a day is often the founder's."""
    founder = (number == 0) & (rng.random(len(number)) < FOUNDER_SHARE)
    return np.where(founder, 0, (rng.random(len(number)) * (members + 1)).astype(np.int64))


def _joins(diary: Diary, world: World, rng: np.random.Generator) -> Happenings:
    joins = diary.joins
    row = np.repeat(np.arange(len(joins.count)), joins.count)
    within_day = np.arange(len(row)) - (np.cumsum(joins.count) - joins.count)[row]
    member = joins.before[row] + within_day + 1
    seconds = office_seconds(diary.accounts.country[joins.account[row]], rng)
    return _single(diary, joins.account[row], joins.age[row], member, seconds, "member_joined", world)


def _billing(diary: Diary, ages: Ints, name: str, world: World, rng: np.random.Generator) -> Happenings:
    account = np.flatnonzero(ages != NEVER)
    seconds = office_seconds(diary.accounts.country[account], rng)
    return _single(diary, account, ages[account], np.zeros_like(account), seconds, name, world)


def _single(
    diary: Diary, account: Ints, age: Ints, member: Ints, seconds: Floats, name: str, world: World
) -> Happenings:
    at = _midnights(diary.accounts, account, age, world) + (seconds * SECOND).astype(np.int64)
    size = len(account)
    code, session, records = (np.full(size, value) for value in (CODE[name], NO_SESSION, NO_RECORDS))
    return Happenings(account, member, code, at, session, np.full(size, np.nan), records)


def _midnights(accounts: Accounts, account: Ints, age: Ints, world: World) -> Ints:
    return midnight(world.start) + (accounts.signup_day[account] + age) * DAY_MICROSECONDS
