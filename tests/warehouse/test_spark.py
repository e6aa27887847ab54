from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pqlml.warehouse import Warehouse
from pqlml.warehouse.spark import SparkWarehouse
from tests.warehouse.conformance import Conformance

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def warehouse(spark: SparkSession) -> Iterator[Warehouse]:
    with SparkWarehouse(spark) as opened:
        yield opened


class TestSpark(Conformance):
    pass
