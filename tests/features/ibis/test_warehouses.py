"""More than three hundred random histories have the same features on Spark and PostgreSQL as on DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pqlml.features import Feature, build_features
from pqlml.features.build import Engine
from pqlml.features.ibis import ibis_features
from pqlml.features.kernel import kernel_features
from pqlml.features.typed import Column
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features import oracle
from tests.features.edges import QUOTIENTS, SETS, edge_case, quotient_case
from tests.features.histories import Case, behaviour_features, case, pair_table, tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FEATURES = behaviour_features()
CASES = {
    "own cutoffs": case(21, 150),
    "shared cutoffs": case(22, 75, shared_cutoffs=4),
    "days after sign-up": case(23, 75, after_days=(1, 3, 7)),
}
EDGES, OF_EDGES = edge_case(24, 65), behaviour_features(SETS)
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")


NEW = Feature("new", "engagement", "g", "count", events=("new",), window_days=28)
ALL = Feature("all", "engagement", "g", "count", window_days=28)
OF_QUOTIENTS = (
    Feature("ratio", "engagement", "g", "ratio", inputs=(NEW, ALL)),
    Feature("trend", "engagement", "g", "trend"),
    Feature("top share", "engagement", "g", "top_share", window_days=28),
    Feature("mean", "engagement", "g", "mean", source="amount"),
)


def assert_quotients_are_not_cut(warehouse: Warehouse, engine: Engine) -> None:
    """Divide counts by counts: an engine that divides whole numbers as whole numbers would give 0 and 1."""
    given = quotient_case()
    found = build_features(tables(warehouse, given.events), pair_table(warehouse, given.pairs), OF_QUOTIENTS, engine)
    expected = {
        "ratio": [new / every for new, every in QUOTIENTS],
        "trend": [new / 7 / ((every - new + 1) / 21) for new, every in QUOTIENTS],
        "top share": [max(new, every - new) / every for new, every in QUOTIENTS],
        "mean": [every // 2 / every for _, every in QUOTIENTS],
    }
    for feature in OF_QUOTIENTS:
        assert found[feature.name].tolist() == pytest.approx(expected[feature.name], rel=1e-12), feature.name
        meant = [oracle.value(feature, pair, given.of(pair)) for pair in given.pairs]
        assert meant == pytest.approx(expected[feature.name], rel=1e-12), feature.name


@pytest.mark.parametrize("engine", ["kernel", "ibis"])
def test_quotients_are_not_cut(engine: Engine) -> None:
    with open_warehouse() as warehouse:
        assert_quotients_are_not_cut(warehouse, engine)


def test_quotients_are_not_cut_on_spark(spark: SparkSession) -> None:
    from pqlml.warehouse.spark import SparkWarehouse

    with SparkWarehouse(spark) as warehouse:
        assert_quotients_are_not_cut(warehouse, "ibis")


def test_quotients_are_not_cut_on_postgres(postgres: str) -> None:
    with open_warehouse(postgres) as warehouse:
        assert_quotients_are_not_cut(warehouse, "ibis")


def made_by(warehouse: Warehouse, given: Case, features: Sequence[Feature] = FEATURES) -> dict[str, Column]:
    return ibis_features(tables(warehouse, given.events), pair_table(warehouse, given.pairs), features)


def assert_equal(found: dict[str, Column], given: Case, features: Sequence[Feature] = FEATURES) -> None:
    with open_warehouse() as duckdb:
        expected = made_by(duckdb, given, features)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_what_duckdb_makes_of_edges_is_what_the_features_mean() -> None:
    with open_warehouse() as duckdb:
        known, asked = tables(duckdb, EDGES.events), pair_table(duckdb, EDGES.pairs)
        for found in (ibis_features(known, asked, OF_EDGES), kernel_features(known, asked, OF_EDGES)):
            for feature in OF_EDGES:
                meant = [oracle.value(feature, pair, EDGES.of(pair)) for pair in EDGES.pairs]
                expected = np.array([np.nan if value is None else value for value in meant])
                np.testing.assert_allclose(found[feature.name], expected, rtol=1e-9, atol=1e-9, err_msg=feature.name)


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_spark(spark: SparkSession, given: Case) -> None:
    from pqlml.warehouse.spark import SparkWarehouse

    with SparkWarehouse(spark) as warehouse:
        assert_equal(made_by(warehouse, given), given)


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_postgres(postgres: str, given: Case) -> None:
    with open_warehouse(postgres) as warehouse:
        assert_equal(made_by(warehouse, given), given)


@pytest.mark.parametrize("zone", ZONES)
def test_edges_on_spark_whatever_the_clock_of_the_session(spark: SparkSession, zone: str) -> None:
    from pqlml.warehouse.spark import SparkWarehouse

    before = str(spark.conf.get("spark.sql.session.timeZone"))
    spark.conf.set("spark.sql.session.timeZone", zone)
    try:
        with SparkWarehouse(spark) as warehouse:
            assert_equal(made_by(warehouse, EDGES, OF_EDGES), EDGES, OF_EDGES)
        assert spark.conf.get("spark.sql.session.timeZone") == zone
    finally:
        spark.conf.set("spark.sql.session.timeZone", before)


@pytest.mark.parametrize("zone", ZONES)
def test_edges_on_postgres_whatever_the_clock_of_the_session(
    postgres: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", zone)
    with open_warehouse(postgres) as warehouse:
        assert_equal(made_by(warehouse, EDGES, OF_EDGES), EDGES, OF_EDGES)
