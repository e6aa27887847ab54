"""A forest of deep trees takes part where conversions are not few, and the model stays a sum of trees."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from pqlml.explain.trees import TreeExplainer
from pqlml.model import deep, margins, propensity
from pqlml.model.binary import LearnedRows
from pqlml.model.deep import TREES, deep_trees
from pqlml.model.frames import Floats
from pqlml.model.propensity import PropensityClassifier


def rows(count: int = 800, seed: int = 1) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, 5))
    matrix[rng.random((count, 5)) < 0.1] = np.nan
    matrix[:, 4] = rng.integers(0, 6, count)
    known = np.nan_to_num(matrix)
    chance = 1 / (1 + np.exp(1.5 - known[:, 0] - (known[:, 1] > 0) * (known[:, 2] > 0) - (matrix[:, 4] == 3)))
    return matrix, (rng.random(count) < chance).astype(np.float64)


def small(**given: Any) -> PropensityClassifier:
    asked: dict[str, Any] = {"n_trees": 30, "categorical": [4], "deep_forest": True} | given
    return PropensityClassifier(**asked)


def numbers(tree: str, name: str) -> Floats:
    found = re.search(rf"(?:^|\n){name}=([^\n]*)", tree)
    assert found is not None
    return np.array(found[1].split(), np.float64)


def test_each_leaf_says_its_share_held_back() -> None:
    matrix, label = rows()
    trees = deep_trees(LearnedRows(matrix, label, None, np.ones(len(label), np.bool_)), 0, 1)
    assert len(trees) == TREES
    for tree in trees:
        counted = numbers(tree, "leaf_count")
        said = 1 / (1 + np.exp(-numbers(tree, "leaf_value")))
        conversions = said * (counted + 10) - 10 * label.mean()
        np.testing.assert_allclose(conversions, np.round(conversions), atol=1e-6)
        assert counted.min() >= 5
        assert ((conversions > -1e-6) & (conversions < counted + 1e-6)).all()
        assert 0.5 < counted.sum() / len(label) < 0.75
    assert len(set(trees)) == TREES, "each from other rows"


def test_a_rate_of_weights_is_what_leaves_are_held_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    monkeypatch.setattr(deep, "_HELD_BACK", 1e9)
    trees = deep_trees(LearnedRows(matrix, label, np.where(label > 0, 3.0, 1.0), np.ones(len(label), np.bool_)), 0, 1)
    rate = 3 * label.sum() / (3 * label.sum() + (1 - label).sum())
    np.testing.assert_allclose(numbers(trees[0], "leaf_value"), np.log(rate / (1 - rate)), atol=1e-5)


def test_the_deep_forest_is_a_third_of_the_model_and_shares_stay_exact() -> None:
    matrix, label = rows()
    model, without = small().fit(matrix, label), small(deep_forest=False).fit(matrix, label)
    assert (model.deep_, without.deep_) == (TREES, 0)
    assert model.booster_.num_trees() == without.booster_.num_trees() + TREES
    said = 3 * model.margin(matrix) - 2 * without.margin(matrix)
    assert np.corrcoef(said, label)[0, 1] > 0.6
    assert abs(1 / (1 + np.exp(-said))).max() < 1
    shares = np.asarray(model.booster_.predict(matrix, pred_contrib=True))
    np.testing.assert_allclose(shares.sum(axis=1), model.margin(matrix), atol=1e-9)
    np.testing.assert_allclose(TreeExplainer.of(model.booster_).shares(matrix), shares[:, :-1], atol=1e-9)


def test_fewer_boosted_trees_leave_the_deep_ones() -> None:
    matrix, label = rows()
    model, seven = small().fit(matrix, label), small(n_trees=7).fit(matrix, label)
    staged = model.staged_margins(matrix, [0, 7, 30])
    np.testing.assert_allclose(staged[1], seven.margin(matrix), rtol=0, atol=1e-12)
    np.testing.assert_allclose(staged[2], model.margin(matrix), rtol=0, atol=1e-12)
    assert np.ptp(staged[0]) > 0.1
    np.testing.assert_array_equal(model.keep_trees(7).margin(matrix), seven.margin(matrix))


def test_it_takes_part_where_rows_are_few_and_conversions_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    asked = small(deep_forest=None)
    assert asked.fit(matrix, label).deep_ == 0
    assert not asked.sized(label).deep_forest
    monkeypatch.setattr(propensity, "_DEEP_CONVERSIONS", int(label.sum()))
    assert asked.fit(matrix, label).deep_ == TREES
    assert asked.sized(label).deep_forest
    assert small(deep_forest=None, monotone={0: 1}).fit(matrix, label).deep_ == 0
    assert small(deep_forest=None, linear_start=False).fit(matrix, label).deep_ == 0
    monkeypatch.setattr(propensity, "_FEW_ROWS", len(label) - 1)
    assert asked.fit(matrix, label).deep_ == 0
    assert not asked.sized(label).deep_forest


def test_predictions_of_few_rows_take_one_thread_as_fits_do(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    model = small().fit(matrix, label)
    asked: list[object] = []
    predict = model.booster_.predict

    def watched(*args: Any, **given: Any) -> Any:
        asked.append(given.get("num_threads"))
        return predict(*args, **given)

    monkeypatch.setattr(model.booster_, "predict", watched)
    model.margin(matrix)
    monkeypatch.setattr(margins, "SMALL_ROWS", len(matrix) - 1)
    model.margin(matrix)
    assert asked == [1, None]
