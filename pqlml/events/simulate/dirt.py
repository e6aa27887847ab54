"""What collection does to events: outage, late arrival, double delivery; and what each did, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.events.simulate.columns import SECOND, Bools, Ints, midnight
from pqlml.events.simulate.days import Diary
from pqlml.events.simulate.visits import BILLING_EVENTS, CODE, Happenings
from pqlml.events.simulate.world import World
from pqlml.times import DAY_MICROSECONDS

LATE_AFTER_SECONDS: Final = 3600
"""An event counts as late when it is received an hour or more after it happened; all others arrive within minutes."""


@dataclass(frozen=True)
class Collected:
    """Events as collected, duplicates included.

    ``number`` identifies an event within the block, ``received`` is in microseconds since 1970.
    """

    events: Happenings
    number: Ints
    received: Ints
    counts: dict[str, int]


def collect(diary: Diary, happened: Happenings, world: World, rng: np.random.Generator) -> Collected:
    """Return what reaches the warehouse by the end of the period, by time of the event."""
    dirt, end = world.dirt, midnight(world.start) + world.days * DAY_MICROSECONDS
    billing = np.isin(happened.code, [CODE[name] for name in BILLING_EVENTS])
    after = _after_conversion(diary, happened)
    if not dirt.events_after_conversion:
        happened, billing, after = happened.take(~after), billing[~after], after[~after]

    day = (happened.at - midnight(world.start)) // DAY_MICROSECONDS
    lost = ~billing & (day >= world.outage.start) & (day < world.outage.stop)
    events, billing = happened.take(~lost), billing[~lost]

    product = np.flatnonzero(~billing)
    late = product[rng.random(len(product)) < dirt.late_share]
    delay = np.minimum(rng.exponential(8, len(events)) * SECOND, 300 * SECOND).astype(np.int64) + 1
    shortest = LATE_AFTER_SECONDS * SECOND
    longest = dirt.late_max_days * DAY_MICROSECONDS
    delay[late] = (shortest + (longest - shortest) * rng.beta(1, 3, len(late))).astype(np.int64)
    received = np.minimum(events.at + delay, end)

    twice = product[rng.random(len(product)) < dirt.duplicate_share]
    again = received[twice] + (1 + rng.exponential(1800, len(twice)) * SECOND).astype(np.int64)
    rows = np.concatenate([np.arange(len(events)), twice])
    received = np.concatenate([received, np.minimum(again, end)])
    order = np.argsort(rows, kind="stable")
    counts = {
        "duplicated_events": len(twice),
        "late_events": int((received[: len(events)] - events.at >= shortest).sum()),
        "events_lost_in_outage": int(lost.sum()),
        "events_after_conversion": int((after & ~lost).sum()),
    }
    return Collected(events.take(rows[order]), rows[order], received[order], counts)


def _after_conversion(diary: Diary, happened: Happenings) -> Bools:
    converted = np.full(len(diary.accounts), np.iinfo(np.int64).max)
    started = happened.code == CODE[BILLING_EVENTS[0]]
    converted[happened.account[started]] = happened.at[started]
    return np.asarray(happened.at > converted[happened.account], dtype=np.bool_)
