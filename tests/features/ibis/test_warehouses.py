"""Three hundred random histories have the same features on Spark and PostgreSQL as on DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pqlml.features.derive import Values
from pqlml.features.ibis import ibis_features
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features.histories import Case, behaviour_features, case, pair_table, tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FEATURES = behaviour_features()
CASES = {
    "own cutoffs": case(21, 150),
    "shared cutoffs": case(22, 75, shared_cutoffs=4),
    "days after sign-up": case(23, 75, after_days=(1, 3, 7)),
}


def made_by(warehouse: Warehouse, given: Case) -> dict[str, Values]:
    return ibis_features(tables(warehouse, given.events), pair_table(warehouse, given.pairs), FEATURES)


def assert_equal(found: dict[str, Values], given: Case) -> None:
    with open_warehouse() as duckdb:
        expected = made_by(duckdb, given)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_spark(spark: SparkSession, given: Case) -> None:
    from pqlml.warehouse.spark import SparkWarehouse

    with SparkWarehouse(spark) as warehouse:
        assert_equal(made_by(warehouse, given), given)


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_postgres(postgres: str, given: Case) -> None:
    with open_warehouse(postgres) as warehouse:
        assert_equal(made_by(warehouse, given), given)
