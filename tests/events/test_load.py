from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pqlml.errors import DataError
from pqlml.events import Tables
from pqlml.warehouse import Warehouse
from tests.small import NOW, day, event, load, write

ENTITIES = [
    {"entity_id": "a", "signup_at": day(1), "plan": "free"},
    {"entity_id": "b", "signup_at": day(2), "plan": "trial"},
]
EVENTS = [event("a", "seen", day(3)), event("b", "bought", day(40))]


def set_aside(tables: Tables, name: str) -> dict[str, int]:
    account = next(read for read in tables.reads if read.table == name)
    assert account.read == account.used + sum(account.set_aside.values())
    return dict(account.set_aside)


def codes(tables: Tables) -> set[str]:
    return {finding.code for finding in tables.findings}


def sources(**events: Any) -> dict[str, Any]:
    return {
        "events": {"path": "events.parquet", **events},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "observed_until": "2026-04-01",
    }


def test_each_broken_event_is_set_aside_with_its_reason(warehouse: Warehouse, tmp_path: Path) -> None:
    broken = [
        event(None, "seen", day(3)),
        event("", "seen", day(3)),
        event("a", None, day(3)),
        event("a", "seen", None),
        event("a", "seen", day(120)),
        event("a", "seen", NOW.replace(year=2031)),
    ]
    write(tmp_path, events=[*EVENTS, *broken], entities=ENTITIES)
    _, tables = load(warehouse, tmp_path)
    assert set_aside(tables, "events") == {
        "entity_id is null": 2,
        "event is null": 1,
        "time is null": 1,
        "time at or after observed_until": 1,
        "time lies in the future": 1,
    }
    assert warehouse.fetch(tables.events.agg(n=tables.events.count()))["n"][0].as_py() == 2  # type: ignore[union-attr]


def test_text_times_are_read_and_unreadable_ones_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("a", "bought", "2026-02-01T12:00:00+02:00"),
        event("a", "seen", "2026-02-01 12:00:00"),
        event("a", "seen", "yesterday"),
    ]
    write(tmp_path, events=rows, entities=ENTITIES)
    _, tables = load(warehouse, tmp_path)
    assert set_aside(tables, "events") == {"time cannot be read": 1}
    found = warehouse.fetch(tables.events.order_by("ts"))["ts"].to_pylist()  # type: ignore[union-attr]
    assert [instant.hour for instant in found] == [10, 12]
    zoneless = next(finding for finding in tables.findings if finding.code == "PQD001")
    assert zoneless.count == 1


@pytest.mark.parametrize("as_text", [True, False])
def test_zone_less_times_are_read_on_the_clock_of_the_source(
    warehouse: Warehouse, tmp_path: Path, as_text: bool
) -> None:
    local = ["2026-01-15 12:00:00", "2026-03-30 12:00:00"]  # winter and summer time in Berlin
    rows = [event("a", "bought", text if as_text else dt.datetime.fromisoformat(text)) for text in local]
    write(tmp_path, events=rows, entities=ENTITIES)
    _, tables = load(warehouse, tmp_path, sources=sources(timezone="Europe/Berlin"))
    found = warehouse.fetch(tables.events.order_by("ts"))["ts"].to_pylist()  # type: ignore[union-attr]
    assert [instant.hour for instant in found] == [11, 10]


def test_a_repeated_event_id_counts_once_as_first_known_and_broken_rows_never_displace_sound_ones(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    rows = [
        event("a", "bought", day(5), known=day(9), id="1"),
        event("a", "bought", day(5), known=day(6), id="1"),
        event(None, "bought", day(5), known=day(5), id="1"),
        event("a", "bought", day(5), known=day(5), id=None),
        event("a", "bought", day(5), known=day(5), id=None),
    ]
    write(tmp_path, events=rows, entities=ENTITIES)
    _, tables = load(warehouse, tmp_path, sources=sources(known_at="known", event_id="id"))
    assert set_aside(tables, "events") == {"entity_id is null": 1, "event_id repeated": 1}
    kept = warehouse.fetch(tables.events.order_by("known_at"))["known_at"].to_pylist()  # type: ignore[union-attr]
    assert kept == [day(5), day(5), day(6)]


def test_an_event_is_never_known_before_it_happened(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [event("a", "bought", day(5), known=day(3)), event("a", "seen", day(5), known=None)]
    write(tmp_path, events=rows, entities=ENTITIES)
    _, tables = load(warehouse, tmp_path, sources=sources(known_at="known"))
    assert warehouse.fetch(tables.events)["known_at"].to_pylist() == [day(5), day(5)]
    assert {"PQD002", "PQD003"} <= codes(tables)


def test_strangers_silence_and_missing_vocabulary_are_found(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "bought", day(3)), event("stranger", "seen", day(3))], entities=ENTITIES)
    _, tables = load(warehouse, tmp_path, signals={"upgrade": {"limit": ["limit_hti"]}})
    assert {"PQD020", "PQD021", "PQD022"} <= codes(tables)
    unknown = next(finding for finding in tables.findings if finding.code == "PQD020")
    assert "limit_hti" in unknown.detail
    assert unknown.severity == "warning"


def test_a_conversion_event_that_never_occurs_is_an_error(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "boughtt", day(3))], entities=ENTITIES)
    _, tables = load(warehouse, tmp_path)
    assert tables.findings[0].severity == "error"
    assert "did you mean 'boughtt'" in tables.findings[0].detail


def test_a_two_day_outage_is_found(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        event("a", "seen", day(number + i / 48)) for number in range(1, 60) for i in range(40) if number not in (30, 31)
    ]
    write(tmp_path, events=[*rows, event("a", "bought", day(60))], entities=ENTITIES)
    _, tables = load(warehouse, tmp_path)
    outage = next(finding for finding in tables.findings if finding.code == "PQD023")
    assert outage.count == 2
    assert "2026-01-30" in outage.detail


def test_contradicting_rows_of_one_entity_are_refused_and_word_for_word_copies_set_aside(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write(tmp_path, events=EVENTS, entities=[*ENTITIES, ENTITIES[0]])
    _, tables = load(warehouse, tmp_path)
    assert set_aside(tables, "entities") == {"row repeated word for word": 1}
    write(tmp_path, entities=[*ENTITIES, {**ENTITIES[0], "plan": "paid"}])
    with pytest.raises(DataError, match=r"'a' \(2 rows\).*valid_from"):
        load(warehouse, tmp_path)


def test_attributes_that_name_rather_than_describe_become_no_feature(warehouse: Warehouse, tmp_path: Path) -> None:
    many = [{"entity_id": str(i), "signup_at": day(1), "mail": f"{i}@x.io", "size": i} for i in range(300)]
    write(tmp_path, events=[event("1", "bought", day(3))], entities=many)
    _, tables = load(warehouse, tmp_path)
    assert dict(tables.attributes) == {"size": "number"}
    assert "PQD013" in codes(tables)


def test_without_an_entity_table_entities_sign_up_with_their_first_event(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "seen", day(3)), event("a", "bought", day(9))])
    _, tables = load(
        warehouse, tmp_path, sources={"events": {"path": "events.parquet"}, "observed_until": "2026-04-01"}
    )
    assert warehouse.fetch(tables.entities).to_pylist()[0]["signup_at"] == day(3)


def test_the_end_of_the_data_is_just_after_its_last_time_unless_declared(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=EVENTS, entities=ENTITIES)
    undeclared = {key: value for key, value in sources().items() if key != "observed_until"}
    _, tables = load(warehouse, tmp_path, sources=undeclared)
    assert tables.observed_until == day(40).replace(microsecond=1)


def test_an_end_of_the_data_in_the_future_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=EVENTS, entities=ENTITIES)
    with pytest.raises(DataError, match=r"'sources.observed_until' 2026-06-03.*lies in the future"):
        load(warehouse, tmp_path, sources={**sources(), "observed_until": "2026-06-03"})
    _, tables = load(warehouse, tmp_path, sources={**sources(), "observed_until": "2026-06-02"})
    assert tables.observed_until == dt.datetime(2026, 6, 2)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no file": ({}, "there is no file"),
    "a column is missing": ({"ts": "when"}, r"ts: 'when'"),
    "epoch numbers": ({"ts": "number"}, "Convert epoch numbers"),
    "a text as property": ({"properties": {"spend": "event"}}, "expected numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_refused_by_name(warehouse: Warehouse, tmp_path: Path, case: str) -> None:
    changed, message = BAD[case]
    if case != "no file":
        write(tmp_path, events=[{**row, "number": 5} for row in EVENTS], entities=ENTITIES)
    with pytest.raises(DataError, match=message):
        load(warehouse, tmp_path, sources=sources(**changed))


def test_a_table_without_a_usable_row_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    empty = pa.table(
        {"entity_id": pa.array([], "string"), "event": pa.array([], "string"), "ts": pa.array([], pa.timestamp("us"))}
    )
    write(tmp_path, events=empty, entities=ENTITIES)
    with pytest.raises(DataError, match="it has no rows"):
        load(warehouse, tmp_path)
    write(tmp_path, events=[event(None, "seen", day(3))])
    with pytest.raises(DataError, match="all 1 rows were set aside"):
        load(warehouse, tmp_path)


def test_a_broken_file_is_refused_by_name(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, entities=ENTITIES)
    (tmp_path / "events.parquet").write_bytes(b"not parquet")
    with pytest.raises(DataError, match=r"events\.parquet"):
        load(warehouse, tmp_path)
