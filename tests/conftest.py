"""One time zone, one drawing backend and one rule about public data sets for all tests."""

from __future__ import annotations

import os
import time
from pathlib import Path

import hypothesis
import pytest

# Before numpy, LightGBM and matplotlib are imported: two workers share two cores, and nothing opens a window.
os.environ.update(TZ="UTC", MPLBACKEND="agg", OMP_NUM_THREADS="1")
time.tzset()

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")

DATASETS_VARIABLE = "PQLML_DATASETS"
MISSING_DATASETS = (
    f"the public data sets are not here: set {DATASETS_VARIABLE} to the folder that holds them "
    "(data/README.md says where each comes from)"
)
DESELECTED = pytest.StashKey[int]()


def datasets_folder() -> Path | None:
    """Return the folder of the public data sets, or None where there is none."""
    folder = Path(os.environ.get(DATASETS_VARIABLE, ""))
    return folder if os.environ.get(DATASETS_VARIABLE) and folder.is_dir() else None


def in_ci() -> bool:
    """Say whether this is the run that decides about a change: it must not leave a test out."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def pytest_report_header() -> list[str]:
    if datasets_folder() is None and not in_ci():
        return [f"tests marked shared_data are deselected: {MISSING_DATASETS}"]
    return []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if datasets_folder() is not None or in_ci():
        return
    needing = [item for item in items if item.get_closest_marker("shared_data")]
    config.stash[DESELECTED] = len(needing)
    config.hook.pytest_deselected(items=needing)
    items[:] = [item for item in items if item not in needing]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared_data") and datasets_folder() is None:
        pytest.fail(MISSING_DATASETS, pytrace=False)


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Return the folder of the public data sets; only for tests marked shared_data."""
    folder = datasets_folder()
    if folder is None:
        pytest.fail(MISSING_DATASETS, pytrace=False)
    return folder
