"""The kernel says what LightGBM says, to the last bit."""

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from pqlml.model.forest.plan import plan_of
from pqlml.model.forest.score import score
from pqlml.model.margins import tree_margins

QUIET = {"verbose": -1, "objective": "binary", "num_threads": 1, "min_data_in_leaf": 3, "cat_smooth": 1, "cat_l2": 1}


def rows(count: int = 900, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, 5)).round(1)
    matrix[:, 2] = rng.integers(0, 70, count)
    matrix[rng.random(count) < 0.1, 0] = np.nan
    matrix[rng.random(count) < 0.1, 2] = np.nan
    push = np.nan_to_num(matrix[:, 0], nan=2.0) - matrix[:, 1] + np.isin(matrix[:, 2], [3, 40, 41, 66]) * 2
    return matrix, (rng.random(count) < 1 / (1 + np.exp(-push))).astype(int)


def grown(trees: int = 20, categorical: tuple[int, ...] = (2,), **settings: Any) -> lgb.Booster:
    matrix, label = rows()
    return lgb.train({**QUIET, **settings}, lgb.Dataset(matrix, label, categorical_feature=list(categorical)), trees)


def unseen() -> np.ndarray:
    """Rows beyond those of training: missing, unseen, negative and broken categories, infinite numbers."""
    matrix = rows(700, seed=1)[0]
    matrix[:9, 2] = [-1, -0.5, 69.5, 70, 500, 1e9, np.nan, 3, 40]
    matrix[9:12, 0] = [np.inf, -np.inf, np.nan]
    matrix[12:20, 1] = np.nan  # never missing in training
    return matrix


@pytest.mark.parametrize(
    "settings",
    [
        {"num_leaves": 8},
        {"num_leaves": 31},
        {"num_leaves": 64, "min_data_in_leaf": 1},
        {"num_leaves": 4, "use_missing": False},
        {"num_leaves": 15, "extra_trees": True, "max_cat_to_onehot": 1},
    ],
)
def test_every_bit_is_that_of_lightgbm(settings: dict[str, Any]) -> None:
    booster = grown(**settings)
    plan = plan_of(booster)
    assert plan is not None
    assert plan.width == (64 if settings["num_leaves"] > 32 else 32)
    np.testing.assert_array_equal(score(plan, unseen()), booster.predict(unseen(), raw_score=True))


def test_trees_without_splits_and_no_rows_at_all() -> None:
    flat = lgb.train({**QUIET, "min_data_in_leaf": 800}, lgb.Dataset(*rows()), 2)
    plan = plan_of(flat)
    assert plan is not None
    np.testing.assert_array_equal(score(plan, unseen()), flat.predict(unseen(), raw_score=True))
    assert score(plan, unseen()[:0]).shape == (0,)


def test_trees_after_the_best_one_do_not_count() -> None:
    matrix, label = rows()
    data = lgb.Dataset(matrix[:500], label[:500], params=QUIET)
    stop = lgb.early_stopping(3, verbose=False)
    later = data.create_valid(matrix[500:], label[500:])
    booster = lgb.train(
        {**QUIET, "learning_rate": 0.3}, data, 60, valid_sets=[later], callbacks=[stop], keep_training_booster=True
    )
    assert 0 < booster.best_iteration < booster.num_trees()
    plan = plan_of(booster)
    assert plan is not None
    np.testing.assert_array_equal(score(plan, unseen()), booster.predict(unseen(), raw_score=True))


@pytest.mark.parametrize(
    "settings",
    [
        {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
        {"linear_tree": True},
        {"zero_as_missing": True},
        {"num_leaves": 100, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0},
        {"objective": "multiclass", "num_class": 2},
    ],
    ids=["averaged", "linear leaves", "zeros are missing", "many leaves", "several outputs"],
)
def test_what_is_not_a_sum_of_small_plain_trees_has_no_plan(settings: dict[str, Any]) -> None:
    assert plan_of(grown(categorical=(), **settings)) is None


@pytest.mark.parametrize("leaves", [8, 100])
def test_many_rows_get_the_same_answer(monkeypatch: pytest.MonkeyPatch, leaves: int) -> None:
    booster = grown(num_leaves=leaves, min_data_in_leaf=1)
    few = tree_margins(booster, unseen())
    monkeypatch.setattr("pqlml.model.margins._MUCH", 1)
    np.testing.assert_array_equal(tree_margins(booster, unseen()), few)
