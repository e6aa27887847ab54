"""The linear learner keeps scikit-learn's contract, finds what is there, and is not bent by long tails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import estimator_checks_generator

from pqlml.errors import NotEnoughDataError
from pqlml.model.linear import LinearClassifier

# Checks that do not apply, and why.
DIFFERENT = {
    "check_sample_weight_equivalence_on_dense_data": "it shuffles, then makes two classes of three by the first row",
    "check_array_api_input": "it takes numpy arrays",
    "check_array_api_same_namespace": "the same",
}


def contract() -> list[Callable[[BaseEstimator], None]]:
    checks = [check for _, check in estimator_checks_generator(LinearClassifier())]
    return [check for check in checks if check.func.__name__ not in DIFFERENT]


@pytest.mark.parametrize("check", contract(), ids=lambda check: check.func.__name__)
def test_it_keeps_the_contract(check: Callable[[BaseEstimator], None]) -> None:
    check(LinearClassifier())


def rows(count: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    use = rng.lognormal(0, 2, count)
    silent = rng.random(count) < 0.3
    level = rng.integers(0, 3, count).astype(float)
    log_odds = -1.5 + 0.7 * np.log(use) - 1.5 * silent + np.array([0, 1.5, -1.5])[level.astype(int)]
    label = (rng.random(count) < 1 / (1 + np.exp(-log_odds))).astype(int)
    recency = np.where(silent, np.nan, rng.uniform(0, 30, count))
    return np.column_stack([use, recency, level, np.full(count, 7.0), np.full(count, np.nan)]), label


def test_tails_missing_values_and_levels_are_learned() -> None:
    matrix, label = rows()
    fresh, truth = rows(seed=1)
    learned = LinearClassifier(categorical=(2,)).fit(matrix, label)
    assert roc_auc_score(truth, learned.margin(fresh)) > 0.83
    blind = LinearClassifier(categorical=(2,)).fit(np.where(np.isnan(matrix), 15, matrix), label)
    assert roc_auc_score(truth, blind.margin(np.where(np.isnan(fresh), 15, fresh))) < roc_auc_score(
        truth, learned.margin(fresh)
    )
    numeric = LinearClassifier().fit(matrix, label)
    assert roc_auc_score(truth, numeric.margin(fresh)) < roc_auc_score(truth, learned.margin(fresh))
    np.testing.assert_allclose(learned.predict_proba(fresh)[:, 1], 1 / (1 + np.exp(-learned.decision_function(fresh))))


def test_one_account_of_endless_use_bends_nothing() -> None:
    matrix, label = rows()
    before = LinearClassifier(categorical=(2,)).fit(matrix, label)
    extreme = np.vstack([matrix, [[1e12, np.nan, 0, 7, np.nan]]])
    after = LinearClassifier(categorical=(2,)).fit(extreme, np.append(label, 0))
    np.testing.assert_allclose(after.margin(matrix), before.margin(matrix), atol=0.3)


def test_few_rows_are_held_back_more() -> None:
    matrix, label = rows()
    few = LinearClassifier(categorical=(2,)).fit(matrix[:60], label[:60])
    many = LinearClassifier(categorical=(2,)).fit(matrix, label)
    assert np.abs(few.coef_).max() < 0.5 * np.abs(many.coef_).max()


def test_an_unseen_level_and_a_missing_one_have_no_weight() -> None:
    matrix, label = rows()
    learned = LinearClassifier(categorical=(2,)).fit(matrix, label)
    row = matrix[:2].copy()
    row[:, 2] = [9, np.nan]
    row[1, :2] = row[0, :2]
    margins = learned.margin(row)
    assert margins[0] == margins[1]


def test_one_class_only_is_refused() -> None:
    matrix, label = rows(50)
    with pytest.raises(NotEnoughDataError, match=r"all 50 rows are of one class \(0\)"):
        LinearClassifier().fit(matrix, label * 0)


def test_a_weight_counts_like_so_many_rows() -> None:
    matrix, label = rows(300)
    weight = np.random.default_rng(2).integers(0, 4, len(label))
    weighted = LinearClassifier(categorical=(2,)).fit(matrix, label, weight)
    repeated = LinearClassifier(categorical=(2,)).fit(matrix.repeat(weight, axis=0), label.repeat(weight))
    np.testing.assert_allclose(weighted.margin(matrix), repeated.margin(matrix), atol=1e-5)
