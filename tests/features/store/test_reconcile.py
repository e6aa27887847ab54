from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pqlml.definition import parse_definition
from pqlml.errors import DataError
from pqlml.features import build_features
from pqlml.features.store import FeatureStore, parts, update
from pqlml.warehouse import LocalWarehouse
from tests.features.histories import TICK, behaviour_features
from tests.features.oracle import DAY
from tests.features.store.sequences import (
    DEFINITION,
    START,
    Life,
    Row,
    definition,
    events_of,
    pair_table,
    table,
    tables,
)

FEATURES = behaviour_features()


@pytest.fixture(scope="module")
def warehouse() -> Iterator[LocalWarehouse]:
    with LocalWarehouse() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _many_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "STEP_DAYS", 3)
    monkeypatch.setattr(parts, "PART_ROWS", 5)


def write(folder: Path, rows: list[Row]) -> None:
    pq.write_table(table(rows), folder / "events.parquet")


def spoilt(chance: random.Random, row: Row) -> Row | None:
    """Let a row be lost, or changed."""
    changes = [None, replace(row, user_id="other"), replace(row, amount=7.0), replace(row, ts=None)]
    return chance.choice(changes) if chance.random() < 0.1 else row


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_to_the_source_is_found(warehouse: LocalWarehouse, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    life = Life(chance)
    life.rows = list(life._days(70))
    life.rows += [replace(row, event_id=None) for row in life.rows[:3]] * 2  # some events are alike
    write(tmp_path, life.rows)
    store = FeatureStore.open(tmp_path / "state", definition(), FEATURES)
    assert store.reconcile(tmp_path).new == len(events_of(life.rows))
    before, days = events_of(life.rows), {row.ts.date() for row in life.rows if row.ts}
    life.rows = [row for row in (spoilt(chance, row) for row in life.rows) if row is not None]
    write(tmp_path, life.rows)
    change = store.reconcile(tmp_path)
    assert change.read == len(life.rows) == change.new + change.known + sum(change.set_aside.values())
    assert store.manifest.rows == len(before) + change.new - change.deleted == len(events_of(life.rows))
    assert 0 < len(change.repaired) < len(days)
    made, pairs = tables(warehouse, life.rows), pair_table(warehouse, chance, life)
    full = build_features(made, pairs, FEATURES)
    pd.testing.assert_frame_equal(store.features(made, pairs, FEATURES), full, check_exact=True)
    again = store.reconcile(tmp_path)
    assert (again.new, again.deleted, again.repaired, again.known) == (0, 0, (), store.manifest.rows)


def test_updates_take_what_became_known_since(tmp_path: Path) -> None:
    life = Life(random.Random(3))
    rows = [replace(row, event_id=f"id {number}", known_at=row.ts) for number, row in enumerate(life._days(40))]
    rows.sort(key=lambda row: row.known_at or START)
    write(tmp_path, rows[:-20])
    store = FeatureStore.open(tmp_path / "state", definition(), FEATURES)
    assert store.update(tmp_path).new == len(rows) - 20
    late = replace(rows[0], event_id="late", known_at=life.now + DAY)
    slipped = replace(rows[0], event_id="slipped in with an old time of arrival")
    write(tmp_path, [slipped, *rows, late])
    change = store.update(tmp_path)
    assert change.new == 21
    assert change.read < 30
    assert change.repaired
    assert store.update(tmp_path).new == 0
    assert store.reconcile(tmp_path).new == 1


def test_files_of_new_events_are_taken_in(tmp_path: Path) -> None:
    life = Life(random.Random(4))
    rows = [replace(row, event_id=f"id {number}") for number, row in enumerate(life._days(5))]
    (tmp_path / "new").mkdir()
    write(tmp_path / "new", rows)
    store = FeatureStore.open(tmp_path / "state", definition(), FEATURES)
    assert store.add_file(tmp_path / "new").new == len(rows)
    assert store.add_file(tmp_path / "new" / "events.parquet").known == len(rows)


def test_what_cannot_tell_new_events_is_refused(tmp_path: Path) -> None:
    for lost in ("    event_id: event_id\n", "    known_at: known_at\n"):
        store = FeatureStore.open(tmp_path, parse_definition(DEFINITION.replace(lost, "")), FEATURES)
        with pytest.raises(DataError, match="'known_at' and 'event_id'"):
            store.update(tmp_path)


def test_a_state_gives_the_tables_for_scoring(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    life = Life(random.Random(5))
    rows = [replace(row, event_id=f"id {number}") for number, row in enumerate(life._days(5))]
    store = FeatureStore.open(tmp_path / "state", definition(), FEATURES)
    with pytest.raises(DataError, match="has no events yet"):
        store.tables(warehouse, tmp_path)
    ahead = replace(rows[0], event_id="ahead", ts=life.now + 50_000 * DAY)
    store.add(table([*rows, ahead]))
    found = store.tables(warehouse, tmp_path)
    assert found.events is not None
    assert warehouse.fetch(found.events.agg(n=found.events.count()))["n"].to_pylist() == [len(rows)]
    assert warehouse.fetch(found.entities).num_rows == len({row.entity_id for row in rows})
    last = max(row.ts for row in rows if row.ts)
    assert found.observed_until == last + TICK
    store.delete(event_ids=["ahead"])
    assert store.tables(warehouse, tmp_path).observed_until == last + TICK
