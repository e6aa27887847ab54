"""Deals: opened by a raised hand or by sales, won with the subscription, lost or closed without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from pqlml.events.simulate.columns import (
    NEVER,
    SECOND,
    UTC_INSTANT,
    Bools,
    Floats,
    Ints,
    identifiers,
    instants,
    midnight,
    texts,
)
from pqlml.events.simulate.days import Diary
from pqlml.events.simulate.visits import CODE, Happenings
from pqlml.events.simulate.world import World
from pqlml.times import DAY_MICROSECONDS, DAY_SECONDS

STAGES: Final = ("opened", "won", "lost", "closed")
PATIENCE_DAYS: Final = 45
"""A deal that is still open after so many days is lost."""
ANSWERING_SHARE: Final = 0.4
"""Share of treated accounts whose outreach opens a deal, a day later."""
UNSET: Final = np.iinfo(np.int64).max

DEALS: Final = pa.schema(
    [
        ("account_id", pa.string()),
        ("stage", pa.string()),
        ("closed_at", UTC_INSTANT),
        ("known_at", UTC_INSTANT),
        ("arr", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Stages:
    """When each account reached a stage, in microseconds since 1970; `UNSET` where it did not."""

    opened: Ints
    won: Ints
    lost: Ints
    closed: Ints
    contacted: Ints


def stages(diary: Diary, happened: Happenings, world: World, rng: np.random.Generator) -> Stages:
    """Derive the stages of the deals from the true events, whether or not those were collected."""
    size = len(diary.accounts)
    first = {}
    for name in ("sales_contacted", "subscription_started", "account_closed"):
        first[name] = np.full(size, UNSET)
        rows = np.flatnonzero(happened.code == CODE[name])[::-1]
        first[name][happened.account[rows]] = happened.at[rows]
    won, gone = first["subscription_started"], first["account_closed"]
    contacted = _contact_times(diary, world, rng)
    answered = diary.treated & (rng.random(size) < ANSWERING_SHARE)
    opened = np.minimum(
        _later(first["sales_contacted"], 3600), np.where(answered, _later(contacted, DAY_SECONDS), UNSET)
    )
    end = midnight(world.start) + world.days * DAY_MICROSECONDS
    opened = np.where((opened < won) & (opened < gone) & (opened < end) & ~diary.accounts.internal, opened, UNSET)
    given_up = _later(opened, PATIENCE_DAYS * DAY_SECONDS)
    closed = np.where((opened != UNSET) & (gone < given_up), gone, UNSET)
    lost = np.where((given_up < won) & (given_up < gone) & (given_up < end), given_up, UNSET)
    return Stages(opened, won, lost, closed, contacted)


def deals_table(diary: Diary, reached: Stages, world: World, rng: np.random.Generator) -> pa.Table:
    """Return one row per account and stage."""
    end = midnight(world.start) + world.days * DAY_MICROSECONDS
    amounts = _amounts(diary, rng)
    columns: list[tuple[Ints, Ints, Ints, Ints, Floats, Bools]] = []
    for number, stage in enumerate(STAGES):
        at = getattr(reached, stage)
        rows = np.flatnonzero(at != UNSET)
        delay_hours = np.zeros(len(rows)) if stage == "won" else rng.exponential(10, len(rows))
        known = np.minimum(at[rows] + (delay_hours * 3600 * SECOND).astype(np.int64), end)
        no_amount = np.full(len(rows), stage != "won")
        columns.append((rows, np.full(len(rows), number), at[rows], known, amounts[rows], no_amount))
    row, code, at, known, arr, missing = (np.concatenate(part) for part in zip(*columns, strict=True))
    order = np.lexsort((code, at))
    return pa.table(
        [
            identifiers("a", diary.accounts.number[row[order]], 7),
            texts(STAGES, code[order]),
            instants(at[order]),
            instants(known[order]),
            pa.array(arr[order], mask=missing[order]),
        ],
        schema=DEALS,
    )


def _contact_times(diary: Diary, world: World, rng: np.random.Generator) -> Ints:
    """Return when sales reached out, or would have: 9 to 17 o'clock UTC of the day; `UNSET` where not picked."""
    seconds = rng.uniform(9 * 3600, 17 * 3600, len(diary.accounts))
    day = diary.accounts.signup_day + diary.picked_age
    at = midnight(world.start) + day * DAY_MICROSECONDS + (seconds * SECOND).astype(np.int64)
    return np.where(diary.picked_age != NEVER, at, UNSET)


def _later(at: Ints, seconds: int) -> Ints:
    return np.where(at == UNSET, UNSET, np.where(at == UNSET, 0, at) + seconds * SECOND)


def _amounts(diary: Diary, rng: np.random.Generator) -> Floats:
    """Draw the yearly amount in US dollars, growing with the size of the account."""
    size = np.maximum(diary.accounts.employees, 2).astype(np.float64)
    return np.round(600 * size**0.45 * np.exp(rng.normal(0, 0.5, len(size))), -1)
