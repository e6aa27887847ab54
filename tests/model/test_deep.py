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
from pqlml.model.propensity import PropensityClassifier, Staged
from pqlml.model.unseen import History, _best_trees, settle_unseen


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
        conversions = said * (counted + 1 / label.mean()) - 1
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
    assert staged.deep is not None
    assert np.ptp(staged.boosted[0]) > 0.1, "the line"
    for place, fitted in ((1, seven), (2, model)):
        said = (2 * staged.boosted[place] + staged.deep) / 3
        np.testing.assert_allclose(said, fitted.margin(matrix), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(model.keep_trees(7).margin(matrix), seven.margin(matrix))


@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("deep_share", [0.0, 1 / 3, 1 / 2])
def test_the_model_is_as_deep_as_asked_for(share: float, deep_share: float) -> None:
    matrix, label = rows()
    model = small().fit(matrix, label)
    line, trees = model.staged_margins(matrix, [0, 20]).boosted
    said = model.staged_margins(matrix, []).deep
    assert said is not None
    model.keep_trees(20, share, deep_share)
    wanted = (1 - deep_share) * (line + share * (trees - line)) + deep_share * said
    np.testing.assert_allclose(model.margin(matrix), wanted, rtol=0, atol=1e-12)
    assert (model.deep_, model.deep_share_) == ((TREES, deep_share) if deep_share else (0, 0.0))
    if not deep_share:
        np.testing.assert_allclose(
            model.margin(matrix), small(deep_forest=False).fit(matrix, label).keep_trees(20, share).margin(matrix)
        )
    staged = model.staged_margins(matrix, [0, 20])
    assert (staged.deep is None) == (deep_share == 0)
    np.testing.assert_allclose(staged.boosted[0], line, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("teller", "deep_share"), [("deep", 0.8), ("boosted", 0.0)])
def test_unseen_entities_choose_how_deep(teller: str, deep_share: float) -> None:
    rng = np.random.default_rng(4)
    label = (rng.random(4_000) < 0.3).astype(float)
    tells, noise = 1.5 * rng.normal(size=4_000) + label - 0.8, rng.normal(size=4_000)
    boosted, deep = (noise, tells) if teller == "deep" else (tells, noise)
    staged = Staged(np.stack([np.zeros(4_000), boosted / 2, boosted]), deep)
    assert _best_trees(staged, [10, 20], [1.0], label).deep_share == deep_share


def test_who_says_how_many_boosted_trees_gets_them_and_the_deep_ones_that_serve() -> None:
    matrix, label = rows()
    history = History(matrix, label, np.arange(len(label)))
    settled = settle_unseen(small(n_trees=20), history, parts=2)
    assert settled.trees is not None
    assert settled.trees[:2] == (20, 1.0)
    assert settle_unseen(small(n_trees=20, deep_forest=False), history, parts=2).trees is None
    assert settle_unseen(small(n_trees=20, stop_after=5), history, parts=2).trees is None


def test_it_takes_part_where_rows_are_few_and_conversions_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    asked = small(deep_forest=None)
    assert asked.fit(matrix, label).deep_ == 0
    assert not asked.sized(label).deep_forest
    monkeypatch.setattr(propensity, "_MANY_CONVERSIONS", int(label.sum()))
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
