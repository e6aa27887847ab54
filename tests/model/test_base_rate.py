"""The base rate is corrected by what has moved, not by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.model.base_rate import base_rate_shift
from pqlml.model.calibration import sigmoid

ROWS = 400


def history(
    shifts: list[float], seed: int = 0, days: int = 30, rows: int = ROWS
) -> tuple[np.ndarray, np.ndarray, pd.Series]:
    """Rows of one cutoff per shift: what a model expects, and what comes of it after the shift."""
    rng = np.random.default_rng(seed)
    expected = rng.normal(-1.7, 0.8, size=rows * len(shifts))
    label = (rng.random(len(expected)) < sigmoid(expected + np.repeat(shifts, rows))).astype(float)
    cutoff = pd.Timestamp("2026-01-01") + pd.to_timedelta(days * np.arange(len(shifts)).repeat(rows), unit="D")
    return expected, label, pd.Series(cutoff)


def test_chance_alone_corrects_next_to_nothing() -> None:
    found = [base_rate_shift(*history([0.0] * 6, seed), 30.0) for seed in range(20)]
    newest = [rate.cohorts[-1].shift for rate in found]
    assert np.std([rate.shift for rate in found]) < np.std(newest) / 2.5


@pytest.mark.parametrize("jump", [0.9, -0.9])
def test_a_jump_is_believed_at_once(jump: float) -> None:
    found = base_rate_shift(*history([0.0] * 5 + [jump], rows=2_000), 30.0)
    assert found.shift == pytest.approx(found.cohorts[-1].shift, rel=0.1)
    assert found.shift == pytest.approx(jump, abs=0.2)
    assert found.drift > 0.2


def test_the_fewer_rows_the_less_of_a_jump_is_believed() -> None:
    believed = [base_rate_shift(*history([0.0] * 5 + [0.9], rows=rows), 30.0).shift for rows in (50, 400, 2_000)]
    assert 0 < believed[0] < believed[1] < believed[2]


def test_a_lasting_shift_is_believed_more_than_its_newest_cohort() -> None:
    found = base_rate_shift(*history([0.0, 0.0, 0.0, 0.6, 0.6, 0.6, 0.6], seed=3), 30.0)
    assert found.shift == pytest.approx(0.6, abs=0.15)


def test_cutoffs_within_a_window_are_one_cohort() -> None:
    log_odds, label, cutoff = history([0.0] * 9, days=7)
    assert [cohort.rows for cohort in base_rate_shift(log_odds, label, cutoff, 28.0).cohorts] == [400, 1600, 1600]
    alone = base_rate_shift(log_odds, label, cutoff, 0.0).cohorts
    assert [cohort.begin for cohort in alone] == sorted(cutoff.unique())


def test_a_cohort_without_conversions_moves_the_rate_within_bounds() -> None:
    log_odds, label, cutoff = history([0.0] * 4)
    label[cutoff == cutoff.max()] = 0
    found = base_rate_shift(log_odds, label, cutoff, 30.0)
    assert -8 < found.cohorts[-1].shift < found.shift < 0
    assert found.cohorts[-1].actual == 0
