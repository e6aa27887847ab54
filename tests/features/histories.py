"""Random histories that dwell on edges: of windows, days and cutoffs, and of when an event became known."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import ibis.expr.types as ir
import pyarrow as pa

from pqlml.events import Tables
from pqlml.features.spec import BEHAVIOUR, PROPERTIES, Aggregate, Feature
from pqlml.warehouse import Warehouse
from tests.features.oracle import DAY, Event, Pair

TICK = dt.timedelta(microseconds=1)
NAMES = ("signed_in", "invite sent", "报告", "café ☕", "ünnamed", "Signed_In")
Sets = tuple[tuple[str, ...] | None, ...]
SETS: Sets = (None, ("signed_in",), ("报告", "café ☕", "signed_in"), ("never seen",))
WINDOWS = (7, 14, 28, None)


@dataclass(frozen=True)
class Case:
    events: list[Event]
    pairs: list[Pair]

    def of(self, pair: Pair) -> list[Event]:
        return [event for event in self.events if event.entity_id == pair.entity_id]


def case(seed: int, entities: int, *, shared_cutoffs: int = 0, after_days: Sequence[int] = ()) -> Case:
    """Make histories of that many entities.

    Cutoffs are the entity's own, unless a number of weekly ones is shared, or they are given in days after sign-up.
    """
    chance = random.Random(seed)
    calendar = [dt.datetime(2024, 3, 4) + number * 7 * DAY for number in range(shared_cutoffs)]
    events: list[Event] = []
    pairs: list[Pair] = []
    for number in range(entities):
        entity = f"entity {number}"
        cutoffs = calendar or [_instant(chance) for _ in range(chance.randint(1, 4))]
        signup = chance.choice([None, min(cutoffs) - chance.random() * 100 * DAY])
        if after_days:
            signup = min(cutoffs)
            cutoffs = [signup + days * DAY for days in after_days if chance.random() < 0.9]
        pairs += [Pair(entity, cutoff, signup) for cutoff in cutoffs]
        events += _history(chance, entity, cutoffs, chance.choice([0, 1, 3, 10, 40]))
    chance.shuffle(events)
    return Case(events, pairs)


def _instant(chance: random.Random) -> dt.datetime:
    start = chance.choice([dt.datetime(2024, 2, 28), dt.datetime(1969, 12, 30), dt.datetime(1900, 1, 1)])
    return start + chance.randrange(3 * 86_400) * TICK * 1_000_000 + chance.choice([0, 1, 999_999]) * TICK


def _history(chance: random.Random, entity: str, cutoffs: Sequence[dt.datetime], size: int) -> Iterator[Event]:
    late = chance.random() < 0.5
    times = [cutoffs[0]]
    for _ in range(size):
        cutoff = chance.choice(cutoffs)
        edge = cutoff - chance.choice([0, 7, 14, 28]) * DAY
        midnight = dt.datetime.combine(cutoff.date(), dt.time()) - chance.randrange(9) * DAY
        near = chance.choice([edge, midnight]) + chance.choice([-1, 0, 1]) * TICK
        spread = cutoff - (chance.random() * 60 - 10) * DAY
        ts = chance.choice([near, near, spread, spread, chance.choice(times), cutoff - 20_000 * DAY])
        times.append(ts)
        arrivals = [ts, cutoff - TICK, cutoff, cutoff + TICK, ts + chance.random() * 20 * DAY]
        yield Event(
            entity,
            chance.choice(NAMES),
            ts,
            max(ts, chance.choice(arrivals)) if late else ts,
            chance.choice([None, "u1", "u2", "ü3", ""]),
            chance.choice([None, "s1", "s2", "s3"]),
            chance.choice(
                [None, float("nan"), float("inf"), 0.1, -2.5, 0.000001, 1234567.891011, chance.gauss(0, 1e5)]
            ),
            chance.choice([None, "a", "b", "c"]),
        )


def behaviour_features(sets: Sets = SETS) -> list[Feature]:
    """Every aggregate of events, for every set of events (the first: all) and window where it has them."""
    return [
        _feature(aggregate, sets, place, window)
        for aggregate in sorted(BEHAVIOUR)
        for place in range(1 if aggregate in ("sessions", "session_minutes") else len(sets))
        for window in _windows(aggregate)
    ]


def _windows(aggregate: Aggregate) -> tuple[int | None, ...]:
    if aggregate in ("recency", "first", "trend", "streak", "current_streak", "week_streak", "newest"):
        return WINDOWS[-1:]
    return WINDOWS[:-1] if aggregate == "early" else WINDOWS


def _feature(aggregate: Aggregate, sets: Sets, place: int, window: int | None) -> Feature:
    source = "amount" if aggregate in PROPERTIES else "place" if aggregate == "distinct" else None
    name = f"{aggregate} {place} {window}"
    return Feature(name, "engagement", "g", aggregate, events=sets[place], source=source, window_days=window)


def tables(warehouse: Warehouse, events: Sequence[Event]) -> Tables:
    """Keep the events as canonical tables."""
    instant, text = pa.timestamp("us"), pa.string()
    types = {"ts": instant, "known_at": instant, "amount": pa.float64()}
    names = [field.name for field in fields(Event)]
    columns = [pa.array([getattr(event, name) for event in events], types.get(name, text)) for name in names]
    renamed = [{"amount": "p_amount", "place": "d_place"}.get(name, name) for name in names]
    kept = warehouse.save_arrow("events", pa.table(columns, names=renamed))
    empty = warehouse.save_arrow("entities", pa.table({"entity_id": pa.array([], text)}))
    return Tables(warehouse, kept, empty, None, dt.datetime(2030, 1, 1), {}, (), ())


def pair_table(warehouse: Warehouse, pairs: Sequence[Pair], row_ids: Sequence[int] | None = None) -> ir.Table:
    """Keep the pairs under their numbers."""
    instant = pa.timestamp("us")
    columns = {
        "row_id": pa.array(range(len(pairs)) if row_ids is None else row_ids, pa.int64()),
        "entity_id": pa.array([pair.entity_id for pair in pairs], pa.string()),
        "cutoff": pa.array([pair.cutoff for pair in pairs], instant),
        "signup_at": pa.array([pair.signup_at for pair in pairs], instant),
    }
    return warehouse.save_arrow("pairs", pa.table(columns))
