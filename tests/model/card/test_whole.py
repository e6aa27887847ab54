"""Whole points of the familiar size, and thresholds that keep their meaning or are stated anew."""

from __future__ import annotations

import numpy as np
import pytest

from pqlml.definition.parts import Tiers
from pqlml.model.card.whole import FAMILIAR, familiar, points_per_log_odds, restated, whole_points

TOTAL = np.arange(1000) / 1000


def test_as_many_reach_the_highest_threshold_as_with_the_model() -> None:
    factor = points_per_log_odds(TOTAL, FAMILIAR, {"warm": 0.4, "hot": 0.1, "critical": 0.05})
    assert (factor * TOTAL >= FAMILIAR["critical"]).mean() == pytest.approx(0.05, abs=0.002)


def test_a_threshold_that_hardly_anybody_reaches_gives_no_size() -> None:
    factor = points_per_log_odds(TOTAL, FAMILIAR, {"warm": 0.4, "hot": 0.1, "critical": 0.001})
    assert (factor * TOTAL >= FAMILIAR["hot"]).mean() == pytest.approx(0.1, abs=0.002)


def test_where_no_threshold_helps_the_best_lead_is_critical() -> None:
    nobody = {"warm": 0.0, "hot": 0.0, "critical": 0.0}
    assert points_per_log_odds(TOTAL, FAMILIAR, nobody) * TOTAL.max() == pytest.approx(101)
    assert points_per_log_odds(np.zeros(5), FAMILIAR, nobody) == 0


def test_points_are_whole_and_what_rounding_takes_from_one_goes_to_its_like() -> None:
    alike = np.array([[1.0, 0.95], [0.95, 1.0]])
    points = whole_points(np.array([1.4, 1.4]), alike, 10.0, 10)
    assert sorted(points) == [10, 20], "10 + 20 is nearer to 28 than 10 + 10"
    apart = whole_points(np.array([1.4, 1.4]), np.eye(2), 10.0, 10)
    assert apart.tolist() == [10, 10]
    assert whole_points(np.array([0.01]), np.eye(1), 10.0, 5).tolist() == [5], "a line without points says nothing"


def test_thresholds_stay_where_they_mean_about_the_same() -> None:
    total = np.repeat([10.0, 60.0, 80.0, 120.0], [700, 200, 70, 30])
    same = {"warm": 0.28, "hot": 0.11, "critical": 0.03}
    assert restated(total, FAMILIAR, same) == FAMILIAR


def test_thresholds_are_stated_anew_where_they_would_mean_something_else() -> None:
    total = np.repeat([10.0, 60.0, 80.0, 120.0], [700, 200, 70, 30])
    assert restated(total, FAMILIAR, {"warm": 0.1, "hot": 0.03, "critical": 0.0}) == {
        "warm": 80.0,
        "hot": 81.0,
        "critical": 101.0,
    }, "of the last, no row of the model's can say anything"


def test_a_threshold_that_nobody_could_reach_comes_down() -> None:
    total = np.repeat([0.0, 30.0, 60.0], [800, 150, 50])
    found = restated(total, FAMILIAR, {"warm": 0.2, "hot": 0.05, "critical": 0.0})
    assert found["warm"] == 30
    assert found["hot"] == 60


def test_tiers_on_another_scale_leave_the_usual_points() -> None:
    assert familiar(Tiers()) == FAMILIAR
    assert familiar(Tiers(by="probability", critical=0.3, hot=0.2, warm=0.1)) == FAMILIAR
    assert familiar(Tiers(warm=40)) == {"warm": 40, "hot": 76, "critical": 101}
