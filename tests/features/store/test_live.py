"""One entity at a time gives what all at once give, with the events that were added meanwhile."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from pqlml.errors import DataError, NotFoundError
from pqlml.events import Tables
from pqlml.features import Feature, build_features
from pqlml.features.store import FeatureStore, Live, parts, update
from pqlml.warehouse import LocalWarehouse
from tests.features.histories import behaviour_features
from tests.features.oracle import DAY
from tests.features.store.sequences import NAMES, START, Life, Row, definition, table, tables

PLAN = Feature("plan", "fit", "plan", "attribute", source="plan", category=True)
SIZE = Feature("size", "fit", "size", "attribute", source="size")
AGE = Feature("age_days", "engagement", "age", "age")
SINCE = Feature("trial.since", "upgrade", "trial", "since", source="trial")
COUNT = Feature("any.count.7d", "engagement", "any", "count", window_days=7)
ALL = replace(COUNT, name="any.count.all", window_days=None)
SHARE = Feature("share", "engagement", "any", "ratio", inputs=(COUNT, ALL))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[LocalWarehouse]:
    with LocalWarehouse() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _many_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "STEP_DAYS", 3)
    monkeypatch.setattr(parts, "PART_ROWS", 5)


def people(warehouse: LocalWarehouse, made: Tables, entities: int) -> Tables:
    """Give entities attributes; the plan of the last one changes on day 95."""
    names = [f"entity {number}" for number in range(entities)]
    change, never = START + 95 * DAY, [None] * entities
    rows = {
        "entity_id": [*names, names[-1]],
        "valid_from": pa.array([*never, change], pa.timestamp("us")),
        "valid_to": pa.array([*never[:-1], change, None], pa.timestamp("us")),
        "plan": [*(None if number == 1 else f"plan {number % 3}" for number in range(entities)), "new plan"],
        "size": [*(None if number == 2 else number * 1.5 for number in range(entities)), 9.0],
        "trial": pa.array([*(START + number * 0.7 * DAY for number in range(entities)), None], pa.timestamp("us")),
    }
    return replace(made, entities=warehouse.save_arrow("entities", pa.table(rows)))


def pairs(warehouse: LocalWarehouse, entities: int, cutoff: dt.datetime) -> ir.Table:
    signups = [None if number == 3 else START + number * 0.37 * DAY for number in range(entities)]
    columns = {
        "row_id": range(entities),
        "entity_id": [f"entity {number}" for number in range(entities)],
        "cutoff": pa.array([cutoff] * entities, pa.timestamp("us")),
        "signup_at": pa.array(signups, pa.timestamp("us")),
    }
    return warehouse.save_arrow("live_pairs", pa.table(columns))


def told(row: Row) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if value is not None}


def test_one_at_a_time_is_as_all_at_once(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    chance = random.Random(1)
    life = Life(chance, entities=8)
    life.rows = list(life._days(90))
    store = FeatureStore.open(tmp_path, definition(), behaviour_features())
    store.add(table(life.rows))
    answers = store.answers()
    features = [PLAN, SIZE, AGE, SINCE, SHARE, *(one for one in behaviour_features() if answers.is_ready(one))]
    at, entities = life.now, life.entities + 1
    live = store.live(
        people(warehouse, tables(warehouse, life.rows), entities), pairs(warehouse, entities, at), features
    )
    for _ in range(60):
        row = life._event(at + chance.random() * 4 * DAY)
        row = replace(row, event=chance.choice([*NAMES, "never seen", "quite new"]), known_at=row.ts)
        assert live.add(told(row))
        life.rows.append(row)
    copy = chance.choice([row for row in life.rows if row.event_id is not None])
    assert not live.add(told(replace(copy, known_at=None)))
    for cutoff in (at, at + DAY / 3, at + 4 * DAY):
        made = people(warehouse, tables(warehouse, life.rows), entities)
        full = build_features(made, pairs(warehouse, entities, cutoff), features).astype(object)
        for expected in full.where(full.notna(), None).to_dict("records"):
            entity = expected.pop("entity_id")
            expected.pop("cutoff")
            assert live.features_of(entity, cutoff) == expected


def test_what_cannot_be_told_is_refused(warehouse: LocalWarehouse, tmp_path: Path) -> None:
    life = Life(random.Random(2), entities=4)
    life.rows = list(life._days(90))
    store = FeatureStore.open(tmp_path, definition(), [COUNT])
    store.add(table(life.rows))
    made, at = people(warehouse, tables(warehouse, life.rows), 4), life.now
    live: Live = store.live(made, pairs(warehouse, 4, at))
    with pytest.raises(NotFoundError, match="'nobody' is not among the 4"):
        live.features_of("nobody", at)
    with pytest.raises(DataError, match="is served from"):
        live.features_of("entity 0", at - DAY)
    with pytest.raises(DataError, match="what is known of it changes at 2025-04-06"):
        live.features_of("entity 3", START + 95 * DAY)
    assert live.features_of("entity 2", START + 95 * DAY)
    with pytest.raises(DataError, match=r"unknown 'usr_id', did you mean 'user_id'.*'ts' is missing"):
        live.add({"entity_id": "entity 0", "event": "x", "usr_id": "u"})
    with pytest.raises(DataError, match="7 is no instant"):
        live.add({"entity_id": "entity 0", "event": "x", "ts": 7})
    with pytest.raises(DataError, match="early: made of all events"):
        store.live(made, pairs(warehouse, 4, at), [replace(COUNT, name="early", aggregate="early")])
    with pytest.raises(DataError, match="older than what the state serves"):
        store.live(made, pairs(warehouse, 4, START))
    twice = pairs(warehouse, 4, at)
    with pytest.raises(DataError, match="expected one pair per entity"):
        store.live(made, warehouse.save("twice", twice.union(twice.mutate(row_id=twice.row_id + 4))))
