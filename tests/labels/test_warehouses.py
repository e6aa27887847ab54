"""Loading, identity, labels and features of people are the same on Spark and PostgreSQL as on DuckDB."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pqlml.events import Tables, load_tables
from pqlml.features import build_features, catalogue, learn_vocabulary
from pqlml.features.merged import OF_PEOPLE
from pqlml.features.seniority import SENIORITY
from pqlml.features.spec import PERSONAL
from pqlml.labels import Labels, cutoffs, judge_pairs
from pqlml.warehouse import Warehouse, open_warehouse
from tests.events.identity.test_time_machine import world
from tests.small import NOW, definition, write

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NEW_YORK = "America/New_York"
ROLES = ("owner", "admin", "member", None)
SOURCES = {
    "events": {
        "path": "events.parquet",
        "entity_id": None,
        "user_id": "user",
        "known_at": "known",
        "event_id": "number",
    },
    "users": {"path": "users.parquet", "user_id": "user", "email": "mail", "valid_from": "since"},
    "memberships": {
        "path": "memberships.parquet",
        "user_id": "user",
        "entity_id": "account",
        "valid_from": "since",
        "valid_to": "until",
        "known_at": "known",
        "role": "role",
    },
    "aliases": {"path": "aliases.csv", "known_at": "known", "timezone": NEW_YORK},
    "outcomes": {"path": "outcomes.csv", "ts": "at", "timezone": NEW_YORK, "amount": "amount"},
    "observed_until": "2026-04-15",
}
DEFINITION = definition(
    sources=SOURCES,
    snapshots={"every_days": 5, "start": "2026-01-05", "end": "2026-02-20"},
    conversion={"stage": "won", "horizon_days": 30},
    population={"leaves_on": ["lost"]},
    features=list(SENIORITY),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random people of four accounts; events repeated, null and without a time; deals on a clock that is set."""
    folder = tmp_path_factory.mktemp("tables")
    made, chance = world(4), random.Random(4)
    events: list[dict[str, Any]] = [{**row, "number": str(row["number"])} for row in made.events]
    events += [{**row, "known": row["known"] + dt.timedelta(hours=1)} for row in chance.sample(events, 20)]
    events += [{**events[0], "user": None, "number": "n1"}, {**events[0], "ts": None, "number": "n2"}]
    events += [{**events[1], "event": "cafe\u0301 🚀", "number": f"u{number}"} for number in range(3)]
    for row in chance.sample(events[:200], 20):
        row["user"] = f"cookie of {row['user']}"
    cookies = sorted({str(row["user"]) for row in events if str(row["user"]).startswith("cookie")})
    known_here = {f"cookie of {row['user']}": row for row in made.memberships}
    memberships = [{**row, "user": name} for name, row in known_here.items() if name in cookies[::2]]
    stays = [{**row, "role": chance.choice(ROLES)} for row in [*made.memberships, *memberships]]
    write(folder, events=events, users=made.users, memberships=stays)
    aliases = [f"{name},{name.removeprefix('cookie of ')},2026-01-{chance.randint(2, 25):02d}" for name in cookies]
    (folder / "aliases.csv").write_text("\n".join(["user_id,canonical_id,known", *aliases]))
    deals = [
        "A,won,2026-03-08 02:30,12.5",  # a time of no clock in New York
        "B,won,2026-02-01T10:00:00+01:00,",
        "C,lost,2026-01-20,0",
        "acme.com,won,2026-03-08 03:00,1e3",
        ",won,2026-02-02,1",
        "D,won,no time,1",
    ]
    (folder / "outcomes.csv").write_text("\n".join(["entity_id,stage,at,amount", *deals]))
    return folder


def told(warehouse: Warehouse, data: Path) -> dict[str, Any]:
    """Return all that loading and labelling make, and who is counted: tables as sorted rows, accounts, findings."""
    tables = load_tables(warehouse, DEFINITION, data, now=NOW)
    assert tables.events is not None
    assert tables.outcomes is not None
    assert tables.identity is not None
    assert tables.identity.aliases is not None
    judged = judge_pairs(DEFINITION, tables, cutoffs(DEFINITION, tables, data))
    made = {
        "events": tables.events,
        "outcomes": tables.outcomes,
        "entities": tables.entities,
        "users": tables.identity.users,
        "memberships": tables.identity.memberships,
        "belonging": tables.identity.belonging,
        "aliases": tables.identity.aliases,
        "judged": judged.judged,
    }
    rows = {name: _sorted(warehouse.fetch(table).to_pylist()) for name, table in made.items() if table is not None}
    return {
        **rows,
        "people": people_of(tables, judged),
        "reads": sorted((read.table, read.read, read.used, dict(read.set_aside)) for read in tables.reads),
        "findings": [(finding.code, finding.count, finding.detail) for finding in tables.findings],
        "account": judged.account.as_dict(),
        "observed_until": tables.observed_until,
    }


def people_of(tables: Tables, judged: Labels) -> list[Any]:
    """Return the features that count people, and those of their seniority, of every labelled pair."""
    features = catalogue(DEFINITION, learn_vocabulary(DEFINITION, tables))
    wanted = [feature for feature in features if feature.aggregate in OF_PEOPLE | PERSONAL]
    found: list[Any] = build_features(tables, judged.pairs, wanted).fillna(-1).to_numpy().tolist()
    return found


def _sorted(rows: list[dict[Any, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items(), key=lambda item: str(item[0]))) for row in rows)


@pytest.fixture(scope="module")
def expected(data: Path) -> dict[str, Any]:
    with open_warehouse() as duckdb:
        return told(duckdb, data)


def assert_alike(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name, values in expected.items():
        assert found[name] == values, name


def test_people_of_several_ids_would_be_counted_twice_without_aliases(data: Path, expected: dict[str, Any]) -> None:
    with open_warehouse() as duckdb:
        tables = load_tables(duckdb, DEFINITION, data, now=NOW)
        assert tables.identity is not None
        judged = judge_pairs(DEFINITION, tables, cutoffs(DEFINITION, tables, data))
        apart = people_of(replace(tables, identity=replace(tables.identity, aliases=None)), judged)
    assert [row[:2] for row in apart] == [row[:2] for row in expected["people"]]
    assert apart != expected["people"]


def test_what_is_compared_holds_all_that_can_differ(expected: dict[str, Any]) -> None:
    assert all(len(expected[name]) > 3 for name in ("events", "entities", "belonging", "aliases", "judged"))
    assert {table for table, *_ in expected["reads"]} == set(SOURCES) - {"observed_until"}
    assert expected["account"]["conversions"] > 0
    assert expected["account"]["dropped"]
    assert len({tuple(row[-2:]) for row in expected["people"]}) > 5, "as many pairs of seniorities"


def test_spark(spark: SparkSession, data: Path, expected: dict[str, Any]) -> None:
    from pqlml.warehouse.spark import SparkWarehouse

    with SparkWarehouse(spark) as warehouse:
        assert_alike(told(warehouse, data), expected)


def test_postgres(postgres: str, data: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGTZ", NEW_YORK)
    with open_warehouse(postgres) as warehouse:
        assert_alike(told(warehouse, data), expected)
