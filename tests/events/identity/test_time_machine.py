"""Whatever is known later moves nothing, and every event counts once: random people, and an oracle in plain Python."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pqlml.events import Tables
from pqlml.warehouse import Warehouse
from tests.small import day, load, write

Row = dict[str, Any]
PEOPLE = 120
CUTOFFS = [day(number) for number in (6, 12, 18, 24)]
DOMAINS = ("acme.com", "mail.acme.com", "other.co.uk", "gmail.com", "mailinator.com", None)


@dataclass(frozen=True)
class World:
    users: list[Row]
    memberships: list[Row]
    events: list[Row]

    def as_known(self, cutoff: dt.datetime) -> World:
        """Keep what was known by the cutoff; a stay that ends later has no end yet."""
        ended = [
            {**row, "until": None if row["until"] and row["until"] > cutoff else row["until"]}
            for row in self.memberships
        ]
        return World(
            [row for row in self.users if row["since"] <= cutoff],
            [row for row in ended if row["since"] <= cutoff and row["known"] <= cutoff],
            [row for row in self.events if row["known"] <= cutoff],
        )


def world(seed: int) -> World:
    """Few days and few accounts, so that edges meet."""
    chance = random.Random(seed)
    users: list[Row] = []
    memberships: list[Row] = []
    events: list[Row] = []
    for number in range(PEOPLE):
        user = f"u{number}"
        for since in sorted(chance.sample(range(1, 25), chance.choice([0, 1, 1, 2, 3]))):
            domain = chance.choice(DOMAINS)
            users.append({"user": user, "mail": domain and f"{user}@{domain}", "since": day(since)})
        for _ in range(chance.choice([0, 0, 1, 1, 2, 4])):
            since = chance.randint(1, 20)
            memberships.append(
                {
                    "user": user,
                    "account": chance.choice("ABCD"),
                    "since": day(since),
                    "until": chance.choice([None, day(since + chance.randint(1, 8))]),
                    "known": day(since + chance.choice([0, 0, 0, 2, 9])),
                }
            )
        for _ in range(chance.randint(0, 12)):
            ts = chance.randint(1, 24)
            events.append(
                {
                    "user": user,
                    "event": "seen",
                    "ts": day(ts),
                    "known": day(ts + chance.choice([0, 0, 0, 1, 7])),
                    "number": float(len(events)),
                }
            )
    return World(users, _unique(memberships), events)


def _unique(rows: Sequence[Row]) -> list[Row]:
    return list({tuple(row.values()): row for row in rows}.values())


def loaded(warehouse: Warehouse, folder: Path, made: World) -> Tables:
    write(folder, users=made.users, memberships=made.memberships, events=made.events)
    sources = {
        "events": {
            "path": "events.parquet",
            "entity_id": None,
            "user_id": "user",
            "known_at": "known",
            "properties": {"number": "number"},
        },
        "users": {"path": "users.parquet", "user_id": "user", "email": "mail", "valid_from": "since"},
        "memberships": {
            "path": "memberships.parquet",
            "user_id": "user",
            "entity_id": "account",
            "valid_from": "since",
            "valid_to": "until",
            "known_at": "known",
        },
        "observed_until": "2026-04-01",
    }
    return load(warehouse, folder, sources=sources)[1]


def visible(tables: Tables, cutoff: dt.datetime) -> set[tuple[Any, ...]]:
    """What a feature may see: which event, in which account, of whom, when."""
    assert tables.events is not None
    rows = tables.warehouse.fetch(tables.events).to_pylist()
    return {
        (row["p_number"], row["entity_id"], row["user_id"], row["ts"])
        for row in rows
        if row["ts"] < cutoff and row["known_at"] <= cutoff
    }


def signed_up(tables: Tables, cutoff: dt.datetime) -> dict[str, dt.datetime]:
    rows = tables.warehouse.fetch(tables.entities).to_pylist()
    return {
        row["entity_id"]: row["signup_at"]
        for row in rows
        if row["valid_from"] is None or row["valid_from"] <= cutoff
        if row["valid_to"] is None or row["valid_to"] > cutoff
        if row["signup_at"] < cutoff
    }


def account(made: World, event: Row) -> tuple[str, dt.datetime] | None:
    """Say in which account an event counts, and from when on: as the documentation does, day by day."""
    memberships = [row for row in made.memberships if row["user"] == event["user"]]
    versions = sorted((row for row in made.users if row["user"] == event["user"]), key=lambda row: row["since"])
    arrived = event["known"]
    while arrived < day(60):
        stays = [
            row
            for row in memberships
            if row["since"] <= event["ts"] and (row["until"] is None or event["ts"] < row["until"])
            if row["known"] <= arrived
        ]
        if stays:
            newest = max(row["since"] for row in stays)
            recorded = max(row["known"] for row in stays if row["since"] == newest)
            return min(r["account"] for r in stays if (r["since"], r["known"]) == (newest, recorded)), arrived
        then = [row for row in versions if row["since"] <= event["ts"]][-1:] or versions[:1]
        if then and then[0]["since"] <= arrived:
            domain = (then[0]["mail"] or "@").partition("@")[2].removeprefix("mail.")
            company = domain in {"acme.com", "other.co.uk"}
            return domain if company else f"user:{event['user']}", arrived
        arrived += dt.timedelta(days=1)
    return None


@pytest.mark.parametrize("seed", range(2))
def test_what_becomes_known_later_moves_no_event_and_each_counts_once(
    warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    made = world(seed)
    tables = loaded(warehouse, tmp_path, made)
    assert tables.events is not None
    rows = warehouse.fetch(tables.events).to_pylist()
    placed = {row["p_number"]: (row["entity_id"], row["known_at"]) for row in rows}
    expected = {event["number"]: account(made, event) for event in made.events}
    assert len(placed) == len(rows)
    assert placed == {number: found for number, found in expected.items() if found is not None}
    read = next(read for read in tables.reads if read.table == "events")
    assert read.read == len(made.events) == read.used + sum(read.set_aside.values())
    assert Counter(entity for entity, _ in placed.values()).total() == read.used
    later = {cutoff: (visible(tables, cutoff), signed_up(tables, cutoff)) for cutoff in CUTOFFS}
    for cutoff, (events, accounts) in later.items():
        then = loaded(warehouse, tmp_path, made.as_known(cutoff))
        assert visible(then, cutoff) == events
        assert signed_up(then, cutoff) == accounts
