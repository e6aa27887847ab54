"""Names in other spellings are told, and what is merely alike is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml.warehouse import open_warehouse
from tests.small import day, event, load, write

ENTITIES = [{"entity_id": "a", "signup_at": day(1)}]
SIGNALS = {"engagement": {"active": ["signed_in", "Sign-in"]}}


def told(folder: Path, events: list[str], stages: list[str], **sections: Any) -> list[tuple[int, str]]:
    """Return the findings about spellings: rows, and words."""
    write(folder, entities=ENTITIES, events=[event("a", name, day(2)) for name in events])
    write(folder, deals=[{"entity_id": "a", "stage": stage, "ts": day(3)} for stage in stages])
    sources = {
        "events": {"path": "events.parquet"},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "outcomes": {"path": "deals.parquet"},
        "observed_until": "2026-04-01",
    }
    with open_warehouse() as warehouse:
        _, tables = load(warehouse, folder, sources=sources, signals=SIGNALS, **sections)
        return [(found.count, found.detail) for found in tables.findings if found.code == "PQD027"]


def test_a_conversion_in_another_spelling_is_told(tmp_path: Path) -> None:
    stages = ["closed won", "Closed Won", "closed-won", "closed-won", "closed lost"]
    (found,) = told(tmp_path, ["signed_in"], stages, conversion={"stage": "closed won", "horizon_days": 30})
    rows, words = found
    assert rows == 3
    assert words.startswith("'Closed Won' (1 rows) beside 'closed won', 'closed-won' (2 rows) beside 'closed won': ")


@pytest.mark.parametrize(
    ("events", "rows"),
    [
        (["signed_in", "Signed In", "SIGNED_IN", "bought"], 2),
        (["signed_in", "Sign-in", "bought"], 0),  # both are named
        (["signed_in", "signed_in_again", "bought"], 0),
        (["Signed In", "bought"], 0),  # what is named never occurs, which is told as that
        (["signed_in", "bought", "bought ", "Bought"], 2),
    ],
)
def test_events_in_other_spellings_are_told(tmp_path: Path, events: list[str], rows: int) -> None:
    assert sum(count for count, _ in told(tmp_path, events, ["won"])) == rows
