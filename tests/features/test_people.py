"""Who leads in an account, in stories that can be counted by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pqlml.definition.people import People
from pqlml.features.people import leading_people
from pqlml.warehouse import Warehouse, open_warehouse
from tests.small import Rows, day, load, write

CUTOFF = day(40)
USERS: list[dict[str, Any]] = [
    {"user_id": "ann", "mail": "ann@acme.com", "called": "Ann", "title": "Clerk"},
    {"user_id": "bob", "mail": "bob@acme.com", "called": "Bob", "title": "Vice President, Sales"},
    {"user_id": "cid", "mail": "cid@acme.com", "called": "Cid", "title": "CEO"},
    {"user_id": "dan", "mail": "dan@acme.com", "called": None, "title": None},
]


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def stay(user: str, since: object, until: object = None, **more: object) -> dict[str, object]:
    return {"user_id": user, "entity_id": "A", "from": since, "to": until, "known": since, "role": None, **more}


def seen(user: str | None, *days: float, account: str = "A") -> list[dict[str, object]]:
    return [{"user_id": user, "entity_id": account, "event": "seen", "ts": day(number)} for number in days]


def leading(
    warehouse: Warehouse, folder: Path, events: Rows, stays: Rows | None = None, people: Rows | None = None, **plan: Any
) -> dict[str, dict[str, Any]]:
    """Return who leads in account A at the cutoff, by what they lead in."""
    write(folder, events=events, **{name: rows for name, rows in (("stays", stays), ("users", people)) if rows})
    sources: dict[str, Any] = {
        "events": {"path": "events.parquet", "user_id": "user_id"},
        "observed_until": "2026-04-01",
    }
    if stays:
        sources["memberships"] = {
            "path": "stays.parquet",
            "valid_from": "from",
            "valid_to": "to",
            "known_at": "known",
            "role": "role",
        }
    if people:
        sources["users"] = {"path": "users.parquet", "email": "mail", "name": "called", "role": "title"}
    _, tables = load(warehouse, folder, sources=sources)
    pair = {"row_id": pa.array([0]), "entity_id": ["A"], "cutoff": pa.array([CUTOFF], pa.timestamp("us"))}
    found = leading_people(tables, warehouse.save_arrow("asked", pa.table(pair)), People(**plan))
    rows = warehouse.fetch(found)
    assert rows.schema.field("events").type == pa.int64(), "as it is published"
    return {row["which"]: row for row in rows.to_pylist()}


def test_the_most_active_has_the_most_events_of_the_window_before_the_cutoff(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    events = [
        *seen("ann", 1, 2, 3, 4, 5, 11.9),  # all before the window of 28 days
        *seen("bob", 12, 20),
        *seen("cid", 40, 41, 42),  # at the cutoff and after it
        *seen(None, 30, 31, 32, 33),
        *seen("dan", 30, 31, 32, account="B"),
    ]
    found = leading(warehouse, tmp_path, events)
    assert set(found) == {"most_active"}
    assert (found["most_active"]["user_id"], found["most_active"]["events"]) == ("bob", 2)
    assert leading(warehouse, tmp_path, events, window_days=39)["most_active"]["user_id"] == "ann"


def test_ties_go_to_the_newer_last_event_then_to_the_id(warehouse: Warehouse, tmp_path: Path) -> None:
    assert leading(warehouse, tmp_path, [*seen("b", 20), *seen("a", 19)])["most_active"]["user_id"] == "b"
    assert leading(warehouse, tmp_path, [*seen("b", 20), *seen("a", 20)])["most_active"]["user_id"] == "a"


def test_the_most_senior_person_need_not_have_used_anything(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [stay("ann", day(1)), stay("bob", day(1)), stay("cid", day(40.1)), stay("dan", day(2), day(40))]
    found = leading(warehouse, tmp_path, seen("ann", 20, 21), stays, USERS)
    assert found["most_senior"] == {
        "row_id": 0,
        "entity_id": "A",
        "which": "most_senior",
        "user_id": "bob",
        "name": "Bob",
        "email": "bob@acme.com",
        "role": "Vice President, Sales",
        "seniority": 4,
        "events": 0,
        "window_days": 28,
    }
    assert found["most_active"]["user_id"] == "ann"


def test_a_role_in_the_account_counts_as_a_title_does(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [stay("ann", day(1), role="owner"), stay("cid", day(1), role="member"), stay("dan", day(1))]
    found = leading(warehouse, tmp_path, seen("dan", 30), stays, USERS)
    assert (found["most_senior"]["user_id"], found["most_senior"]["role"]) == ("ann", "Clerk, owner")
    assert (found["most_active"]["user_id"], found["most_active"]["role"]) == ("dan", None)


def test_what_is_recorded_after_the_cutoff_is_not_known(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [stay("ann", day(1)), stay("cid", day(1), known=day(41))]
    found = leading(warehouse, tmp_path, seen("ann", 30), stays, USERS)
    assert found["most_senior"]["user_id"] == "ann"


def test_who_has_moved_on_leads_no_more(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [stay("cid", day(1), day(39)), stay("cid", day(39), entity_id="B"), stay("ann", day(1))]
    found = leading(warehouse, tmp_path, [*seen("cid", 20, 21, 22), *seen("ann", 20)], stays, USERS)
    assert {row["user_id"] for row in found.values()} == {"ann"}


def test_who_is_an_account_of_one_person_may_lead_where_events_name_another(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    people = [{**USERS[1], "mail": "bob@gmail.com"}, USERS[2]]  # a company's address belongs to the company's account
    found = leading(warehouse, tmp_path, [*seen("bob", 20), *seen("cid", 20, 21)], people=people)
    assert {row["user_id"] for row in found.values()} == {"bob"}
    assert found["most_senior"]["seniority"] == 4


def test_the_ladder_is_the_definitions(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [stay(user, day(1)) for user in ("ann", "bob", "cid")]
    found = leading(warehouse, tmp_path, seen("ann", 30), stays, USERS, seniority=(("clerk",), ("ceo",)))
    assert (found["most_senior"]["user_id"], found["most_senior"]["seniority"]) == ("ann", 2)
