"""Comparing runs: which earlier run, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pqlml.comparing import earlier_run, require_earlier, require_no_newer
from pqlml.errors import DataError, NotFoundError
from tests.helpers.definitions import small
from tests.published_example import AS_OF, publish_example


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


def test_an_older_list_does_not_replace_a_newer_one_of_its_definition(workspace: Path, tmp_path: Path) -> None:
    week = dt.timedelta(days=7)
    require_no_newer(workspace, "project-tool", AS_OF)
    require_no_newer(workspace, "project-tool", AS_OF + week)
    require_no_newer(workspace, "another", AS_OF - week)
    require_no_newer(tmp_path / "empty", "project-tool", AS_OF - week)
    says = r"as of 2026-03-01T06:00:00Z \(run run-2\), and this one would be as of 2026-02-22T06:00:00Z.*--over-newer"
    with pytest.raises(DataError, match=says):
        require_no_newer(workspace, "project-tool", AS_OF - week)


def test_a_list_that_nobody_can_read_may_be_replaced(workspace: Path) -> None:
    (workspace / "published" / "current.json").write_text("{")
    require_no_newer(workspace, "project-tool", AS_OF - dt.timedelta(days=7))
