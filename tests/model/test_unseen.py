"""Probabilities keep up with the rate of conversions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.model.propensity import PropensityClassifier
from pqlml.model.unseen import History, KeptTrees, newest_rows, settle_unseen

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
    history = History(matrix, label, np.tile(np.arange(ACCOUNTS), len(rates)), cutoff.reset_index(drop=True))
    calibrator = settle_unseen(learner, history, parts=3).calibrator
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


def panel(seed: int, *, together: bool) -> History:
    """Rows of 300 accounts over 6 months: habits hardly change, and the label is the account's for good.

    Two signals count together, or nothing does but a little chance per account that trees may mistake for knowledge.
    """
    rng = np.random.default_rng(seed)
    accounts, months = 300, 6
    habit = rng.normal(size=(accounts, 6)).repeat(months, axis=0)
    push = 3.0 * np.sign(habit[:, 0] * habit[:, 1]) if together else np.zeros(accounts * months)
    label = (rng.random(accounts).repeat(months) < 1 / (1 + np.exp(1.0 - push))).astype(float)
    return History(habit + rng.normal(size=habit.shape) / 20, label, np.arange(accounts).repeat(months))


def test_trees_are_kept_as_far_as_they_serve_entities_they_have_not_seen() -> None:
    chance, knowledge = (
        settle_unseen(PropensityClassifier(min_child_rows=20), panel(5, together=together)).trees
        for together in (False, True)
    )
    assert chance == KeptTrees(6, 0.5), "the fewest, and the least of them"
    assert knowledge is not None
    assert knowledge.number > 80
    assert knowledge.share == 1.0


def test_who_says_how_many_trees_gets_them() -> None:
    settled = settle_unseen(PropensityClassifier(n_trees=7), panel(5, together=False))
    assert settled.trees is None


def test_without_a_line_the_calibrator_alone_scales_trees() -> None:
    settled = settle_unseen(PropensityClassifier(linear_start=False, min_child_rows=20), panel(5, together=False))
    assert settled.trees is not None
    assert settled.trees.share == 1.0


def test_the_correction_of_the_base_rate_is_told() -> None:
    matrix, label = (np.concatenate(part) for part in zip(month(0.15, 1), month(0.30, 2), strict=True))
    entity, cutoff = np.tile(np.arange(ACCOUNTS), 2), pd.Series(pd.to_datetime(["2026-01-01", "2026-02-01"]))
    history = History(matrix, label, entity, cutoff.repeat(ACCOUNTS).reset_index(drop=True), window_days=30)
    settled = settle_unseen(PropensityClassifier(n_trees=20), history, parts=2)
    assert settled.base_rate is not None
    assert [cohort.actual for cohort in settled.base_rate.cohorts] == pytest.approx([0.15, 0.30], abs=0.01)
    assert settled.calibrator.base_rate_shift == settled.base_rate.shift > 0.2
