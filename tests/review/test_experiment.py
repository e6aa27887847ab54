from __future__ import annotations

import numpy as np
import pytest

from pqlml.review.effect import effect
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
    assert plan.effect == pytest.approx(UPTAKE * 0.25)
    assert plan.weeks == pytest.approx(2 * plan.per_arm / 50)
    assert plan.days == 37


def test_without_an_effect_there_is_nothing_to_plan() -> None:
    measured = effect(np.arange(100) < 50, np.arange(100) % 10 == 0, np.zeros(100, np.int64))
    assert experiment(measured, 50, 37) is None
