"""Calibration: a known line is found again, few rows do not give certainty, and the order always stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqlml.model.calibration import fit_calibrator, log_odds, sigmoid


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -2.0), (2.0, 1.0), (1.3, -3.0)])
def test_a_known_line_is_found(slope: float, intercept: float) -> None:
    rng = np.random.default_rng(5)
    margin = rng.normal(-1, 1.5, 60_000)
    label = (rng.random(60_000) < sigmoid(intercept + slope * margin)).astype(float)
    fitted = fit_calibrator(margin, label)
    assert fitted.slope == pytest.approx(slope, abs=0.06)
    assert fitted.intercept == pytest.approx(intercept, abs=0.08)
    assert fitted.probability(margin).mean() == pytest.approx(label.mean(), abs=1e-4)
    np.testing.assert_allclose(fitted.log_odds(margin), fitted.intercept + fitted.slope * margin)


def test_two_rows_do_not_give_certainty() -> None:
    fitted = fit_calibrator(np.array([-1.0, 1.0]), np.array([0.0, 1.0]))
    no, yes = fitted.probability(np.array([-1.0, 1.0]))
    assert 0.1 < no < 0.5 < yes < 0.9


def test_perfect_separation_stays_finite() -> None:
    margin = np.concatenate([np.full(500, -3.0), np.full(500, 3.0)])
    fitted = fit_calibrator(margin, (margin > 0).astype(float))
    assert 1 < fitted.slope < 5


@pytest.mark.parametrize("converted", [0, 1])
def test_one_class_counts_as_one_of_each_more(converted: int) -> None:
    fitted = fit_calibrator(np.zeros(50), np.full(50, float(converted)))
    assert abs(converted - fitted.probability(np.zeros(1))[0]) == pytest.approx(1 / 52)


@pytest.mark.parametrize("value", [0.0, -7.5, 40.0])
def test_a_constant_margin_gives_the_base_rate(value: float) -> None:
    label = np.repeat([0.0, 1.0], [900, 100])
    fitted = fit_calibrator(np.full(1000, value), label)
    assert fitted.probability(np.array([value]))[0] == pytest.approx(0.1, abs=0.002)


def test_a_margin_that_misleads_is_ignored_but_keeps_its_order() -> None:
    rng = np.random.default_rng(0)
    margin = rng.normal(0, 2, 4000)
    label = (rng.random(4000) < sigmoid(-margin - 1)).astype(float)
    fitted = fit_calibrator(margin, label)
    probability = fitted.probability(margin)
    assert 0 < fitted.slope < 0.01
    assert np.ptp(probability) < 0.01
    assert probability.mean() == pytest.approx(label.mean(), abs=0.01)


def test_the_prior_decides_where_the_data_say_nothing() -> None:
    margin, label = np.array([-1.0, 1.0]), np.array([0.0, 1.0])
    assert fit_calibrator(margin, label, prior_slope=3.0).slope > fit_calibrator(margin, label, prior_slope=0.5).slope


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=2, max_size=40))
def test_any_rows_give_a_rising_finite_line(rows: list[tuple[float, bool]]) -> None:
    margin = np.array([margin for margin, _ in rows])
    fitted = fit_calibrator(margin, np.array([float(label) for _, label in rows]))
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert fitted.slope > 0


def test_log_odds_and_probabilities_are_inverse_and_never_overflow() -> None:
    assert sigmoid(np.array([-800.0, 0.0, 800.0])).tolist() == [0.0, 0.5, 1.0]
    line = np.linspace(-30, 30, 7)
    np.testing.assert_allclose(log_odds(sigmoid(line)), line, rtol=1e-3)
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
