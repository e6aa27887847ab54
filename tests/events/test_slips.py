"""Slips that would make numbers wrong in silence are refused or read as meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqlml.errors import DataError, DefinitionError
from pqlml.labels import cutoffs, label_pairs
from pqlml.warehouse import Warehouse
from tests.small import day, definition, event, load, write

AT = {"at": [day(50).isoformat()]}


def test_an_unmapped_column_cannot_take_the_place_of_a_canonical_one(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [{"entity_id": "a", "created": day(1), "signup_at": day(40)}]
    write(tmp_path, events=[event("a", "bought", day(60))], entities=people)
    sources = {
        "events": {"path": "events.parquet"},
        "entities": {"path": "entities.parquet", "signup_at": "created"},
        "observed_until": "2026-04-01",
    }
    with pytest.raises(DataError, match=r"\['signup_at'\] are not mapped"):
        load(warehouse, tmp_path, sources=sources)


@pytest.mark.parametrize(("column", "value", "excluded"), [("internal", True, "true"), ("seats", 1, "1")])
def test_numbers_and_booleans_can_exclude(
    warehouse: Warehouse, tmp_path: Path, column: str, value: object, excluded: str
) -> None:
    people = [
        {"entity_id": "a", "signup_at": day(1), column: value},
        {"entity_id": "b", "signup_at": day(1), column: type(value)(0)},  # type: ignore[call-arg]  # bool and int take 0
    ]
    write(tmp_path, events=[event("b", "bought", day(60))], entities=people)
    made, tables = load(warehouse, tmp_path, snapshots=AT, population={"exclude": {column: [excluded]}})
    labels = label_pairs(made, tables, cutoffs(made, tables, tmp_path))
    assert labels.dropped == {"excluded": 1}


def test_ids_meet_whether_or_not_nulls_made_them_fractions(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [{"entity_id": 7.0, "event": "bought", "ts": day(60)}, {"entity_id": None, "event": "bought", "ts": day(60)}]
    write(tmp_path, events=rows, entities=[{"entity_id": 7, "signup_at": day(1)}])
    _, tables = load(warehouse, tmp_path)
    assert "PQD021" not in {finding.code for finding in tables.findings}


def test_a_date_as_text_states_no_zone(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=[event("a", "bought", "2026-01-15")], entities=[{"entity_id": "a", "signup_at": day(1)}])
    _, tables = load(warehouse, tmp_path)
    assert "PQD001" in {finding.code for finding in tables.findings}


def test_attributes_need_a_table_of_entities_and_zones_must_exist() -> None:
    events = {"path": "events.parquet"}
    with pytest.raises(DefinitionError, match=r"population\.exclude"):
        definition(sources={"events": events}, population={"exclude": {"plan": ["internal"]}})
    with pytest.raises(DefinitionError, match=r"Mars/Base"):
        definition(sources={"events": {**events, "timezone": "Mars/Base"}})
    with pytest.raises(DefinitionError, match="36500"):
        definition(conversion={"event": "bought", "horizon_days": 1e9})


def test_a_way_out_that_never_occurs_is_found(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [event("a", "bought", day(60)), event("a", "account_closed", day(70))]
    write(tmp_path, events=rows, entities=[{"entity_id": "a", "signup_at": day(1)}])
    _, tables = load(warehouse, tmp_path, population={"leaves_on": ["account_closd"]})
    found = next(finding for finding in tables.findings if finding.code == "PQD020")
    assert "did you mean 'account_closed'" in found.detail
    _, tables = load(warehouse, tmp_path, population={"leaves_on": ["account_closed"]})
    assert "PQD020" not in {finding.code for finding in tables.findings}


def test_a_role_and_another_column_of_its_name_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [{"entity_id": "a", "signup_at": day(1), "industry": "x", "sector": "y"}]
    write(tmp_path, events=[event("a", "bought", day(60))], entities=people)
    with pytest.raises(DataError, match="'industry' is a column, and the role of 'sector'"):
        load(warehouse, tmp_path, signals={"fit": {"industry": "sector"}})
    _, tables = load(warehouse, tmp_path, signals={"fit": {"industry": "sector", "role": "industry"}})
    assert set(tables.attributes) == {"industry", "sector"}


@pytest.mark.parametrize("table", ["events", "entities"])
def test_ids_that_are_fractions_too_large_to_be_told_apart_are_refused(
    warehouse: Warehouse, tmp_path: Path, table: str
) -> None:
    rows = {"events": "entity_id,event,ts\n{},bought,2026-02-01\n", "entities": "entity_id,signup_at\n{},2026-01-01\n"}
    for name, text in rows.items():
        (tmp_path / f"{name}.csv").write_text(text.format("12345678901234567890" if name == table else "a"))
    sources = {
        "events": {"path": "events.csv"},
        "entities": {"path": "entities.csv", "signup_at": "signup_at"},
        "observed_until": "2026-04-01",
    }
    with pytest.raises(DataError, match=rf"{table}: 'entity_id' \(entity_id\): ids of so many digits"):
        load(warehouse, tmp_path, sources=sources)
