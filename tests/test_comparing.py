"""Comparing runs: which earlier run, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pqlml.comparing import earlier_run, require_earlier
from pqlml.errors import DataError, NotFoundError
from tests.helpers.definitions import small
from tests.published_example import publish_example


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for number in (1, 2):
        publish_example(tmp_path, leads=3, run_id=f"run-{number}")
    return tmp_path


def test_the_earlier_run_is_the_published_one_or_one_that_is_kept(workspace: Path) -> None:
    definition = small().model_copy(update={"name": "project-tool"})
    assert earlier_run(workspace, "last", definition, None).run.run_id == "run-2"
    assert earlier_run(workspace, "run-1", definition, None).run.run_id == "run-1"
    with pytest.raises(NotFoundError, match=r"No run 'run-3' .*; did you mean 'run-2'"):
        earlier_run(workspace, "run-3", definition, None)


def test_runs_of_another_definition_or_with_a_state_are_refused(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="scored by the definition 'project-tool', and this one by 'small'"):
        earlier_run(workspace, "last", small(), None)
    with pytest.raises(DataError, match="give '--since' without '--state'"):
        earlier_run(workspace, "last", small(), tmp_path)


def test_a_run_that_knows_what_happened_later_is_refused(workspace: Path) -> None:
    earlier = earlier_run(workspace, "last", small().model_copy(update={"name": "project-tool"}), None)
    require_earlier(earlier, earlier.run.as_of)
    with pytest.raises(DataError, match=r"run-2 was scored as of .*, after .*: what changed is told forward in time"):
        require_earlier(earlier, earlier.run.as_of - dt.timedelta(days=7))
