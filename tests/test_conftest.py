"""Tests that need public data sets are run, left out in plain sight, or failed; never silently skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest

@pytest.mark.shared_data
def test_with_data(): pass

def test_without_data(): pass
"""


def outcome(folder: Path, *arguments: str, **environment: str) -> str:
    """Run the suite above under this project's rules and return what pytest says."""
    rules = Path(__file__).with_name("conftest.py").read_text()
    (folder / "conftest.py").write_text(rules)
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = shared_data: needs data\n")
    inherited = {key: value for key, value in os.environ.items() if key not in {"CI", "PQLML_DATASETS"}}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # half the time
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    ran = subprocess.run(command, cwd=folder, env=inherited | environment, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_data_are_there_so_all_tests_run(tmp_path: Path) -> None:
    assert "2 passed" in outcome(tmp_path, PQLML_DATASETS=str(tmp_path))


@pytest.mark.parametrize("processes", [(), ("-p", "xdist", "-n", "1")])
def test_data_are_missing_so_tests_are_left_out_in_plain_sight(tmp_path: Path, processes: tuple[str, ...]) -> None:
    said = outcome(tmp_path, *processes)
    assert "1 passed" in said
    assert "left out 1 tests marked shared_data: the public data sets are not here; set PQLML_DATASETS" in said


def test_data_are_missing_in_ci_so_tests_fail(tmp_path: Path) -> None:
    said = outcome(tmp_path, CI="true", PQLML_DATASETS=str(tmp_path / "nowhere"))
    assert "1 passed, 1 error" in said or "1 failed, 1 passed" in said
    assert "set PQLML_DATASETS" in said
