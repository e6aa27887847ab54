"""Histories where engines like to differ: clocks that are set, ids that are null, texts that look alike, far times."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Final

from tests.features.histories import TICK, Case
from tests.features.oracle import DAY, Event, Pair

CLOCKS_SET: Final = (
    dt.datetime(2024, 3, 10, 7),  # New York: 02:00 to 03:00 local time does not exist
    dt.datetime(2024, 11, 3, 6),  # New York: 01:00 to 02:00 comes twice
    dt.datetime(2024, 3, 31, 1),  # Berlin
    dt.datetime(2024, 10, 27, 1),
    dt.datetime(2024, 4, 6, 15),  # Lord Howe Island, by half an hour
    dt.datetime(2011, 12, 30, 10),  # Samoa leaves out a day
)
FAR: Final = (
    dt.datetime(1883, 11, 18, 17),  # before there were zones: New York was 4:56:02 behind
    dt.datetime(1899, 12, 31, 23, 59, 59, 999_999),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999),
    dt.datetime(1970, 1, 1),
    dt.datetime(2038, 1, 19, 3, 14, 8),
    dt.datetime(2200, 2, 28, 12),
    dt.datetime(2262, 4, 12),  # nanoseconds in 64 bits end the day before
)
WORDS: Final = (
    "café",
    "cafe\u0301",
    "Café",
    "CAFÉ",
    "🚀 launched",
    "🚀",
    "👩‍🚀",
    "ß",
    "ss",
    "İ",
    "i̇",
    " café",
    "a'b\"c\\d",
)
SETS: Final = (None, ("café",), ("cafe\u0301", "🚀"), ("👩‍🚀", "ß", "a'b\"c\\d"), ("İ", "CAFÉ"))


def edge_case(seed: int, entities: int) -> Case:
    """Make histories around one such instant each; some ids of entities and users are null or empty."""
    chance = random.Random(seed)
    events: list[Event] = []
    pairs: list[Pair] = []
    for number in range(entities):
        centre = (*CLOCKS_SET, *FAR)[number % (len(CLOCKS_SET) + len(FAR))]
        entity = chance.choice(["", f"{number}", f"ü{number}", f"u\u0308{number}", f"E{number}", f"e{number}"])
        cutoffs = sorted({centre + chance.choice([-1, 0, 1, 3600]) * chance.choice([TICK, 1_000_000 * TICK]), centre})
        pairs += [
            Pair(entity, cutoff, chance.choice([None, centre - 3 * DAY, centre]))
            for cutoff in cutoffs
            if not any(pair.entity_id == entity and pair.cutoff == cutoff for pair in pairs)
        ]
        events += _around(chance, entity, centre, chance.choice([0, 2, 12]))
    events += [_nobodys(chance, event) for event in chance.sample(events, len(events) // 10)]
    chance.shuffle(events)
    return Case(events, pairs)


QUOTIENTS: Final = ((1, 2), (0, 1), (2, 3), (3, 10), (7, 9))
"""Events of the last week, of all in four weeks: their quotients are no whole numbers, or lose a whole one."""


def quotient_case() -> Case:
    """Make an account per quotient; the first user sends the events of the last week, the second the older ones."""
    cutoff = dt.datetime(2024, 6, 1)
    events = [
        Event(
            f"{recent} of {all_of_them}",
            "new" if number < recent else "old",
            ts := cutoff - (1 if number < recent else 10) * DAY - number * TICK,
            ts,
            "u1" if number < recent else "u2",
            amount=float(number % 2),
        )
        for recent, all_of_them in QUOTIENTS
        for number in range(all_of_them)
    ]
    return Case(
        events, [Pair(f"{recent} of {all_of_them}", cutoff, cutoff - 30 * DAY) for recent, all_of_them in QUOTIENTS]
    )


def _around(chance: random.Random, entity: str, centre: dt.datetime, size: int) -> Iterator[Event]:
    for _ in range(size):
        hours = chance.choice([-49, -25, -24, -23, -3, -2, -1.5, -1, -0.5, 0, 0.5])
        ts = centre + dt.timedelta(hours=hours) + chance.choice([-1, 0, 1]) * TICK
        yield Event(
            entity,
            chance.choice(WORDS),
            ts,
            max(ts, chance.choice([ts, centre - TICK, centre, centre + TICK])),
            chance.choice([None, "", "u", "U", "u\u0308", "ü"]),
            chance.choice([None, "s", "S"]),
            chance.choice([None, 0.0, -0.0, 1.5, float("nan")]),
            chance.choice([None, "", "é", "e\u0301"]),
        )


def _nobodys(chance: random.Random, event: Event) -> Event:
    """Return an event of no entity, at the time of another."""
    values = {**vars(event), "entity_id": None, "event": chance.choice(WORDS)}
    return Event(**values)
