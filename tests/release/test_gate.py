"""The benchmarks of the verdict in small: what they ask at full size holds in a few seeded sets."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
GATE = runpy.run_path(str(BENCHMARKS / "gate.py"))
INTERVALS = runpy.run_path(str(BENCHMARKS / "intervals.py"))


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return steps that are kept in a folder of the test's own."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    found = runpy.run_path(str(BENCHMARKS / "steps.py"))["Steps"]
    monkeypatch.setitem(found.__init__.__globals__, "FOLDER", tmp_path)
    return found("gate", {}, resume=False)


def test_noise_is_not_promoted_and_a_planted_interaction_is(steps: Any) -> None:
    noise = GATE["promotions"](steps, "noise", 8)
    assert (noise["sets"], noise["promoted_share"]) == (8, 0)
    found = GATE["judged"](GATE["interaction"](0))
    assert (found.kind, found.verdict.decision) == ("trees", "promote")


def test_a_shifted_base_rate_lets_the_update_score(steps: Any) -> None:
    found = GATE["shifts"](steps, 1)
    assert found["promoted_share"] == 1
    assert found["predicted"] == pytest.approx(found["actual"], abs=0.03)
    assert found["actual"] > 0.27


def test_intervals_by_lead_hold_the_truth_and_those_by_row_are_too_narrow(
    steps: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    coverage = INTERVALS["coverage"]
    monkeypatch.setitem(coverage.__globals__, "POPULATION", 20_000)
    found = coverage(steps, 25)
    by_lead, by_row = found["by_lead"], found["by_row"]
    assert min(by_lead.values()) >= 0.8
    assert sum(by_lead.values()) / len(by_lead) > sum(by_row.values()) / len(by_row)


def test_probabilities_of_a_stationary_world_are_calibrated() -> None:
    assert INTERVALS["calibration_error"](0) <= 0.02
