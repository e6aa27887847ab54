"""Whatever becomes of a source, its state gives the features that a full build gives."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pqlml.definition import parse_definition
from pqlml.errors import DataError, DefinitionError
from pqlml.features import Feature, build_features
from pqlml.features.store import FeatureStore, intake, parts, update
from pqlml.features.store.folder import MANIFEST, StateFolder
from pqlml.warehouse import LocalWarehouse
from tests.features.histories import behaviour_features
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
COUNT = Feature("any.count.all", "engagement", "any", "count")
RECENT = replace(COUNT, name="any.count.7d", window_days=7)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[LocalWarehouse]:
    with LocalWarehouse() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _many_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "STEP_DAYS", 3)
    monkeypatch.setattr(parts, "PART_ROWS", 5)
    monkeypatch.setattr(intake, "ROWS_AT_ONCE", 50)


def assert_same(warehouse: LocalWarehouse, store: FeatureStore, life: Life, chance: random.Random) -> None:
    made, pairs = tables(warehouse, life.rows), pair_table(warehouse, chance, life)
    full = build_features(made, pairs, FEATURES)
    assert full[[feature.name for feature in FEATURES if feature.aggregate == "count"]].any(axis=None) or not life.rows
    pd.testing.assert_frame_equal(store.features(made, pairs, FEATURES), full, check_exact=True)


@pytest.mark.parametrize("seed", range(8))
def test_a_state_gives_what_a_full_build_gives(warehouse: LocalWarehouse, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    life = Life(chance)
    store = FeatureStore.open(tmp_path, definition(), FEATURES)
    for step in life.steps(chance.randint(2, 7)):
        store = FeatureStore.open(tmp_path, definition(), FEATURES)
        rows = store.manifest.rows
        if step.rows:
            change = store.add(table(step.rows))
            assert change.read == len(step.rows) == change.new + change.known + sum(change.set_aside.values())
            assert change.new == sum(change.added_by_day.values())
        else:
            change = store.delete(event_ids=step.event_ids, entity_ids=step.entity_ids, user_ids=step.user_ids)
        assert change.deleted == sum(change.deleted_by_day.values())
        assert store.manifest.rows == rows + change.new - change.deleted
    assert FeatureStore.open(tmp_path, definition(), FEATURES).manifest == store.manifest
    assert store.manifest.rows == len(events_of(life.rows))
    assert_same(warehouse, store, life, chance)


def event(entity: str, day: float, name: str = "signed_in", **more: Any) -> Row:
    """Return an event on a day, counted from the start."""
    return Row(entity, name, START + day * DAY, None, f"{entity} {name} {day}", **more)


def days(number: int, entities: int = 3) -> list[Row]:
    """Return three events of each entity on each day."""
    names = [f"entity {entity}" for entity in range(entities)]
    return [event(name, day + hour) for day in range(number) for name in names for hour in (0.1, 0.5, 0.9)]


def pairs(warehouse: LocalWarehouse, day: float, *entities: str) -> ir.Table:
    size = len(entities)
    columns = {"row_id": range(size), "entity_id": entities, "cutoff": [START + day * DAY] * size}
    table = pa.table({**columns, "signup_at": pa.array([None] * size, pa.timestamp("us"))})
    return warehouse.save_arrow("few_pairs", table)


def counts(warehouse: LocalWarehouse, store: FeatureStore, day: float, *entities: str) -> list[float]:
    asked = pairs(warehouse, day, *entities)
    frame = store.features(tables(warehouse, []), asked, [COUNT])
    assert frame["entity_id"].tolist() == list(entities)
    return frame[COUNT.name].tolist()


def test_days_that_were_there_and_changed_are_told(tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path, definition(), FEATURES)
    first = store.add(table(days(60)))
    assert (first.new, first.repaired, len(first.added_by_day)) == (540, (), 60)
    usual = store.add(table([event("entity 0", 59.95), event("entity 0", 60.5)]))
    assert (usual.new, usual.repaired) == (2, ())
    copy, late = event("entity 1", 3.5), event("entity 1", 3.6)
    change = store.add(table([copy, late, replace(copy, event=None), event("entity 9", 61)]))
    assert (change.read, change.new, change.known, change.set_aside) == (4, 2, 1, {"event is null": 1})
    assert change.repaired == ((START + 3 * DAY).date(),)
    some = [event("entity 1", 3.1), event("entity 2", 59.5)]
    gone = store.delete(event_ids=[str(row.event_id) for row in some])
    assert (gone.deleted, gone.retold) == (2, 1)  # only the past of the first is kept as sums
    assert gone.deleted_by_day == {(START + day * DAY).date(): 1 for day in (3, 59)}
    assert gone.repaired == tuple(gone.deleted_by_day)


def test_an_event_in_the_future_counts_when_its_time_has_come(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path, definition(), [COUNT])
    later = dt.datetime(2100, 1, 1)
    ahead = replace(event("entity 0", 0), ts=later, event_id="ahead")
    store.add(table([*days(3), ahead]))
    assert counts(warehouse, store, 3, "entity 0", "nobody") == [9, 0]
    assert counts(warehouse, store, (later - START) / DAY + 1, "entity 0") == [10]
    assert store.manifest.watermark == (START + 2.9 * DAY - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
    store.add(table(days(40)))
    assert counts(warehouse, store, 40, "entity 0") == [120]


def test_older_cutoffs_and_other_features_are_answered_too(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    chance = random.Random(5)
    life = Life(chance)
    life.rows = [row for step in life.steps(1) for row in step.rows] + list(life._days(60))
    store = FeatureStore.open(tmp_path, definition(), [COUNT, RECENT])
    store.add(table(life.rows))
    made = tables(warehouse, life.rows)
    asked = pair_table(warehouse, chance, life)
    ready = [store.answers().is_ready(feature) for feature in FEATURES]
    assert any(ready)
    assert not all(ready)
    full = build_features(made, asked, FEATURES)
    pd.testing.assert_frame_equal(store.features(made, asked, FEATURES), full, check_exact=True)


def test_what_a_state_is_ready_for_grows_with_what_is_asked(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    chance = random.Random(6)
    life = Life(chance)
    life.rows = list(life._days(90))
    FeatureStore.open(tmp_path, definition(), [RECENT]).add(table(life.rows[:-20]))
    store = FeatureStore.open(tmp_path, definition(), FEATURES)
    assert store.manifest.horizon_days == 7
    store.add(table(life.rows[-20:]))
    assert store.manifest.horizon_days == 28
    assert_same(warehouse, store, life, chance)
    FeatureStore.open(tmp_path, definition(), [RECENT]).add(table([event("entity 0", 1)]))
    assert FeatureStore.open(tmp_path, definition()).manifest.horizon_days == 28


def test_users_and_entities_are_forgotten(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path, definition(), [COUNT])
    store.add(table([*days(50), *(event("entity 1", day, "shared", user_id="secret-user") for day in (1.2, 49.2))]))
    assert store.delete(user_ids=["secret-user"]).deleted == 2
    assert counts(warehouse, store, 50, "entity 1") == [150]
    assert store.delete(entity_ids=["entity 1", "nobody"]).deleted == 150
    assert counts(warehouse, store, 50, "entity 0", "entity 1") == [150, 0]
    for file in tmp_path.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        told = pq.read_table(file).to_pylist() if file.suffix == ".parquet" else []
        assert b"entity 1" not in content
        assert all("entity 1" not in row.values() and "secret-user" not in row.values() for row in told)
    store.add(table([event("entity 1", 50.1)]))
    assert counts(warehouse, store, 51, "entity 1") == [1]


def test_without_ids_every_row_is_an_event(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    nameless = parse_definition(DEFINITION.replace("    event_id: event_id\n", ""))
    store = FeatureStore.open(tmp_path, nameless, [COUNT])
    assert store.add(table([event("entity 0", 1)] * 2)).new == 2
    assert store.add(table([event("entity 0", 1)])).new == 1
    assert counts(warehouse, store, 2, "entity 0") == [3]
    with pytest.raises(DataError, match=r"'event_id' under sources\.events"):
        store.delete(event_ids=["entity 0 signed_in 1"])


def test_a_change_that_dies_changes_nothing(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path, definition(), [COUNT])
    store.add(table(days(50)))
    before = store.manifest

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    places: list[tuple[object, str]] = [(StateFolder, "commit"), (update, "write_tallies"), (Path, "replace")]
    for place, name in places:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, name, die)
            with pytest.raises(KeyboardInterrupt):
                store.add(table([event("entity 7", day) for day in range(90)]))
        again = FeatureStore.open(tmp_path, definition(), [COUNT])
        assert again.manifest == before
        assert counts(warehouse, again, 50, "entity 0", "entity 7") == [150, 0]
    store.add(table([event("entity 7", day) for day in range(90)]))
    assert counts(warehouse, store, 90, "entity 0", "entity 7") == [150, 90]
    store.add(table([event("entity 7", 91)]))
    assert {path.name for path in tmp_path.iterdir()} >= store.manifest.files
    assert not list(tmp_path.glob(".unfinished-*"))


def test_whoever_has_a_state_open_reads_on_through_a_change(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path, definition(), [COUNT])
    store.add(table(days(50)))
    reading = FeatureStore.open(tmp_path, definition(), [COUNT])
    store.add(table(days(60)))
    assert counts(warehouse, reading, 50, "entity 0") == [150]
    store.delete(entity_ids=["entity 0"])
    with pytest.raises(DataError, match="open it again"):
        counts(warehouse, reading, 50, "entity 0")


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path, definition(), [COUNT])
    with StateFolder(tmp_path).writing(), pytest.raises(DataError, match="another process is changing"):
        store.add(table(days(1)))
    assert store.add(table(days(1))).new == 9


def test_damaged_and_foreign_states_are_refused(tmp_path: Path) -> None:
    store = FeatureStore.open(tmp_path / "state", definition(), [COUNT])
    store.add(table(days(1)))
    other = parse_definition(DEFINITION.replace("{amount: amount}", "{amount: place}"))
    with pytest.raises(DataError, match=r"read in another way \(properties: .*'amount': 'place'"):
        FeatureStore.open(tmp_path / "state", other)
    manifest = tmp_path / "state" / MANIFEST
    text = manifest.read_text()
    manifest.write_text(text.replace('"format": 1', '"format": 99'))
    with pytest.raises(DataError, match="has the format 99, this version reads 1"):
        FeatureStore.open(tmp_path / "state", definition())
    manifest.write_text(text[:-20])
    with pytest.raises(DataError, match="is damaged"):
        FeatureStore.open(tmp_path / "state", definition())
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to mother.txt").write_text("dear mother")
    with pytest.raises(DataError, match=r"holds other files, such as 'to mother\.txt'"):
        FeatureStore.open(tmp_path / "letters", definition()).add(table(days(1)))
    with pytest.raises(DefinitionError, match="no source of events"):
        FeatureStore.open(tmp_path, parse_definition(WITHOUT_EVENTS))
    members = DEFINITION.replace("snapshots:", "  memberships: {path: memberships.csv}\nsnapshots:")
    with pytest.raises(DefinitionError, match="events that name their account"):
        FeatureStore.open(tmp_path, parse_definition(members))


WITHOUT_EVENTS = """\
name: leads
sources: {entities: {path: leads.csv}}
conversion: {label: bought}
"""


def test_signals_that_select_by_properties_are_refused_by_name(tmp_path: Path) -> None:
    text = DEFINITION.replace("team: {", "team: {paid: {events: used, where: {place: a}}, ")
    with pytest.raises(DefinitionError, match=r"the signals 'paid' select events by their properties"):
        FeatureStore.open(tmp_path, parse_definition(text))
