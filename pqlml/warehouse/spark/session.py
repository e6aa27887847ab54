"""Sessions of Spark."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pqlml.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


_HERE: Final = "local[*]"
"""Spark's master on this machine, which is its own choice, too, where none is configured."""


def spark_session(url: str = "spark") -> SparkSession:
    """Return the session that an address names.

    Parameters
    ----------
    url
        ``spark`` takes the running session or the configured master (``spark-submit``, ``spark-defaults.conf``), and
        this machine where there is none; ``spark://host:port`` a standalone cluster.

    Raises
    ------
    DataError
        If there is no Java.
    MissingExtraError
        If PySpark is not installed.
    """
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtraError("pyspark", "spark", "Spark") from error
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    _require_java()
    builder = SparkSession.builder.appName("pqlml")
    if urlsplit(url).netloc:
        return builder.master(url).getOrCreate()
    SparkContext._ensure_initialized()  # noqa: SLF001 - Java alone reads what is configured, and so has to run first
    configured = SparkConf()
    if configured.get("spark.master", _HERE) != _HERE:
        return builder.getOrCreate()
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
        "spark.ui.showConsoleProgress": "false",
        # What fails is raised here, too. Its log tells pages of plans that are too long to compile, yet run.
        "spark.log.level": configured.get("spark.log.level", "FATAL"),
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.master(_HERE).getOrCreate()


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if (Path(home) / "bin" / "java").exists() if home else shutil.which("java"):
        return
    where = f"JAVA_HOME is {home!r}, which has no bin/java" if home else "JAVA_HOME is not set, and there is no 'java'"
    msg = f"Spark needs Java 17 or 21, but {where}. Install one (Debian, Ubuntu: package openjdk-17-jre-headless)."
    raise DataError(msg)
