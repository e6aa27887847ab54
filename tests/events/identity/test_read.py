"""Every row of users and memberships is used or set aside with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml.errors import DataError
from pqlml.events import Tables
from pqlml.warehouse import Warehouse
from tests.small import Rows, day, load, write

Row = dict[str, Any]
EVENTS = [{"user_id": "u", "event": "seen", "ts": day(5)}]


def read(
    warehouse: Warehouse,
    folder: Path,
    people: Rows,
    stays: Rows,
    *,
    users: Row | None = None,
    memberships: Row | None = None,
) -> Tables:
    write(folder, events=EVENTS, users=people, memberships=stays)
    sources = {
        "events": {"path": "events.parquet", "entity_id": None, "user_id": "user_id"},
        "users": {"path": "users.parquet", "email": "mail", **(users or {})},
        "memberships": {"path": "memberships.parquet", **(memberships or {})},
        "observed_until": "2026-04-01",
    }
    return load(warehouse, folder, sources=sources)[1]


def account(tables: Tables, name: str) -> tuple[int, dict[str, int]]:
    found = next(read for read in tables.reads if read.table == name)
    assert found.read == found.used + sum(found.set_aside.values())
    return found.used, dict(found.set_aside)


def codes(tables: Tables) -> dict[str, int]:
    return {finding.code: finding.count for finding in tables.findings if finding.code.startswith("PQD05")}


def test_broken_rows_are_set_aside(warehouse: Warehouse, tmp_path: Path) -> None:
    sound: dict[str, object] = {"user_id": "u", "mail": "u@acme.com", "since": "2026-01-01"}
    people = [sound, sound, {**sound, "user_id": None}, {**sound, "since": None}, {**sound, "since": "once"}]
    stay: dict[str, object] = {"user_id": "u", "entity_id": "A", "since": "2026-01-02", "until": None, "known": None}
    stays = [
        stay,
        stay,
        {**stay, "user_id": " "},
        {**stay, "entity_id": None},
        {**stay, "since": None},
        {**stay, "until": "later"},
        {**stay, "until": "2026-01-02"},
    ]
    times = {"valid_from": "since", "valid_to": "until", "known_at": "known"}
    tables = read(warehouse, tmp_path, people, stays, users={"valid_from": "since"}, memberships=times)
    assert account(tables, "users") == (
        1,
        {"row repeated word for word": 1, "user_id is null": 1, "valid_from is null or cannot be read": 2},
    )
    assert account(tables, "memberships") == (
        1,
        {
            "ends before it begins": 1,
            "entity_id is null": 1,
            "row repeated word for word": 1,
            "user_id is null": 1,
            "valid_from is null or cannot be read": 1,
            "valid_to cannot be read": 1,
        },
    )
    assert codes(tables) == {"PQD053": 1}


def test_tables_without_times_hold_always_and_say_so(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [{"user_id": "u", "entity_id": "A"}]
    tables = read(warehouse, tmp_path, [{"user_id": "u", "mail": None}], stays)
    assert tables.events is not None
    assert warehouse.fetch(tables.events)["entity_id"].to_pylist() == ["A"]
    assert codes(tables) == {"PQD050": 0, "PQD051": 0}


def test_one_user_with_two_different_rows_is_refused_without_naming_anybody(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    users = [{"user_id": "jo@acme.com", "mail": mail} for mail in ("jo@acme.com", "jo@other.com")]
    with pytest.raises(DataError, match="1 users have several different rows") as refused:
        read(warehouse, tmp_path, users, [{"user_id": "u", "entity_id": "A"}])
    assert "@" not in str(refused.value)


def test_numbers_are_no_instants(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [{"user_id": "u", "entity_id": "A", "since": 5}]
    with pytest.raises(DataError, match=r"'since' \(valid_from\) holds int64"):
        read(warehouse, tmp_path, [{"user_id": "u", "mail": None}], stays, memberships={"valid_from": "since"})


def test_a_column_that_is_not_there_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="did you mean 'entity_id'"):
        read(
            warehouse,
            tmp_path,
            [{"user_id": "u", "mail": None}],
            [{"user_id": "u", "entity_id": "A"}],
            memberships={"entity_id": "entityid"},
        )


def test_ids_of_numbers_meet(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path,
        events=[{"user_id": 7, "event": "seen", "ts": day(5)}],
        memberships=[{"user_id": 7.0, "entity_id": 1}, {"user_id": None, "entity_id": 2}],
    )
    sources = {
        "events": {"path": "events.parquet", "entity_id": None, "user_id": "user_id"},
        "memberships": {"path": "memberships.parquet"},
        "observed_until": "2026-04-01",
    }
    _, tables = load(warehouse, tmp_path, sources=sources)
    assert tables.events is not None
    assert warehouse.fetch(tables.events)["entity_id"].to_pylist() == ["1"]
