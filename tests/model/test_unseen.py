"""Probabilities keep up with the rate of conversions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.model.propensity import PropensityClassifier
from pqlml.model.unseen import calibrate_unseen, newest_rows

ACCOUNTS = 900
RATES = (0.15, 0.15, 0.15, 0.15, 0.30)


def month(rate: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(ACCOUNTS, 5))
    pushed = values @ np.array([0.8, -0.6, 0.4, 0.0, 0.0])
    chosen = np.argsort(-(pushed + rng.logistic(size=ACCOUNTS)))[: int(rate * ACCOUNTS)]
    return values, np.isin(np.arange(ACCOUNTS), chosen).astype(float)


def probabilities(rates: tuple[float, ...], unseen: np.ndarray) -> np.ndarray:
    parts = [month(rate, seed) for seed, rate in enumerate(rates)]
    matrix, label = np.vstack([values for values, _ in parts]), np.concatenate([labels for _, labels in parts])
    cutoff = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(30 * np.arange(len(rates)), unit="D")).repeat(
        ACCOUNTS
    )
    learner = PropensityClassifier(n_trees=40)
    calibrator = calibrate_unseen(
        learner, matrix, label, np.tile(np.arange(ACCOUNTS), len(rates)), cutoff.reset_index(drop=True), parts=3
    )
    return calibrator.probability(learner.fit(matrix, label).margin(unseen))


@pytest.mark.parametrize("rates", [RATES, RATES[:4]])
def test_one_month_of_another_rate_is_enough(rates: tuple[float, ...]) -> None:
    unseen, _ = month(rates[-1], 77)
    assert probabilities(rates, unseen).mean() == pytest.approx(rates[-1], abs=0.03)


def test_the_newest_cutoffs_with_enough_conversions() -> None:
    cutoff = pd.Series(pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01"])).repeat(300).reset_index(drop=True)
    label = np.tile((np.arange(300) < 150).astype(float), 3)
    assert newest_rows(cutoff, label).nonzero()[0].tolist() == list(range(300, 900))
    assert newest_rows(cutoff, label / 150).all(), "with few conversions all cutoffs count"
    assert newest_rows(None, label).all()
