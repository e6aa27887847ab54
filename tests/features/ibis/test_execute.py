from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from pqlml.errors import DataError
from pqlml.features.ibis import execute, ibis_features, ibis_table
from pqlml.features.ibis.statements import compiled
from pqlml.features.spec import Feature
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features.histories import behaviour_features, case, pair_table, tables
from tests.features.oracle import Pair

FEATURES = behaviour_features()


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def test_counts_are_the_same_one_by_one_and_two_by_two(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    given = case(11, 40, shared_cutoffs=3)
    counts = [feature for feature in FEATURES if feature.aggregate in ("count", "trend")]
    made, pairs = tables(warehouse, given.events), pair_table(warehouse, given.pairs)
    packed = ibis_features(made, pairs, counts)
    monkeypatch.setattr(execute, "ROOM", 0)
    single = ibis_features(made, pairs, counts)
    assert all((packed[name] == single[name]).all() or name.startswith("trend") for name in packed)
    assert sum(packed["count 0 None"]) > 0


def test_the_same_features_are_compiled_once(warehouse: Warehouse) -> None:
    given = case(12, 5)
    made, pairs = tables(warehouse, given.events), pair_table(warehouse, given.pairs)
    few = [Feature("some.count.all", "engagement", "g", "count", events=("some", "names"))]
    before = compiled.cache_info()
    ibis_features(made, pairs, few)
    ibis_features(tables(warehouse, []), pairs, list(few))
    after = compiled.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)


def test_pairs_without_a_cutoff_see_nothing(warehouse: Warehouse) -> None:
    given = case(13, 5)
    count = [feature for feature in FEATURES if feature.name in ("count 0 None", "recency 0 None")]
    undated = pair_table(warehouse, [*given.pairs, Pair("entity 0", None)])  # type: ignore[arg-type] # a lead
    found = ibis_features(tables(warehouse, given.events), undated, count)
    assert found["count 0 None"][-1] == 0
    assert str(found["recency 0 None"][-1]) == "nan"
    alone = pair_table(warehouse, [Pair("entity 0", None)])  # type: ignore[arg-type] # as above
    assert ibis_features(tables(warehouse, given.events), alone, count)["count 0 None"].tolist() == [0]


def test_no_pairs_give_no_rows(warehouse: Warehouse) -> None:
    found = ibis_features(tables(warehouse, case(14, 3).events), pair_table(warehouse, []), FEATURES)
    assert {len(values) for values in found.values()} == {0}


def test_tables_are_kept_in_the_warehouse(warehouse: Warehouse) -> None:
    given = case(15, 5, after_days=tuple(range(90)))  # more cutoffs than one group of cells has bits for
    count = FEATURES[:4]
    made, pairs = tables(warehouse, given.events), pair_table(warehouse, given.pairs)
    kept = ibis_table(made, pairs, {f"f_{number}": feature for number, feature in enumerate(count)})
    found = warehouse.fetch(kept.order_by("row_id"))
    assert found["row_id"].to_pylist() == list(range(len(given.pairs)))
    expected = ibis_features(made, pairs, count)
    for number, feature in enumerate(count):
        assert found[f"f_{number}"].to_pylist() == expected[feature.name].tolist()


def test_behaviour_without_events_is_refused(warehouse: Warehouse) -> None:
    made = tables(warehouse, [])
    without = type(made)(**{**made.__dict__, "events": None})
    with pytest.raises(DataError, match=r"count 0 7: made of events.*source of events"):
        ibis_features(without, pair_table(warehouse, [Pair("a", dt.datetime(2024, 1, 1))]), FEATURES[:1])
