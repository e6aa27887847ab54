"""Ids that are given up for another one: stories to count by eye, and random people against plain Python."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pytest

from pqlml.errors import DataError, DefinitionError
from pqlml.events import Tables
from pqlml.features import build_features
from pqlml.features.people import leading_people
from pqlml.features.spec import Feature
from pqlml.warehouse import Warehouse
from tests.events.identity.test_stories import (
    DATED,
    MEMBERSHIPS,
    USERS,
    accounts,
    finding,
    known,
    member,
    rolled_up,
    seen,
)
from tests.small import day, definition, load, write

Row = dict[str, Any]
ALIASES = {"path": "aliases.parquet", "known_at": "known"}
NAMED = {"path": "events.parquet", "user_id": "user_id", "known_at": "known"}
CUTOFFS = [day(number) for number in (4, 8, 12, 16, 20)]


def alias(user: str | None, canonical: str | None, since: object) -> Row:
    return {"user_id": user, "canonical_id": canonical, "known": since}


def users_feature(window_days: int | None) -> Feature:
    return Feature(
        name=f"users.{window_days}",
        dimension="team",
        group="use",
        aggregate="users",
        window_days=window_days,
    )


def test_a_visitor_counts_in_the_account_of_the_user_from_when_that_is_known(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    tables = rolled_up(
        warehouse,
        tmp_path,
        [seen("cookie", day(1)), seen("cookie", day(8)), seen("u", day(2)), seen("other", day(3))],
        users={**USERS, "rows": [{"user_id": "u", "mail": "u@acme.com"}]},
        aliases={**ALIASES, "rows": [alias("cookie", "u", day(5))]},
    )
    assert accounts(tables) == [("acme.com", "u", 1), ("acme.com", "u", 2), ("acme.com", "u", 8)]
    assert known(tables) == {1: 5, 2: 2, 8: 8}
    read = {read.table: read for read in tables.reads}
    assert read["events"].set_aside == {"no account of its user is known": 1}
    assert (read["aliases"].read, read["aliases"].used) == (1, 1)


def test_what_was_counted_under_the_old_id_stays_where_it_was(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [member("old", "A", day(1)), member("new", "B", day(1))]
    tables = rolled_up(
        warehouse,
        tmp_path,
        [seen("old", day(2)), seen("old", day(9)), seen("new", day(3))],
        memberships={**DATED, "rows": stays},
        aliases={**ALIASES, "rows": [alias("old", "new", day(5))]},
    )
    assert accounts(tables) == [("A", "old", 2), ("B", "new", 3), ("B", "new", 9)]


def test_ids_are_given_up_in_turn(warehouse: Warehouse, tmp_path: Path) -> None:
    tables = rolled_up(
        warehouse,
        tmp_path,
        [seen("a", day(1)), seen("a", day(6)), seen("a", day(12)), seen("b", day(11))],
        memberships={**MEMBERSHIPS, "rows": [member("b", "X"), member("c", "X")]},
        users={**USERS, "rows": [{"user_id": "b", "mail": None}, {"user_id": "c", "mail": None}]},
        aliases={**ALIASES, "rows": [alias("a", "b", day(5)), alias("b", "c", day(10))]},
    )
    assert accounts(tables) == [("X", "b", 1), ("X", "b", 6), ("X", "c", 11), ("X", "c", 12)]


def test_an_id_is_given_up_once_and_every_row_is_accounted_for(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        alias("a", "u", day(3)),
        alias("a", "v", day(4)),
        alias("a", "u", day(5)),
        alias("u", "u", day(1)),
        alias(None, "u", day(1)),
        alias("b", None, day(1)),
        alias("c", "u", None),
    ]
    tables = rolled_up(
        warehouse,
        tmp_path,
        [seen("a", day(7))],
        memberships={**MEMBERSHIPS, "rows": [member("u", "A"), member("v", "B")]},
        aliases={**ALIASES, "rows": rows},
    )
    assert accounts(tables) == [("A", "u", 7)]
    read = next(read for read in tables.reads if read.table == "aliases")
    assert read.read == len(rows) == read.used + sum(read.set_aside.values())
    assert read.set_aside == {
        "user_id is null": 1,
        "canonical_id is null": 1,
        "known_at is null or cannot be read": 1,
        "an id given up for itself": 1,
        "id repeated": 1,
        "id of another user already": 1,
    }


def test_aliases_without_times_are_told(warehouse: Warehouse, tmp_path: Path) -> None:
    tables = rolled_up(
        warehouse,
        tmp_path,
        [seen("cookie", day(1))],
        memberships={**MEMBERSHIPS, "rows": [member("u", "A")]},
        aliases={"path": "aliases.parquet", "rows": [alias("cookie", "u", day(5))]},
    )
    assert finding(tables, "PQD058")[0] == 0
    assert accounts(tables) == [("A", "u", 1)]


def test_ids_given_up_in_a_circle_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [alias("a", "b", day(1)), alias("b", "a", day(2))]
    with pytest.raises(DataError, match="in a circle"):
        rolled_up(
            warehouse,
            tmp_path,
            [seen("a", day(1))],
            memberships={**MEMBERSHIPS, "rows": [member("a", "A")]},
            aliases={**ALIASES, "rows": rows},
        )


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"sources": {"events": {"path": "e"}, "entities": {"path": "a"}, "aliases": {"path": "x"}}}, "events.user_id"),
        ({"entity": "user", "sources": {"events": NAMED, "aliases": {"path": "x"}}}, "entity: account"),
    ],
)
def test_a_definition_that_cannot_use_aliases_is_refused(sections: dict[str, Any], told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        definition(**sections)


def world(seed: int) -> tuple[list[Row], list[Row]]:
    """Few people with several ids each, so that merges meet."""
    chance = random.Random(seed)
    events, aliases = [], []
    for person in range(12):
        ids = [f"p{person}-{number}" for number in range(chance.choice([1, 2, 2, 3]))]
        for old, new in itertools.pairwise(ids):
            target = chance.choice([new, ids[-1]])
            if chance.random() < 0.8:
                aliases.append(alias(old, target, day(chance.randint(2, 22))))
        for _ in range(chance.randint(0, 9)):
            ts = chance.randint(1, 20)
            late = chance.choice([0, 0, 0, 1, 6])
            row = seen(chance.choice(ids), day(ts), known=day(ts + late), entity_id=chance.choice("ABC"))
            events.append(row)
    return events, aliases


def person_of(user: str, aliases: Sequence[Row], cutoff: dt.datetime) -> str:
    by_id = {row["user_id"]: row["canonical_id"] for row in aliases if row["known"] <= cutoff}
    while user in by_id:
        user = by_id[user]
    return user


def named(warehouse: Warehouse, folder: Path, events: list[Row], aliases: list[Row]) -> Tables:
    """Load events that name their account themselves."""
    nobody = alias("nobody", "no one", day(1))
    write(folder, events=events, aliases=[*aliases, nobody])
    sources = {"events": NAMED, "aliases": ALIASES, "observed_until": "2026-04-01"}
    return load(warehouse, folder, sources=sources)[1]


def pairs_of(warehouse: Warehouse) -> Any:
    keys = [(account, cutoff) for account in "ABC" for cutoff in CUTOFFS]
    rows = [
        {"row_id": number, "entity_id": account, "cutoff": cutoff, "signup_at": day(1)}
        for number, (account, cutoff) in enumerate(keys)
    ]
    instant = pa.timestamp("us")
    schema = pa.schema(
        [("row_id", pa.int64()), ("entity_id", pa.string()), ("cutoff", instant), ("signup_at", instant)]
    )
    return warehouse.save_arrow("asked_pairs", pa.Table.from_pylist(rows, schema))


@pytest.mark.parametrize("engine", ["kernel", "ibis"])
@pytest.mark.parametrize("seed", range(3))
def test_a_person_counts_once_at_each_cutoff_as_known_then(
    warehouse: Warehouse, tmp_path: Path, seed: int, engine: Literal["kernel", "ibis"]
) -> None:
    events, aliases = world(seed)
    features = [users_feature(5), users_feature(None)]
    tables = named(warehouse, tmp_path, events, aliases)
    found = build_features(tables, pairs_of(warehouse), features, engine)
    merged = 0
    for row in found.to_dict("records"):
        entity, cutoff = row["entity_id"], row["cutoff"].to_pydatetime()
        visible = [
            each for each in events if each["entity_id"] == entity and each["ts"] < cutoff and each["known"] <= cutoff
        ]
        for window, feature in zip((dt.timedelta(5), None), features, strict=True):
            inside = [each for each in visible if window is None or each["ts"] >= cutoff - window]
            ids = {each["user_id"] for each in inside}
            people = {person_of(user, aliases, cutoff) for user in ids}
            assert row[feature.name] == len(people)
            merged += len(ids) - len(people)
    assert merged > 0
    for cutoff in CUTOFFS:
        then = [each for each in events if each["known"] <= cutoff]
        earlier = named(warehouse, tmp_path, then, [row for row in aliases if row["known"] <= cutoff])
        again = build_features(earlier, pairs_of(warehouse), features, engine)
        at = (found["cutoff"] == pd.Timestamp(cutoff)).to_numpy()
        pd.testing.assert_frame_equal(found[at], again[at])


def test_the_most_active_person_is_one_with_all_ids(warehouse: Warehouse, tmp_path: Path) -> None:
    events = [
        *(seen("cookie", day(number), known=day(number), entity_id="A") for number in (1, 2)),
        *(seen("u", day(number), known=day(number), entity_id="A") for number in (3, 6)),
        *(seen("v", day(number), known=day(number), entity_id="A") for number in (1, 2, 3)),
    ]
    tables = named(warehouse, tmp_path, events, [alias("cookie", "u", day(5))])
    plan = definition().people
    led = warehouse.fetch(leading_people(tables, pairs_of(warehouse), plan).order_by("row_id")).to_pylist()
    by_cutoff = {CUTOFFS[row["row_id"]]: (row["user_id"], row["events"]) for row in led if row["entity_id"] == "A"}
    assert by_cutoff[day(4)] == ("v", 3)
    assert by_cutoff[day(8)] == ("u", 4)
