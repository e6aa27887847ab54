from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
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


IN_A_FRESH_PROCESS = """
from pqlml.warehouse.spark import spark_session
context = spark_session().sparkContext
print(context.master, context.getConf().get("spark.log.level"))
"""


@pytest.mark.usefixtures("spark")
def test_the_configured_master_is_taken(tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").write_text("spark.master local[1]\nspark.log.level ERROR\n")
    given = {**os.environ, "SPARK_CONF_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", IN_A_FRESH_PROCESS]
    told = subprocess.run(command, check=True, env=given, capture_output=True, text=True)
    assert told.stdout.split() == ["local[1]", "ERROR"]
