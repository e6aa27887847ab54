"""Times that cannot be read, or cannot be true, are counted, listed, and refused where nothing else is there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pqlml.errors import DataError
from pqlml.events import Finding, Tables
from pqlml.warehouse import Warehouse
from tests.small import NOW, day, event, load, write

PEOPLE = [{"entity_id": "a", "signup_at": day(1)}, {"entity_id": "b", "signup_at": day(2)}]


def csv_sources(
    folder: Path, events: dict[str, list[Any]], people: dict[str, list[Any]], **stated: Any
) -> dict[str, Any]:
    """Write both tables as CSV, and return the sections that name them; `stated` goes to both sources."""
    pd.DataFrame(events).to_csv(folder / "events.csv", index=False)
    pd.DataFrame(people).to_csv(folder / "entities.csv", index=False)
    return {
        "events": {"path": "events.csv", **stated},
        "entities": {"path": "entities.csv", "signup_at": "signup_at", **stated},
        "observed_until": "2026-04-01",
    }


def found(tables: Tables, code: str) -> list[Finding]:
    return [finding for finding in tables.findings if finding.code == code]


EVENTS = {"entity_id": ["a", "b"], "event": ["seen", "bought"], "ts": ["01/02/2026", "13/02/2026"]}
ISO = {**EVENTS, "ts": ["2026-02-01", "2026-02-13T10:00:00Z"]}


def test_days_and_months_are_never_guessed(warehouse: Warehouse, tmp_path: Path) -> None:
    people = {"entity_id": ["a", "b"], "signup_at": ["2026-01-01", "2026-01-02"]}
    with pytest.raises(DataError, match=r"all 2 rows were set aside \(2 rows: time cannot be read\).*'%d/%m/%Y'"):
        load(warehouse, tmp_path, sources=csv_sources(tmp_path, EVENTS, people))
    _, tables = load(warehouse, tmp_path, sources=csv_sources(tmp_path, EVENTS, people, time_format="%d/%m/%Y"))
    instants = sorted(warehouse.fetch(tables.events)["ts"].to_pylist())
    assert instants == [dt.datetime(2026, 2, 1), dt.datetime(2026, 2, 13)]


def test_a_sign_up_that_cannot_be_read_is_refused_or_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"entities: no value of 'signup_at' \(signup_at\) can be read.*day or month"):
        load(
            warehouse,
            tmp_path,
            sources=csv_sources(tmp_path, ISO, {"entity_id": ["a", "b"], "signup_at": ["01/01/2026", "02/01/2026"]}),
        )
    some = {"entity_id": ["a", "b"], "signup_at": ["2026-01-01", "02/01/2026"]}
    _, tables = load(warehouse, tmp_path, sources=csv_sources(tmp_path, ISO, some))
    unknown = found(tables, "PQD011")[0]
    assert unknown.count == 1
    assert "'%d/%m/%Y' or '%m/%d/%Y'" in unknown.detail


def test_some_times_that_cannot_be_read_are_listed_with_an_example(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [event("a", "bought", "2026-02-01"), event("a", "seen", "13.02.2026"), event("a", "seen", "14.02.2026")]
    write(tmp_path, events=rows, entities=PEOPLE)
    _, tables = load(warehouse, tmp_path)
    listed = found(tables, "PQD006")
    assert [(finding.severity, finding.count) for finding in listed] == [("warning", 2)]
    assert "events: such rows are set aside; '13.02.2026'" in listed[0].detail
    assert "'%d.%m.%Y'" in listed[0].detail


def test_arrivals_that_cannot_be_read_are_refused_or_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    sources = {
        "events": {"path": "events.parquet", "known_at": "known"},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "observed_until": "2026-04-01",
    }
    rows = [event("a", "bought", day(5), known="06/01/2026"), event("a", "seen", day(5), known="07/01/2026")]
    write(tmp_path, events=rows, entities=PEOPLE)
    with pytest.raises(DataError, match=r"events: no value of 'known' \(known_at\)"):
        load(warehouse, tmp_path, sources=sources)
    write(tmp_path, events=[*rows, event("a", "seen", day(5), known="2026-01-06")])
    _, tables = load(warehouse, tmp_path, sources=sources)
    assert found(tables, "PQD003")[0].count == 2
    assert "'06/01/2026'" in found(tables, "PQD003")[0].detail


def test_columns_without_a_zone_are_named_table_by_table(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "bought", "2026-02-01T00:00:00Z")], entities=PEOPLE)
    _, tables = load(warehouse, tmp_path)
    assert [finding.detail.split(",")[0] for finding in found(tables, "PQD001")] == [
        "entities: 'signup_at' without a zone"
    ]
    assert found(tables, "PQD001")[0].count == 2


def test_times_before_1990_are_set_aside_and_listed(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("a", "bought", day(5)),
        event("a", "seen", day(6)),
        event("b", "seen", dt.datetime(1970, 1, 1)),
        event("b", "seen", dt.datetime(1, 1, 1)),
    ]
    write(tmp_path, events=rows, entities=PEOPLE)
    _, tables = load(warehouse, tmp_path)
    assert tables.reads[0].set_aside == {"time lies before 1990": 2}
    assert [(finding.severity, finding.count) for finding in found(tables, "PQD007")] == [("warning", 2)]


def test_data_with_a_clock_of_their_own_keep_their_times(warehouse: Warehouse, tmp_path: Path) -> None:
    start = dt.datetime(1970, 1, 1)
    rows = [event("a", "bought", start + dt.timedelta(days=number)) for number in range(5)]
    write(tmp_path, events=rows, entities=[{"entity_id": "a", "signup_at": start}])
    _, tables = load(warehouse, tmp_path)
    assert (tables.reads[0].used, found(tables, "PQD007")) == (5, [])


def test_sign_ups_that_cannot_be_true_are_listed(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [
        *PEOPLE,
        {"entity_id": "c", "signup_at": NOW + dt.timedelta(days=1)},
        {"entity_id": "d", "signup_at": dt.datetime(1970, 1, 1)},
        {"entity_id": "e", "signup_at": dt.datetime(1900, 1, 1)},
    ]
    write(tmp_path, events=[event("a", "bought", day(5))], entities=people)
    _, tables = load(warehouse, tmp_path)
    assert {code: found(tables, code)[0].count for code in ("PQD014", "PQD015")} == {"PQD014": 1, "PQD015": 2}


def test_outcomes_are_held_to_the_same(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "bought", day(5))], entities=PEOPLE)
    stages = {"entity_id": "a", "stage": "won"}
    sources = {
        "events": {"path": "events.parquet"},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "outcomes": {"path": "outcomes.parquet"},
        "observed_until": "2026-04-01",
    }
    write(
        tmp_path, outcomes=[{**stages, "ts": "2026-02-01"}, {**stages, "ts": "1970-01-01"}, {**stages, "ts": "1.2.26"}]
    )
    _, tables = load(warehouse, tmp_path, sources=sources)
    assert tables.reads[1].set_aside == {"time cannot be read": 1, "time lies before 1990": 1}
    assert [finding.detail[:9] for code in ("PQD006", "PQD007") for finding in found(tables, code)] == ["outcomes:"] * 2
    write(tmp_path, outcomes=[{**stages, "ts": "1.2.2026"}])
    with pytest.raises(DataError, match=r"outcomes: no row can be used.*'%d\.%m\.%Y'"):
        load(warehouse, tmp_path, sources=sources)
