"""Who belongs to which account, from when to when, and what they do there."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from pqlml.events.simulate.columns import SECOND, UTC_INSTANT, Ints, instants, midnight, texts
from pqlml.events.simulate.visits import Happenings
from pqlml.events.simulate.world import World
from pqlml.times import DAY_MICROSECONDS

MEMBERSHIPS: Final = pa.schema(
    [
        ("user_id", pa.string()),
        ("account_id", pa.string()),
        ("role", pa.string()),
        ("valid_from", UTC_INSTANT),
        ("valid_to", UTC_INSTANT),
        ("recorded_at", UTC_INSTANT),
    ]
)
TITLES: Final = ("CEO", "VP", "Director", "Head", "Manager", "Specialist", "Analyst")
OWNER_SHARES: Final = (0.22, 0.14, 0.12, 0.18, 0.18, 0.10, 0.06)
MEMBER_SHARES: Final = (0.01, 0.04, 0.06, 0.09, 0.20, 0.35, 0.25)
UNKNOWN_SHARE: Final = 0.15
"""Share of users who state no job title."""

_HOUR: Final = 3600 * SECOND
_LATEST_RECORD_DAYS: Final = 2


def titles(role: pa.Array, department: pa.Array, rng: np.random.Generator) -> pa.Array:
    """Return the job titles of users, null where they state none."""
    size = len(role)
    owner = np.asarray(pa.compute.equal(role, "owner"))
    drawn = np.where(
        owner, rng.choice(len(TITLES), size, p=OWNER_SHARES), rng.choice(len(TITLES), size, p=MEMBER_SHARES)
    )
    unknown = rng.random(size) < UNKNOWN_SHARE
    level = texts(TITLES, drawn, unknown)
    titled = pa.compute.binary_join_element_wise(level, pa.compute.utf8_capitalize(department), ", ")
    return pa.compute.if_else(pa.compute.equal(level, "CEO"), level, titled)


def memberships_table(
    users: pa.Table, happened: Happenings, number: Ints, world: World, rng: np.random.Generator
) -> tuple[pa.Table, dict[str, int]]:
    """Return one row per user, from joining on, and how many left and how many were recorded late.

    Parameters
    ----------
    users
        The table of users of the block.
    number
        Number of each account of the block.
    """
    size, end = len(users), midnight(world.start) + world.days * DAY_MICROSECONDS
    joined = users["joined_at"].combine_chunks().cast(pa.int64()).to_numpy()
    owner = np.asarray(pa.compute.equal(users["role"].combine_chunks(), "owner"))
    gone_at = _last_seen(users, happened, number, joined) + (rng.uniform(1, 72, size) * _HOUR).astype(np.int64)
    left = ~owner & (rng.random(size) < world.dirt.members_left_share) & (gone_at < end)
    late = rng.random(size) < world.dirt.members_recorded_late_share
    lag = (rng.uniform(1, 24 * _LATEST_RECORD_DAYS, size) * _HOUR).astype(np.int64)
    recorded = np.minimum(np.where(late, joined + lag, joined), np.maximum(joined, end - SECOND))
    table = pa.table(
        [
            users["user_id"],
            users["account_id"],
            users["role"],
            users["joined_at"],
            instants(gone_at, ~left),
            instants(recorded),
        ],
        schema=MEMBERSHIPS,
    )
    return table, {"members_left": int(left.sum()), "members_recorded_late": int((recorded > joined).sum())}


def _last_seen(users: pa.Table, happened: Happenings, number: Ints, joined: Ints) -> Ints:
    """Return the instant of each user's last event, or of joining where there is none after it."""
    ids = np.char.lstrip(users["user_id"].to_numpy(zero_copy_only=False).astype(str), "u").astype(np.int64)
    place = np.searchsorted(ids, number[happened.account] * 100 + happened.member)
    last = joined.copy()
    np.maximum.at(last, place, happened.at)
    return last
