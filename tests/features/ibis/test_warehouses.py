"""More than three hundred random histories have the same features on Spark and PostgreSQL as on DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pqlml.features import Feature
from pqlml.features.ibis import ibis_features
from pqlml.features.kernel import kernel_features
from pqlml.features.typed import Column
from pqlml.warehouse import Warehouse, open_warehouse
from tests.engines import GENERATED
from tests.features import oracle
from tests.features.edges import SETS, edge_case
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


def test_generated_code_of_spark_gives_the_same(spark: SparkSession) -> None:
    from pqlml.warehouse.spark import SparkWarehouse

    with SparkWarehouse(spark) as warehouse:
        for name, value in GENERATED.items():
            assert spark.sparkContext.getConf().get(name) != value
            warehouse.backend.raw_sql(f"SET {name}={value}")
        assert_equal(made_by(warehouse, EDGES, OF_EDGES), EDGES, OF_EDGES)


@pytest.mark.parametrize("zone", ZONES)
def test_edges_on_postgres_whatever_the_clock_of_the_session(
    postgres: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", zone)
    with open_warehouse(postgres) as warehouse:
        assert_equal(made_by(warehouse, EDGES, OF_EDGES), EDGES, OF_EDGES)
