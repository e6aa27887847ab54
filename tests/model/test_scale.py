"""The points scale: a straight line through the two thresholds, and tiers along it."""

from __future__ import annotations

import numpy as np
import pytest

from pqlml.definition import Tiers
from pqlml.model.scale import PointsScale, assign_tiers, fit_scale

LOG_ODDS = np.linspace(-6, 2, 4001)


def share_above(scale: PointsScale, threshold: float) -> float:
    return float((scale.points(LOG_ODDS) >= threshold - 1e-9).mean())


def test_as_many_lie_above_each_threshold_as_with_the_card() -> None:
    card = np.zeros(4001)
    card[:1200], card[:400] = 60, 90
    scale = fit_scale(LOG_ODDS, card, Tiers())
    assert scale.anchor == "card"
    assert share_above(scale, 51) == pytest.approx(0.3, abs=0.001)
    assert share_above(scale, 76) == pytest.approx(0.1, abs=0.001)
    points = scale.points(LOG_ODDS)
    np.testing.assert_allclose(np.diff(points), np.diff(points)[0])


def test_own_thresholds_are_the_anchors() -> None:
    scale = fit_scale(LOG_ODDS, None, Tiers(critical=30, hot=20, warm=10))
    assert share_above(scale, 10) == pytest.approx(0.20, abs=0.001)
    assert share_above(scale, 20) == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize("by", ["probability", "capacity"])
def test_points_keep_their_usual_size_where_tiers_follow_something_else(by: str) -> None:
    numbers = (
        {"critical": 0.5, "hot": 0.3, "warm": 0.1} if by == "probability" else {"critical": 1, "hot": 2, "warm": 3}
    )
    scale = fit_scale(LOG_ODDS, None, Tiers.model_validate({"by": by, **numbers}))
    assert share_above(scale, 51) == pytest.approx(0.20, abs=0.001)
    assert share_above(scale, 76) == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize(
    ("warm", "hot"),
    [
        pytest.param(0.0, 0.0, id="nobody"),
        pytest.param(0.3, 0.0, id="nobody is hot"),
        pytest.param(0.9, 0.4, id="almost everybody"),
        pytest.param(0.3, 0.3, id="all or nothing"),
        pytest.param(0.3, 0.29, id="hardly told apart"),
    ],
)
def test_a_card_without_two_usable_thresholds_is_no_anchor(warm: float, hot: float) -> None:
    card = np.zeros(4001)
    card[: int(4001 * warm)] = 60
    card[: int(4001 * hot)] = 90
    scale = fit_scale(LOG_ODDS, card, Tiers())
    assert scale.anchor == "usual"
    assert scale == fit_scale(LOG_ODDS, None, Tiers())


def test_equal_scores_fall_back_to_doubling_the_odds() -> None:
    scale = fit_scale(np.full(100, -2.0), None, Tiers())
    low, high = scale.points(np.array([-2.0, -2.0 + np.log(2)]))
    assert (low, high) == pytest.approx((51, 76))


def test_tiers_by_points_include_their_threshold() -> None:
    points = np.array([50.9, 51, 75.9, 76, 100.9, 101, 300])
    found = assign_tiers(Tiers(), points, np.zeros(7))
    assert found.tolist() == ["cold", "warm", "warm", "hot", "hot", "critical", "critical"]


def test_tiers_by_probability() -> None:
    tiers = Tiers(by="probability", critical=0.5, hot=0.2, warm=0.1)
    assert assign_tiers(tiers, np.full(4, 200.0), np.array([0.05, 0.1, 0.2, 0.5])).tolist() == [
        "cold",
        "warm",
        "hot",
        "critical",
    ]


def test_tiers_by_capacity_are_filled_from_the_best() -> None:
    tiers = Tiers(by="capacity", critical=1, hot=3, warm=4)
    probability = np.array([0.1, 0.5, 0.3, 0.4, 0.2])
    assert assign_tiers(tiers, np.zeros(5), probability).tolist() == ["cold", "critical", "hot", "hot", "warm"]


def test_capacity_is_never_exceeded_by_ties() -> None:
    found = assign_tiers(Tiers(by="capacity", critical=2, hot=3, warm=4), np.zeros(6), np.full(6, 0.2))
    assert found.tolist() == ["critical", "critical", "hot", "warm", "cold", "cold"]


def test_no_leads_have_no_tiers() -> None:
    assert len(assign_tiers(Tiers(by="capacity", critical=1, hot=2, warm=3), np.zeros(0), np.zeros(0))) == 0
