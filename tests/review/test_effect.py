from __future__ import annotations

import math

import numpy as np
import pytest

from pqlml.review.effect import effect


def test_figures_of_a_table_that_can_be_counted_by_eye() -> None:
    exposed = np.repeat([True, True, False, False], [30, 70, 20, 180])
    hit = np.repeat([True, False, True, False], [30, 70, 20, 180])
    found = effect(exposed, hit, np.zeros(300, np.int64))
    assert (found.precision, found.others, found.recall) == (0.3, 0.1, 0.6)
    assert found.lift == pytest.approx(1.8)
    assert found.crude_ratio == pytest.approx(3)
    assert found.ratio[0] == pytest.approx(3)
    assert found.difference[0] == pytest.approx(0.2)
    assert found.correlation == pytest.approx((30 * 180 - 70 * 20) / math.sqrt(100 * 200 * 50 * 250))
    assert found.necessity == pytest.approx(2 / 3)
    assert found.sufficiency == pytest.approx(0.2 / 0.9)
    # The textbook's logarithmic interval of a ratio: sqrt(1/30 - 1/100 + 1/20 - 1/200)
    error = math.sqrt(1 / 30 - 1 / 100 + 1 / 20 - 1 / 200)
    assert found.ratio[1] == pytest.approx(3 * math.exp(-1.959964 * error))


def test_strata_take_out_what_they_explain() -> None:
    strata = np.repeat([0, 1], 1000)
    exposed = np.concatenate([np.arange(1000) < 100, np.arange(1000) < 900])
    hit = np.concatenate([np.arange(1000) % 10 == 0, np.arange(1000) % 2 == 0])
    found = effect(exposed, hit, strata)
    assert found.crude_ratio > 3
    assert found.ratio[0] == pytest.approx(1)


def test_an_empty_group_has_no_ratio() -> None:
    nobody = effect(np.zeros(10, bool), np.arange(10) < 3, np.zeros(10, np.int64))
    assert math.isnan(nobody.precision)
    assert math.isnan(nobody.ratio[0])
    assert nobody.precision_interval == (0.0, 1.0)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(300):
        strata = rng.integers(0, 5, 600)
        exposed = rng.random(600) < 0.3
        rate = (0.05 + 0.03 * strata) * np.where(exposed, 2.0, 1.0)
        found = effect(exposed, rng.random(600) < rate, strata)
        inside += found.ratio[1] <= 2 <= found.ratio[2]
    assert 275 <= inside <= 295
