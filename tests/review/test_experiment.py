from __future__ import annotations

import numpy as np
import pytest

from pqlml.review.effect import Effect, effect
from pqlml.review.experiment import UPTAKE, entities_per_arm, experiment


def test_arms_are_large_enough_for_the_promised_power() -> None:
    rng = np.random.default_rng(5)
    number = entities_per_arm(0.05, 0.08)
    control, treated = rng.binomial(number, 0.05, 4000) / number, rng.binomial(number, 0.08, 4000) / number
    middle = (control + treated) / 2
    z = (treated - control) / np.sqrt(middle * (1 - middle) * 2 / number)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_plan_follows_from_the_effect_and_the_pace() -> None:
    exposed = np.repeat([True, True, False, False], [60, 140, 40, 760])
    hit = np.repeat([True, False, True, False], [60, 140, 40, 760])
    measured = effect(exposed, hit, np.zeros(1000, np.int64))
    plan = experiment(measured, signups_per_week=50, days=37)
    assert plan is not None
    assert plan.base_rate == 0.1
    assert plan.effect == pytest.approx(UPTAKE * 0.05 * (0.3 / 0.05 - 1))
    assert plan.weeks == pytest.approx(2 * plan.per_arm / 50)
    assert plan.days == 37


def test_size_is_that_of_what_is_left_among_equally_active_ones() -> None:
    """Heavy users do it and convert: among the heavy half of the strata the difference is larger than for others."""
    measured = Effect(10_000, 120, 100, 9, (2.7, 1.2, 6.1), (0.06, 0.01, 0.11))
    plan = experiment(measured, signups_per_week=700, days=35)
    assert plan is not None
    assert plan.effect == pytest.approx(UPTAKE * measured.others * 1.7)
    assert plan.least_effect == pytest.approx(UPTAKE * measured.others * 0.2)
    assert plan.per_arm == entities_per_arm(0.012, 0.012 + plan.effect)
    assert plan.most_per_arm == entities_per_arm(0.012, 0.012 + plan.least_effect)
    assert "more than an experiment can wait for" in plan.at_worst
    assert f"{plan.most_per_arm:,} per half" in plan.at_worst
    assert "25 more of every 100" in plan.assumption
    assert plan.as_dict()["at_worst"] == plan.at_worst
    assert plan.as_dict()["assumption"] == plan.assumption


def test_where_the_interval_reaches_nothing_the_lower_end_has_no_size() -> None:
    plan = experiment(Effect(10_000, 120, 100, 9, (2.7, 0.9, 6.1), (0.06, -0.01, 0.11)), 700, 35)
    assert plan is not None
    assert plan.most_per_arm is None
    assert plan.at_worst == "at the lower end of the interval there is no effect, and no experiment could show one"


def test_a_lower_end_that_can_be_waited_for_is_told_in_weeks() -> None:
    plan = experiment(Effect(10_000, 1_200, 2_000, 600, (4.0, 3.6, 4.4), (0.2, 0.1, 0.3)), 2_000, 35)
    assert plan is not None
    assert plan.at_worst.endswith(" of sign-ups")
    assert "week" in plan.at_worst


def test_without_an_effect_there_is_nothing_to_plan() -> None:
    measured = effect(np.arange(100) < 50, np.arange(100) % 10 == 0, np.zeros(100, np.int64))
    assert experiment(measured, 50, 37) is None
