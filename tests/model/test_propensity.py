"""The learner keeps scikit-learn's contract, repeats itself, and refuses what it cannot learn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import estimator_checks_generator

from pqlml.errors import NotEnoughDataError
from pqlml.model import propensity
from pqlml.model.propensity import PropensityClassifier

# Checks that do not apply, and why.
DIFFERENT = {
    "check_sample_weight_equivalence_on_dense_data": "trees draw rows and count them, whatever they weigh",
    "check_array_api_input": "LightGBM takes numpy arrays",
    "check_array_api_same_namespace": "the same",
}


def small(**parameters: object) -> PropensityClassifier:
    return PropensityClassifier(**({"n_trees": 30, "n_threads": 1} | parameters))  # type: ignore[arg-type]


def rows(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, 4))
    matrix[rng.random((count, 4)) < 0.1] = np.nan
    label = (rng.random(count) < 1 / (1 + np.exp(1 - 2 * np.nan_to_num(matrix[:, 0])))).astype(int)
    return matrix, label


def contract() -> list[Callable[[BaseEstimator], None]]:
    """Return scikit-learn's checks of an estimator, as far as they apply."""
    checks = [check for _, check in estimator_checks_generator(small(n_trees=5))]
    return [check for check in checks if check.func.__name__ not in DIFFERENT]


@pytest.mark.parametrize("check", contract(), ids=lambda check: check.func.__name__)
def test_scikit_learn_contract(check: Callable[[BaseEstimator], None]) -> None:
    check(small(n_trees=5))


def test_it_learns_from_incomplete_rows() -> None:
    matrix, label = rows()
    unseen, truth = rows(seed=1)
    found = small().fit(matrix, label).predict_proba(unseen)
    assert roc_auc_score(truth, found[:, 1]) > 0.75
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_the_margin_is_the_log_odds_of_the_probability() -> None:
    matrix, label = rows()
    model = small().fit(matrix, label)
    probability = model.predict_proba(matrix)[:, 1]
    np.testing.assert_allclose(model.margin(matrix), np.log(probability / (1 - probability)), atol=1e-9)
    np.testing.assert_array_equal(model.predict(matrix), (probability > 0.5).astype(int))


def test_the_seed_decides() -> None:
    matrix, label = rows()
    first, again, other = (small(seed=seed).fit(matrix, label).margin(matrix) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_class_is_refused_with_the_counts() -> None:
    matrix, label = rows()
    with pytest.raises(NotEnoughDataError, match=r"all 600 rows are of one class \(0\); two are needed"):
        small().fit(matrix, np.zeros_like(label))


def test_weights_count() -> None:
    matrix, label = rows()
    heavy = small().fit(matrix, label, sample_weight=np.where(label == 1, 10.0, 1.0))
    assert (
        heavy.predict_proba(matrix)[:, 1].mean() > small().fit(matrix, label).predict_proba(matrix)[:, 1].mean() + 0.1
    )


def test_categories_are_split_as_sets() -> None:
    rng = np.random.default_rng(0)
    code = rng.integers(9, size=3000).astype(float)
    label = np.isin(code, (1, 4, 7)).astype(int) * (rng.random(3000) < 0.8)
    matrix = code.reshape(-1, 1)
    model = small(categorical=(0,), feature_share=1.0, l2=1.0).fit(matrix, label)
    by_code = model.predict_proba(np.arange(9.0).reshape(-1, 1))[:, 1]
    assert by_code[[1, 4, 7]].min() > by_code[[0, 2, 3, 5, 6, 8]].max() + 0.2


@pytest.mark.parametrize(("conversions", "trees", "leaves"), [(9, 3, 4), (10, 5, 6), (20, 7, 9), (80, 3, 4)])
def test_more_conversions_allow_larger_models(
    conversions: int, trees: int, leaves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propensity, "_SIZES", ((10, 3, 4), (20, 5, 6)))
    monkeypatch.setattr(propensity, "_LARGEST", (7, 9))
    total = 88 if conversions == 80 else 200  # of 88 rows with 80 conversions it is the other 8 that are few
    booster = PropensityClassifier().fit(rows(total)[0], np.arange(total) < conversions).booster_
    assert (booster.num_trees(), booster.params["num_leaves"]) == (trees, leaves)


def test_what_is_said_is_not_chosen() -> None:
    booster = small(n_trees=3, num_leaves=5, n_threads=2).fit(*rows()).booster_
    assert (booster.num_trees(), booster.params["num_leaves"], booster.params["num_threads"]) == (3, 5, 2)


@pytest.mark.parametrize(("most", "threads"), [(600, 1), (599, 0)])
def test_small_tables_take_one_thread(most: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propensity, "_SMALL_ROWS", most)
    assert PropensityClassifier(n_trees=3).fit(*rows(600)).booster_.params["num_threads"] == threads
