"""What conversions brought in: the amounts within the window, of the stage that is revenue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pqlml.labels import cutoffs, label_pairs
from pqlml.labels.revenue import revenue
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

CUTOFF = day(50)


def amounts(warehouse: Warehouse, folder: Path, **sections: Any) -> dict[str, float] | None:
    sources = {
        "events": {"path": "events.parquet"},
        "outcomes": {"path": "outcomes.parquet", "amount": "amount"},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "observed_until": "2026-04-01",
    }
    definition, tables = load(
        warehouse, folder, **{"sources": sources, "snapshots": {"at": [CUTOFF.isoformat()]}, **sections}
    )
    pairs = label_pairs(definition, tables, cutoffs(definition, tables, folder)).pairs
    found = revenue(definition, tables, pairs)
    if found is None:
        return None
    entity = {row["row_id"]: row["entity_id"] for row in warehouse.fetch(pairs).to_pylist()}
    return {entity[row["row_id"]]: row["amount"] for row in warehouse.fetch(found).to_pylist()}


def write_deals(folder: Path) -> None:
    outcomes = [
        {"entity_id": "one deal", "stage": "won", "ts": CUTOFF, "amount": 100.0},
        {"entity_id": "one deal", "stage": "opened", "ts": day(51), "amount": 999.0},
        {"entity_id": "two deals", "stage": "won", "ts": day(55), "amount": 10.0},
        {"entity_id": "two deals", "stage": "won", "ts": day(79), "amount": 5.0},
        {"entity_id": "two deals", "stage": "won", "ts": day(80), "amount": 999.0},
        {"entity_id": "no amount", "stage": "won", "ts": day(60), "amount": None},
        {"entity_id": "never", "stage": "opened", "ts": day(60), "amount": 999.0},
    ]
    names = sorted({str(row["entity_id"]) for row in outcomes})
    write(
        folder,
        events=[event(name, "bought", day(60)) for name in names if name != "never"],
        outcomes=outcomes,
        entities=[{"entity_id": name, "signup_at": day(1)} for name in names],
    )


def test_amounts_of_the_window_add_up(warehouse: Warehouse, tmp_path: Path) -> None:
    write_deals(tmp_path)
    expected = {"one deal": 100, "two deals": 15, "no amount": 0, "never": 0}
    assert amounts(warehouse, tmp_path, conversion={"stage": "won", "horizon_days": 30}) == expected
    event_based = {"event": "bought", "horizon_days": 30, "revenue_stage": "won"}
    assert amounts(warehouse, tmp_path, conversion=event_based) == expected


def test_without_a_stage_nothing_is_known_of_revenue(warehouse: Warehouse, tmp_path: Path) -> None:
    write_deals(tmp_path)
    assert amounts(warehouse, tmp_path, conversion={"event": "bought", "horizon_days": 30}) is None
