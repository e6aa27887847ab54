"""Sign-ups as they were known: a date that is corrected or recorded later changes nobody's past."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pqlml.events.versions import signup_periods
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

EVENTS = {"path": "events.parquet", "known_at": "known_at"}
VERSIONED = {
    "events": {"path": "events.parquet"},
    "entities": {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "since"},
    "observed_until": "2026-04-01",
}


def periods(warehouse: Warehouse, folder: Path, *, recorded: bool, **sources: Any) -> dict[str, list[tuple[Any, ...]]]:
    _, tables = load(warehouse, folder, sources={**sources, "observed_until": "2026-04-01"})
    found: dict[str, list[tuple[Any, ...]]] = {}
    rows = warehouse.fetch(signup_periods(tables, recorded=recorded)).to_pylist()
    for row in sorted(rows, key=lambda row: (row["entity_id"], row["since"] or day(-999))):
        found.setdefault(row["entity_id"], []).append((row["signup_at"], row["since"], row["until"]))
    return found


def test_a_sign_up_counts_until_a_later_version_corrects_it(warehouse: Warehouse, tmp_path: Path) -> None:
    versions = [
        {"entity_id": "same", "signup_at": day(3), "since": day(3), "plan": "free"},
        {"entity_id": "same", "signup_at": day(3), "since": day(9), "plan": "trial"},
        {"entity_id": "moved", "signup_at": day(5), "since": day(7), "plan": "free"},
        {"entity_id": "moved", "signup_at": None, "since": day(8), "plan": "free"},
        {"entity_id": "moved", "signup_at": day(1), "since": day(20), "plan": "free"},
        {"entity_id": "learned", "signup_at": None, "since": day(4), "plan": "free"},
        {"entity_id": "learned", "signup_at": day(2), "since": day(30), "plan": "free"},
        {"entity_id": "never", "signup_at": None, "since": day(4), "plan": "free"},
    ]
    write(tmp_path, events=[event("same", "bought", day(10))], entities=versions)
    assert periods(warehouse, tmp_path, recorded=True, **VERSIONED) == {
        "same": [(day(3), None, None)],
        "moved": [(day(5), None, day(20)), (day(1), day(20), None)],
        "learned": [(day(2), None, None)],
        "never": [(None, None, None)],
    }


def test_without_a_table_of_entities_the_sign_up_is_the_earliest_event_known_by_then(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    rows = [
        event("prompt", "seen", day(3), known_at=day(3)),
        event("prompt", "seen", day(4), known_at=day(9)),
        event("moved", "seen", day(5), known_at=day(5)),
        event("moved", "seen", day(4), known_at=day(6)),
        event("moved", "seen", day(4.5), known_at=day(7)),
        event("moved", "bought", day(2), known_at=day(8)),
        event("late", "seen", day(3), known_at=day(10)),
    ]
    write(tmp_path, events=rows)
    assert periods(warehouse, tmp_path, recorded=False, events=EVENTS) == {
        "prompt": [(day(3), None, None)],
        "moved": [(None, None, day(5)), (day(5), day(5), day(6)), (day(4), day(6), day(8)), (day(2), day(8), None)],
        "late": [(None, None, day(10)), (day(3), day(10), None)],
    }
