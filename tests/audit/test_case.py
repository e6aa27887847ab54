from __future__ import annotations

import pytest

from pqlml.audit.replay import Replay
from tests.audit.cases import NOISE, WINS, tells, timed


def test_figures_of_what_the_toolkit_built_from_events_are_not_looked_at() -> None:
    columns = {"count": tells(WINS, 1), "plan": NOISE}
    assert timed(columns, proven=frozenset({"count"})).strengths.keys() == {"count", "plan"}
    brief = timed(columns, proven=frozenset({"count"}), built=frozenset(columns))
    assert brief.strengths.keys() == {"plan"}


@pytest.mark.parametrize(("no_versions", "settled"), [(None, {"count", "plan"}), ("none", {"count"})])
def test_attributes_that_were_built_are_those_of_the_cutoff_where_there_are_versions(
    no_versions: str | None, settled: set[str]
) -> None:
    replay = Replay({}, no_versions=no_versions)
    columns = {"count": tells(WINS, 1), "plan": NOISE}
    found = timed(columns, proven=frozenset({"count"}), built=frozenset(columns), replay=replay)
    assert found.point_in_time == settled
