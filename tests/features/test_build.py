from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest

from pqlml.errors import DataError
from pqlml.events import Tables
from pqlml.features import Feature, build_features
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features.histories import Case, case, pair_table, tables

COUNT = Feature("active.count.all", "engagement", "active", "count")
RECENCY = Feature("active.recency", "engagement", "active", "recency", events=("signed_in",))
AGE = Feature("age_days", "engagement", "age", "age")
PLAN = Feature("plan", "fit", "plan", "attribute", source="plan", category=True)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


@pytest.fixture
def given() -> Case:
    return case(1, 20)


def with_plans(warehouse: Warehouse, given: Case) -> tuple[Tables, ir.Table]:
    made = tables(warehouse, given.events)
    names = sorted({pair.entity_id for pair in given.pairs})
    never = pa.array([None] * len(names), pa.timestamp("us"))
    plans = pa.table({"entity_id": names, "valid_from": never, "valid_to": never, "plan": [n[-1:] for n in names]})
    return replace(made, entities=warehouse.save_arrow("entities", plans)), pair_table(warehouse, given.pairs)


def test_engines_give_the_same_frame_in_the_order_asked_for(warehouse: Warehouse, given: Case) -> None:
    made, pairs = with_plans(warehouse, given)
    features = [PLAN, COUNT, AGE, RECENCY]
    frame = build_features(made, pairs, features)
    assert list(frame) == ["entity_id", "cutoff", "plan", "active.count.all", "age_days", "active.recency"]
    assert frame["entity_id"].tolist() == [pair.entity_id for pair in given.pairs]
    assert (frame.dtypes[COUNT.name], frame.dtypes[RECENCY.name]) == ("int32", "float64")
    assert frame[COUNT.name].notna().all()
    assert frame[RECENCY.name].isna().any()
    pd.testing.assert_frame_equal(frame, build_features(made, pairs, features, engine="ibis"))


def test_the_profile_alone_needs_no_events(warehouse: Warehouse, given: Case) -> None:
    made, pairs = with_plans(warehouse, given)
    frame = build_features(replace(made, events=None), pairs, [AGE, PLAN])
    assert len(frame) == len(given.pairs)


def test_behaviour_without_events_is_refused(warehouse: Warehouse, given: Case) -> None:
    made, pairs = with_plans(warehouse, given)
    with pytest.raises(DataError, match=r"active\.count\.all.*source of events"):
        build_features(replace(made, events=None), pairs, [AGE, COUNT])


def test_a_row_is_the_same_alone_and_among_others(warehouse: Warehouse, given: Case) -> None:
    made, pairs = with_plans(warehouse, given)
    frame = build_features(made, pairs, [COUNT, RECENCY, AGE])
    for number in (0, len(given.pairs) // 2):
        alone = build_features(made, pair_table(warehouse, [given.pairs[number]]), [COUNT, RECENCY, AGE])
        pd.testing.assert_frame_equal(alone, frame.iloc[[number]].reset_index(drop=True))


def test_an_event_at_the_cutoff_does_not_count(warehouse: Warehouse, given: Case) -> None:
    pair = next(pair for pair in given.pairs if given.of(pair))
    event = given.of(pair)[0]
    made = tables(warehouse, [replace(event, known_at=event.ts)])
    at, after = event.ts, event.ts + dt.timedelta(microseconds=1)
    pairs = pair_table(warehouse, [replace(pair, cutoff=at), replace(pair, cutoff=after)])
    assert build_features(made, pairs, [COUNT])[COUNT.name].tolist() == [0.0, 1.0]
