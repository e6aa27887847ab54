"""Small companies whose answers can be counted by eye."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pqlml.events import Tables
from pqlml.warehouse import Warehouse
from tests.small import Rows, day, definition, load, write

USERS = {"path": "users.parquet", "email": "mail"}
MEMBERSHIPS = {"path": "memberships.parquet"}
DATED = {**MEMBERSHIPS, "valid_from": "valid_from", "valid_to": "valid_to", "known_at": "known_at"}


def seen(user: str | None, ts: object, **more: object) -> dict[str, object]:
    return {"user_id": user, "event": "seen", "ts": ts, **more}


def member(user: str, account: str, since: object = None, until: object = None, known: object = None) -> dict[str, Any]:
    return {
        "user_id": user,
        "entity_id": account,
        "valid_from": since,
        "valid_to": until,
        "known_at": known if known is not None else since,
    }


def rolled_up(warehouse: Warehouse, folder: Path, events: Rows, **sources: Any) -> Tables:
    """Load events that carry a user and no account; the tables are given beside them."""
    rows = {name: source.pop("rows") for name, source in sources.items()}
    write(folder, events=events, **rows)
    known_at = {"known_at": "known"} if "known" in events[0] else {}
    named = {"events": {"path": "events.parquet", "entity_id": None, "user_id": "user_id", **known_at}, **sources}
    return load(warehouse, folder, sources={**named, "observed_until": "2026-04-01"})[1]


def accounts(tables: Tables) -> list[tuple[str, str, int]]:
    """Account, user and day of each event."""
    assert tables.events is not None
    rows = tables.warehouse.fetch(tables.events).to_pylist()
    return sorted((row["entity_id"], row["user_id"], (row["ts"] - day(0)).days) for row in rows)


def known(tables: Tables) -> dict[int, int]:
    """Day of each event -> day on which it counts as known."""
    assert tables.events is not None
    rows = tables.warehouse.fetch(tables.events).to_pylist()
    return {(row["ts"] - day(0)).days: (row["known_at"] - day(0)).days for row in rows}


def finding(tables: Tables, code: str) -> tuple[int, str]:
    found = [item for item in tables.findings if item.code == code]
    assert len(found) == 1, [item.code for item in tables.findings]
    return found[0].count, found[0].detail


def test_a_user_who_changes_the_account_takes_no_event_along(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [member("u", "A", day(1), day(10)), member("u", "B", day(10))]
    events = [seen("u", day(1)), seen("u", day(9.99)), seen("u", day(10)), seen("u", day(20))]
    tables = rolled_up(warehouse, tmp_path, events, memberships={**DATED, "rows": stays})
    assert accounts(tables) == [("A", "u", 1), ("A", "u", 9), ("B", "u", 10), ("B", "u", 20)]


def test_colleagues_without_a_membership_meet_in_the_company_of_their_mail_domain(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    people = [
        {"user_id": "ann", "mail": "ann@acme.co.uk"},
        {"user_id": "bob", "mail": " Bob@Mail.ACME.co.uk"},
        {"user_id": "cid", "mail": "cid@other.co.uk"},
    ]
    events = [seen("ann", day(1)), seen("bob", day(2)), seen("cid", day(3))]
    tables = rolled_up(warehouse, tmp_path, events, users={**USERS, "rows": people})
    assert accounts(tables) == [("acme.co.uk", "ann", 1), ("acme.co.uk", "bob", 2), ("other.co.uk", "cid", 3)]


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        ("{}@gmail.com", "free mail"),
        ("{}@googlemail.com", "free mail"),
        ("{}@mailinator.com", "disposable mail"),
        ("{}@", "no sound mail domain"),
        ("{}", "no sound mail domain"),
        ("{}@intranet", "no sound mail domain"),
        ("{}@co.uk", "no sound mail domain"),
        (None, "no mail address"),
    ],
)
def test_who_shows_no_company_is_an_account_of_one_person(
    warehouse: Warehouse, tmp_path: Path, mail: str | None, why: str
) -> None:
    people = [{"user_id": user, "mail": mail and mail.format(user)} for user in ("ann", "bob")]
    events = [seen("ann", day(1)), seen("bob", day(2))]
    people += [{"user_id": "typed", "mail": "typed@acme.com"}]
    tables = rolled_up(warehouse, tmp_path, events, users={**USERS, "rows": people})
    assert accounts(tables) == [("user:ann", "ann", 1), ("user:bob", "bob", 2)]
    assert finding(tables, "PQD055") == (2, f"{why}: 2; each is an account of one person.")


def test_a_membership_comes_before_the_mail_domain_while_it_lasts(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [{"user_id": "u", "mail": "u@acme.com"}]
    stays = [member("u", "A", day(5), day(10))]
    events = [seen("u", day(4)), seen("u", day(5)), seen("u", day(10))]
    sources = {"users": {**USERS, "rows": people}, "memberships": {**DATED, "rows": stays}}
    tables = rolled_up(warehouse, tmp_path, events, **sources)
    assert accounts(tables) == [("A", "u", 5), ("acme.com", "u", 4), ("acme.com", "u", 10)]


def test_of_two_memberships_at_once_the_newest_counts_and_the_older_one_again_after_it(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    stays = [member("u", "A", day(1)), member("u", "B", day(10), day(20)), member("v", "A", day(1))]
    events = [seen("u", day(5)), seen("u", day(15)), seen("u", day(25)), seen("v", day(15))]
    tables = rolled_up(warehouse, tmp_path, events, memberships={**DATED, "rows": stays})
    assert accounts(tables) == [("A", "u", 5), ("A", "u", 25), ("A", "v", 15), ("B", "u", 15)]
    assert finding(tables, "PQD054")[0] == 1


def test_of_two_memberships_from_the_same_instant_one_counts(warehouse: Warehouse, tmp_path: Path) -> None:
    stays = [member("u", "B", day(1)), member("u", "A", day(1))]
    tables = rolled_up(warehouse, tmp_path, [seen("u", day(5))], memberships={**DATED, "rows": stays})
    assert accounts(tables) == [("A", "u", 5)]
    assert finding(tables, "PQD054")[0] == 1


def test_a_membership_that_is_recorded_late_moves_nothing_that_had_arrived(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    people = [{"user_id": "u", "mail": "u@acme.com"}]
    stays = [member("u", "A", day(1), known=day(10))]
    events = [
        seen("u", day(5), known=day(5)),
        seen("u", day(6), known=day(10)),  # arrived with the record
        seen("u", day(11), known=day(11)),
    ]
    sources = {"users": {**USERS, "rows": people}, "memberships": {**DATED, "rows": stays}}
    tables = rolled_up(warehouse, tmp_path, events, **sources)
    assert accounts(tables) == [("A", "u", 6), ("A", "u", 11), ("acme.com", "u", 5)]
    assert known(tables) == {5: 5, 6: 10, 11: 11}
    assert finding(tables, "PQD052")[0] == 1


def test_an_event_of_a_user_whom_nobody_knows_yet_waits_until_somebody_does(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    people = [
        {"user_id": "u", "mail": "u@acme.com", "since": day(3)},
        {"user_id": "u", "mail": "u@other.com", "since": day(9)},
    ]
    events = [seen("u", day(1)), seen("u", day(4)), seen("u", day(9)), seen("stranger", day(4))]
    tables = rolled_up(warehouse, tmp_path, events, users={**USERS, "valid_from": "since", "rows": people})
    assert accounts(tables) == [("acme.com", "u", 1), ("acme.com", "u", 4), ("other.com", "u", 9)]
    assert known(tables) == {1: 3, 4: 4, 9: 9}
    read = next(read for read in tables.reads if read.table == "events")
    assert (read.read, read.used, dict(read.set_aside)) == (4, 3, {"no account of its user is known": 1})


def test_users_of_whom_only_memberships_could_be_known_are_alone_outside_of_them(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    stays = [member("u", "A", day(5), day(10))]
    events = [seen("u", day(4)), seen("u", day(5)), seen("u", day(10)), seen("v", day(6))]
    tables = rolled_up(warehouse, tmp_path, events, memberships={**DATED, "rows": stays})
    assert accounts(tables) == [("A", "u", 5), ("user:u", "u", 4), ("user:u", "u", 10), ("user:v", "v", 6)]


def test_given_accounts_are_found_by_their_domain_and_no_others_are_made_up(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    given = [
        {"entity_id": "a1", "signup_at": day(1), "site": "https://www.acme.com/about"},
        {"entity_id": "a2", "signup_at": day(2), "site": "gmail.com"},
        {"entity_id": "a3", "signup_at": day(3), "site": "acme.com"},
    ]
    people = [
        {"user_id": "ann", "mail": "ann@mail.acme.com"},
        {"user_id": "bob", "mail": "bob@gmail.com"},
        {"user_id": "cid", "mail": "cid@unheard.com"},
    ]
    events = [seen("ann", day(5)), seen("bob", day(5)), seen("cid", day(5))]
    write(tmp_path, entities=given)
    sources: dict[str, Any] = {
        "users": {**USERS, "rows": people},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at", "domain": "site", "rows": given},
    }
    tables = rolled_up(warehouse, tmp_path, events, **sources)
    assert accounts(tables) == [("a1", "ann", 5)]
    assert finding(tables, "PQD055") == (2, "the domain of no account: 1, free mail: 1; no row counts them.")
    assert finding(tables, "PQD056")[0] == 1
    assert "site" not in tables.attributes


def test_who_shows_no_company_still_counts_in_the_account_that_an_event_names(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    given = [{"entity_id": "a1", "signup_at": day(1)}]
    write(tmp_path, entities=given, users=[{"user_id": "ann", "mail": "ann@gmail.com"}])
    write(tmp_path, events=[{**seen("ann", day(5)), "entity_id": "a1"}, {**seen("ann", day(6)), "entity_id": None}])
    sources = {
        "events": {"path": "events.parquet", "user_id": "user_id"},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "users": {"path": "users.parquet", "email": "mail"},
        "observed_until": "2026-04-01",
    }
    _, tables = load(warehouse, tmp_path, sources=sources)
    assert accounts(tables) == [("a1", "ann", 5)]
    told = "free mail: 1; no row counts them, except where an event names its account."
    assert finding(tables, "PQD055") == (1, told)


def test_the_account_that_an_event_names_stands_and_contradictions_are_counted(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    stays = [member("u", "A", day(1)), member("v", "B", day(1))]
    events = [
        seen("u", day(5), account="A"),
        seen("v", day(5), account="A"),
        seen("v", day(6), account=None),
        seen(None, day(7), account="A"),
        seen(None, day(8), account=None),
    ]
    write(tmp_path, events=events, memberships=stays)
    named = {"path": "events.parquet", "entity_id": "account", "user_id": "user_id"}
    sources = {"events": named, "memberships": DATED, "observed_until": "2026-04-01"}
    tables = load(warehouse, tmp_path, sources=sources)[1]
    assert tables.events is not None
    rows = warehouse.fetch(tables.events.order_by("ts", "user_id")).to_pylist()
    assert [row["entity_id"] for row in rows] == ["A", "A", "B", "A"]
    assert finding(tables, "PQD057")[0] == 1
    read = next(read for read in tables.reads if read.table == "events")
    assert (read.read, read.used, dict(read.set_aside)) == (5, 4, {"entity_id is null": 1})


def test_accounts_that_no_table_lists_sign_up_with_the_first_of_their_people(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    people = [
        {"user_id": "ann", "mail": "ann@acme.com", "joined": day(4)},
        {"user_id": "bob", "mail": "bob@acme.com", "joined": day(2)},
        {"user_id": "cid", "mail": "cid@gmail.com", "joined": None},
        {"user_id": "dan", "mail": "dan@acme.com", "joined": day(1)},
    ]
    stays = [member("dan", "B", day(1), day(20)), member("bob", "C", day(30))]
    sources = {
        "users": {**USERS, "signup_at": "joined", "rows": people},
        "memberships": {**DATED, "rows": stays},
    }
    tables = rolled_up(warehouse, tmp_path, [seen("ann", day(5)), seen("cid", day(7))], **sources)
    rows = warehouse.fetch(tables.entities).to_pylist()
    signups = {row["entity_id"]: (row["signup_at"] - day(0)).days for row in rows}
    assert signups == {"acme.com": 2, "B": 1, "C": 30, "user:cid": 7}
    assert Counter(row["entity_id"] for row in rows) == dict.fromkeys(signups, 1)


def test_with_users_as_entities_the_table_of_users_is_theirs(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [
        {"id": "ann", "mail": "ann@acme.com", "name": "Ann", "title": "CEO", "joined": day(1)},
        {"id": "bob", "mail": "bob@acme.com", "name": "Bob", "title": "Clerk", "joined": day(2)},
    ]
    events = [{"who": "ann", "account": "A", "event": "seen", "ts": day(3)}]
    write(tmp_path, events=events, users=people)
    sources = {
        "events": {"path": "events.parquet", "entity_id": "account", "user_id": "who"},
        "users": {
            "path": "users.parquet",
            "user_id": "id",
            "email": "mail",
            "name": "name",
            "role": "title",
            "signup_at": "joined",
        },
        "observed_until": "2026-04-01",
    }
    made, tables = load(warehouse, tmp_path, entity="user", sources=sources)
    assert tables.events is not None
    assert warehouse.fetch(tables.events)["entity_id"].to_pylist() == ["ann"]
    rows = warehouse.fetch(tables.entities.order_by("entity_id")).to_pylist()
    assert [(row["entity_id"], row["signup_at"]) for row in rows] == [("ann", day(1)), ("bob", day(2))]
    assert dict(tables.attributes) == {"title": "category"}
    assert [read.table for read in tables.reads] == ["events", "users"]
    assert made.dated


def test_the_usual_definition_knows_no_people(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path,
        events=[{"entity_id": "a", "event": "bought", "ts": day(3)}],
        entities=[{"entity_id": "a", "signup_at": day(1)}],
    )
    assert load(warehouse, tmp_path)[1].identity is None
    assert not definition().sources.people
