"""The fast explainer equals LightGBM's own contributions on every kind of tree that LightGBM grows."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from pqlml.errors import DataError
from pqlml.explain.trees import TreeExplainer
from pqlml.model.propensity import PropensityClassifier

Matrix = np.ndarray


def table(rows: int = 3_000, features: int = 12, seed: int = 0) -> tuple[Matrix, np.ndarray]:
    """Numbers with gaps and zeros, two columns of categories, and an outcome that depends on them."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, features))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[rng.random(values.shape) < 0.2] = 0.0
    values[:, 2] = np.round(values[:, 2])
    values[:, -1] = rng.integers(40, size=rows)
    values[:, -2] = np.where(rng.random(rows) < 0.1, np.nan, rng.integers(5, size=rows))
    known = np.nan_to_num(values)
    push = known[:, 0] * known[:, 1] + np.sin(3 * known[:, 3]) + (known[:, -1] % 7 > 3) + 2 * np.isnan(values[:, 4])
    return values, rng.random(rows) < 1 / (1 + np.exp(1 - push))


def grow(values: Matrix, label: np.ndarray, trees: int = 30, **parameters: Any) -> lgb.Booster:
    last = values.shape[1]
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, **parameters}
    return lgb.train(settings, lgb.Dataset(values, label, categorical_feature=[last - 2, last - 1]), trees)


def strange_rows(features: int = 12) -> Matrix:
    """Values that lie on edges, beyond everything seen, or outside the categories."""
    rows, _ = table(40, features, seed=9)
    odd = [np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e300, -1e300, np.inf, -np.inf, -1.0, 39.5, 40.0, 1e6]
    for place, value in enumerate(odd):
        rows[place] = value
        rows[place + 20, -2:] = value
    return rows


def assert_equal_to_lightgbm(booster: lgb.Booster, values: Matrix, **settings: Any) -> None:
    explainer = TreeExplainer.of(booster, **settings)
    expected = np.asarray(booster.predict(values, pred_contrib=True))
    found = explainer.shares(values)
    np.testing.assert_allclose(found, expected[:, :-1], rtol=0, atol=1e-11)
    np.testing.assert_allclose(explainer.base, expected[:, -1], rtol=0, atol=1e-11)
    margin = np.asarray(booster.predict(values, raw_score=True))
    np.testing.assert_allclose(explainer.base + found.sum(axis=1), margin, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"num_leaves": 31}, id="usual"),
        pytest.param({"num_leaves": 4, "max_depth": 2}, id="shallow"),
        pytest.param({"num_leaves": 255, "min_data_in_leaf": 1}, id="large"),
        pytest.param({"num_leaves": 31, "use_missing": False}, id="null counts as 0"),
        pytest.param({"num_leaves": 31, "zero_as_missing": True}, id="0 counts as null"),
        pytest.param({"num_leaves": 31, "max_cat_to_onehot": 1, "cat_smooth": 1, "cat_l2": 0}, id="sets of categories"),
        pytest.param({"num_leaves": 31, "max_cat_to_onehot": 100}, id="single categories"),
        pytest.param({"num_leaves": 31, "max_bin": 4}, id="few thresholds"),
        pytest.param(
            {"num_leaves": 20, "bagging_fraction": 0.5, "bagging_freq": 1, "feature_fraction": 0.3}, id="sampled"
        ),
        pytest.param({"num_leaves": 31, "boosting": "dart"}, id="dropped trees"),
    ],
)
def test_equal_to_lightgbm(parameters: dict[str, Any]) -> None:
    values, label = table()
    booster = grow(values, label, **parameters)
    assert_equal_to_lightgbm(booster, np.vstack([values[:1_000], strange_rows()]))


@pytest.mark.parametrize("settings", [{"num_leaves": 31}, {"num_leaves": 6, "n_trees": 3}])
def test_trees_that_begin_with_a_line(settings: dict[str, Any]) -> None:
    """As pqlml releases them: one tree of steps per column, then trees that learn what the line misses."""
    values, label = table()
    learner = PropensityClassifier(**{"n_trees": 30, "categorical": (10, 11), **settings})
    booster = learner.fit(values, label).booster_
    assert booster.num_trees() > learner.chosen_["n_trees"] + 5
    assert_equal_to_lightgbm(booster, np.vstack([values[:1_000], strange_rows()]))


def test_trees_of_one_column_are_one_look_up_and_need_no_table() -> None:
    values, label = table()
    stumps = grow(values, label, num_leaves=2)
    assert_equal_to_lightgbm(stumps, np.vstack([values[:300], strange_rows()]))
    assert TreeExplainer.of(stumps, memory_limit=0).long_paths == 0


def chain() -> tuple[Matrix, np.ndarray]:
    """One feature after the other tells a little more, so that trees grow into long paths of different features."""
    rng = np.random.default_rng(3)
    values = rng.random((4_000, 26))
    held = np.cumprod(values[:, :24] > 0.12, axis=1)
    values[:, 24:] = 0
    return values, held.sum(axis=1) + rng.normal(scale=0.1, size=len(values)) > 6


@pytest.mark.parametrize("memory_limit", [256_000_000, 20_000, 0])
def test_long_paths_and_little_memory_change_nothing(memory_limit: int) -> None:
    values, label = chain()
    booster = grow(values, label, 5, num_leaves=60, min_data_in_leaf=1, learning_rate=0.5)
    assert_equal_to_lightgbm(booster, values[:700], memory_limit=memory_limit)
    tables = TreeExplainer.of(booster, memory_limit=memory_limit).table_bytes
    assert tables <= memory_limit or tables < 10_000


def test_some_paths_are_too_long_for_a_table() -> None:
    values, label = chain()
    explainer = TreeExplainer.of(grow(values, label, 5, num_leaves=60, min_data_in_leaf=1, learning_rate=0.5))
    assert explainer.long_paths > 0


def test_trees_that_found_nothing_and_stopped_early() -> None:
    values, label = table(400)
    assert_equal_to_lightgbm(grow(values, label, 10, min_data_in_leaf=300), values[:50])
    booster = grow(values, label, 30)
    booster.best_iteration = 7
    assert_equal_to_lightgbm(booster, values[:50])


def test_rows_do_not_depend_on_their_neighbours() -> None:
    values, label = table(1_300)
    explainer = TreeExplainer.of(grow(values, label))
    together = explainer.shares(values)
    np.testing.assert_array_equal(explainer.shares(values[700:701])[0], together[700])
    np.testing.assert_array_equal(explainer.shares(values[::-1])[::-1], together)
    np.testing.assert_array_equal(explainer.shares(values, threads=1), together)
    assert explainer.shares(values[:0]).shape == (0, 12)


def test_what_is_no_sum_of_plain_trees_is_refused() -> None:
    values, label = table(400)
    with pytest.raises(DataError, match="3 outputs per row; expected one"):
        TreeExplainer.of(grow(values, np.arange(400) % 3, 2, objective="multiclass", num_class=3))
    with pytest.raises(DataError, match="averages its trees"):
        TreeExplainer.of(grow(values, label, 2, boosting="rf", bagging_fraction=0.5, bagging_freq=1))
    with pytest.raises(DataError, match="linear leaves"):
        TreeExplainer.of(grow(np.nan_to_num(values), label.astype(float), 2, objective="regression", linear_tree=True))
    with pytest.raises(DataError, match="takes 12 features"):
        TreeExplainer.of(grow(values, label, 2)).shares(values[:, :5])
