"""Random histories as raw tables, in which much happens at, after and around a cutoff of each entity's own."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.features.histories import NAMES, TICK, case
from tests.features.oracle import DAY

Row = dict[str, Any]
DEFINITION = """
name: past
sources:
  events: {path: events.parquet, user_id: user_id, known_at: known_at, event_id: event_id, session_id: session_id,
           properties: {amount: amount}, distinct: {place: place}}
  entities: {path: entities.parquet, signup_at: signup_at, valid_from: valid_from}
  observed_until: 2026-01-01
population: {min_age_days: 1, max_age_days: 90, exclude: {plan: internal}, leaves_on: ünnamed}
snapshots: {table: spine.parquet}
conversion: {event: 报告, horizon_days: 30}
signals: {fit: {company_size: size, plan: plan, ideal: {company_size: [10, null], plan: [pro]}}}
"""
_TIME = pa.timestamp("us")
_TYPES = {
    "events": {
        "entity_id": pa.string(),
        "event": pa.string(),
        "ts": _TIME,
        "known_at": _TIME,
        "event_id": pa.string(),
        "user_id": pa.string(),
        "session_id": pa.string(),
        "amount": pa.float64(),
        "place": pa.string(),
    },
    "entities": {
        "entity_id": pa.string(),
        "signup_at": _TIME,
        "valid_from": _TIME,
        "plan": pa.string(),
        "size": pa.float64(),
    },
    "spine": {"entity_id": pa.string(), "cutoff": _TIME},
}


@dataclass(frozen=True)
class Past:
    """Raw rows, and the cutoff of each entity."""

    events: list[Row]
    entities: list[Row]
    cutoff: Mapping[str, dt.datetime]

    def knew(self, row: Row) -> bool:
        """Whether a row was there to be seen at the cutoff of its entity."""
        cutoff = self.cutoff[row["entity_id"]]
        if "valid_from" in row:
            return bool(row["valid_from"] <= cutoff)
        return bool(row["ts"] < cutoff and row["known_at"] <= cutoff)

    def write(self, folder: Path) -> Path:
        """Write the tables, and the cutoffs as the table that the definition names."""
        spine = [{"entity_id": entity, "cutoff": cutoff} for entity, cutoff in self.cutoff.items()]
        folder.mkdir(exist_ok=True)
        for name, rows in (("events", self.events), ("entities", self.entities), ("spine", spine)):
            columns = {column: pa.array([row[column] for row in rows], kind) for column, kind in _TYPES[name].items()}
            pq.write_table(pa.table(columns), folder / f"{name}.parquet")
        return folder


def past(seed: int, entities: int, *, shared: Sequence[dt.datetime] = (), ages: Sequence[float] = ()) -> Past:
    """Make the histories of so many entities.

    Parameters
    ----------
    shared
        Cutoffs to choose from; by default each entity has one of its own.
    ages
        Days since sign-up at the cutoff to choose from; by default any.
    """
    chance = random.Random(seed)
    given = case(seed, entities)
    move: dict[str, dt.timedelta] = {}
    cutoff: dict[str, dt.datetime] = {}
    for pair in given.pairs:
        cutoff.setdefault(pair.entity_id, pair.cutoff)
    for entity, own in cutoff.items():
        move[entity] = chance.choice(shared) - own if shared else dt.timedelta()
    cutoff = {entity: own + move[entity] for entity, own in cutoff.items()}
    events = [
        {
            **vars(event),
            "event_id": f"id {number}",
            "ts": event.ts + move[event.entity_id],
            "known_at": event.known_at + move[event.entity_id],
        }
        for number, event in enumerate(given.events)
    ]
    versions = [version for entity, own in cutoff.items() for version in _versions(chance, entity, own, ages)]
    chance.shuffle(versions)
    return Past(events, versions, cutoff)


def _versions(chance: random.Random, entity: str, cutoff: dt.datetime, ages: Sequence[float]) -> Iterable[Row]:
    """Make an entity known from its sign-up on, with what changes before, at and after the cutoff."""
    signup = cutoff - chance.choice(ages or [chance.random() * 2, 30, 90, 100, chance.random() * 100]) * DAY
    times = {signup, *(cutoff + chance.choice([-5 * DAY, -TICK, 0 * DAY, TICK, 9 * DAY]) for _ in range(3))}
    for valid_from in sorted(time for time in times if time >= signup):
        yield {
            "entity_id": entity,
            "signup_at": chance.choice([signup, signup, signup, None, signup - 9 * DAY, signup + TICK])
            if valid_from > signup
            else signup,
            "valid_from": valid_from,
            "plan": chance.choice(["free", "free", "pro", "internal", None]),
            "size": chance.choice([None, 3.0, 10.0, 700.0]),
        }


def deleted(given: Past, chance: random.Random) -> Past:
    """Take away all that nobody could see at the cutoffs."""
    del chance
    events, entities = (list(filter(given.knew, rows)) for rows in (given.events, given.entities))
    return replace(given, events=events, entities=entities)


def corrupted(given: Past, chance: random.Random) -> Past:
    """Spoil all that nobody could see at the cutoffs, and add more of it."""
    events = [row if given.knew(row) else _spoiled(row, chance) for row in given.events]
    events += [
        _spoiled({**row, "ts": cutoff, "known_at": max(cutoff, row["known_at"]), "event_id": f"new {number}"}, chance)
        for number, row in enumerate(chance.choices(given.events, k=len(events)))
        for cutoff in (given.cutoff[row["entity_id"]],)
    ]
    # What had been seen is delivered once more, after the cutoff and with other contents: the first delivery stays.
    known = [row for row in given.events if given.knew(row)]
    events += [_known_later(row, given, chance) for row in chance.choices(known, k=len(known) // 3)]
    entities = [
        row
        if given.knew(row)
        else {
            **row,
            "signup_at": chance.choice([row["valid_from"], None, dt.datetime(1999, 1, 1)]),
            "plan": chance.choice(["internal", "leak"]),
            "size": 1e9,
        }
        for row in given.entities
    ]
    return Past(events, entities, given.cutoff)


def _spoiled(row: Row, chance: random.Random) -> Row:
    later = chance.random() * 100 * DAY
    return {
        **row,
        "event": chance.choice([row["event"], "leak", *NAMES]),
        "ts": row["ts"] + later if row["ts"] == row["known_at"] else row["ts"],
        "known_at": row["known_at"] + later,
        "user_id": "leak",
        "session_id": chance.choice(["leak", row["session_id"]]),
        "amount": chance.choice([1e9, -1e9, None]),
        "place": "leak",
    }


def _known_later(row: Row, given: Past, chance: random.Random) -> Row:
    return {**_spoiled(row, chance), "ts": row["ts"], "known_at": given.cutoff[row["entity_id"]] + TICK}


def shuffled(given: Past, chance: random.Random) -> Past:
    """Put all rows into another order, and deliver events and versions several times."""
    events = [row for row in given.events for _ in range(chance.choice([1, 1, 2, 3]))]
    events += [{**row, "known_at": row["known_at"] + DAY} for row in chance.choices(given.events, k=len(events) // 5)]
    entities = [row for row in given.entities for _ in range(chance.choice([1, 2]))]
    chance.shuffle(events)
    chance.shuffle(entities)
    order = sorted(given.cutoff, key=lambda _: chance.random())
    return Past(events, entities, {entity: given.cutoff[entity] for entity in order})


def with_event_at_the_cutoff(given: Past, name: str) -> Past:
    """Let an event happen to everybody exactly at the cutoff, and be known at once."""
    blank = dict.fromkeys(_TYPES["events"])
    events = [
        {**blank, "entity_id": entity, "event": name, "ts": cutoff, "known_at": cutoff, "event_id": f"at {entity}"}
        for entity, cutoff in given.cutoff.items()
    ]
    return replace(given, events=[*given.events, *events])


Change = Callable[[Past, random.Random], Past]
