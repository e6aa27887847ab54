"""One time zone, one drawing backend and one rule about public data sets for all tests.

Tests marked ``shared_data`` need the folder that ``PQLML_DATASETS`` names. Where it is missing they are left out and
the summary says so; in CI, where nothing may be left out, they fail.

Spark and PostgreSQL are started once, for the first test that asks for them. Tests that need Spark run in one process,
since each process would start a Spark of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from xdist.workermanage import WorkerController

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Before numpy, LightGBM and matplotlib are imported: test processes share few cores, and nothing opens a window.
os.environ.update(TZ="UTC", MPLBACKEND="agg", OMP_NUM_THREADS="1")
time.tzset()

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")

MISSING_DATASETS = (
    "the public data sets are not here; set PQLML_DATASETS to the folder that holds them "
    "(data/README.md says where each comes from)"
)
LEFT_OUT = pytest.StashKey[int]()


def datasets_folder() -> Path | None:
    """Return the folder of the public data sets, or None where there is none."""
    name = os.environ.get("PQLML_DATASETS")
    return Path(name) if name and Path(name).is_dir() else None


def leaves_out_tests() -> bool:
    """Say whether tests that need the data sets are left out, rather than run or failed."""
    return datasets_folder() is None and os.environ.get("CI", "").lower() not in {"1", "true"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("spark"))
    if not leaves_out_tests():
        return
    needing = [item for item in items if item.get_closest_marker("shared_data")]
    items[:] = [item for item in items if item not in needing]
    config.hook.pytest_deselected(items=needing)
    config.stash[LEFT_OUT] = len(needing)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # a process of pytest-xdist: only its parent writes a summary
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash.get(LEFT_OUT, 0)
    if count:
        terminalreporter.write_line(f"left out {count} tests marked shared_data: {MISSING_DATASETS}", yellow=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared_data") and datasets_folder() is None:
        pytest.fail(MISSING_DATASETS, pytrace=False)


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Return the folder of the public data sets, for tests marked shared_data."""
    folder = datasets_folder()
    if folder is None:
        pytest.fail(MISSING_DATASETS, pytrace=False)
    return folder


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Start Spark on this machine."""
    from tests.engines import running_spark

    with running_spark(tmp_path_factory.mktemp("java")) as session:
        yield session


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server and return its address."""
    from tests.engines import running_postgres

    with running_postgres() as url:
        yield url
