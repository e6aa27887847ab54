"""Events that look repeated, and properties that cannot be added up."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pqlml.events import Finding, Tables, event_findings
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

PEOPLE = [{"entity_id": "a", "signup_at": day(1)}, {"entity_id": "b", "signup_at": day(2)}]


def found(tables: Tables, code: str) -> list[Finding]:
    return [finding for finding in tables.findings if finding.code == code]


def events_with(**more: object) -> dict[str, object]:
    return {
        "events": {"path": "events.parquet", **more},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "observed_until": "2026-04-01",
    }


ROWS = [
    event("a", "bought", day(5), id="1", amount=3),
    event("a", "bought", day(5), id="1", amount=3),
    event("a", "bought", day(5), id="1", amount=3),
    event("a", "bought", day(5), id="1", amount=4),
    event("b", "bought", day(5), id="1", amount=3),
]


def test_repeated_events_are_counted_in_the_mapped_columns(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=ROWS, entities=PEOPLE)
    _, tables = load(warehouse, tmp_path)
    assert [(finding.severity, finding.count) for finding in found(tables, "PQD008")] == [("warning", 3)]
    _, tables = load(warehouse, tmp_path, sources=events_with(properties={"spent": "amount"}))
    assert found(tables, "PQD008")[0].count == 2
    assert tables.reads[0].used == 5


def test_with_an_event_id_repeats_are_set_aside_instead(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=ROWS, entities=PEOPLE)
    _, tables = load(warehouse, tmp_path, sources=events_with(event_id="id"))
    assert found(tables, "PQD008") == []
    assert tables.reads[0].set_aside == {"event_id repeated": 4}


def test_in_a_large_table_some_entities_are_looked_at(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_findings, "_LOOKED_AT", 2)
    monkeypatch.setattr(event_findings, "_ENTITIES_LOOKED_AT", 1)
    write(tmp_path, events=[*ROWS, ROWS[-1]], entities=PEOPLE)
    _, tables = load(warehouse, tmp_path)
    assert found(tables, "PQD008")[0].count == 3
    assert "among those of 1 entities" in found(tables, "PQD008")[0].detail


def test_properties_that_cannot_be_added_up_are_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    amounts = [math.inf, -math.inf, 1e22, -3e200, 9.9e21, math.nan, None]
    rows = [event("a", "bought", day(5 + at), amount=amount, size=1.0) for at, amount in enumerate(amounts)]
    write(tmp_path, events=rows, entities=PEOPLE)
    _, tables = load(warehouse, tmp_path, sources=events_with(properties={"spent": "amount", "size": "size"}))
    assert [(finding.severity, finding.count) for finding in found(tables, "PQD009")] == [("warning", 4)]
    assert "'spent' ('amount'): 4" in found(tables, "PQD009")[0].detail
