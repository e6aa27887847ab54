"""A forest of deep trees takes part where conversions are not few, and the model stays a sum of trees."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from pqlml.explain.trees import TreeExplainer
from pqlml.model import deep, margins, propensity, sharp
from pqlml.model.binary import LearnedRows
from pqlml.model.deep import TREES, deep_trees
from pqlml.model.frames import Floats
from pqlml.model.propensity import PropensityClassifier, Shares, Staged
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
    asked: dict[str, Any] = {"n_trees": 30, "categorical": [4], "further_forests": True} | given
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
        said = 1 / (1 + np.exp(-TREES * numbers(tree, "leaf_value")))
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
    np.testing.assert_allclose(TREES * numbers(trees[0], "leaf_value"), np.log(rate / (1 - rate)), atol=1e-5)


def test_further_forests_are_half_of_the_model_and_shares_stay_exact() -> None:
    matrix, label = rows()
    model, without = small().fit(matrix, label), small(further_forests=False).fit(matrix, label)
    assert (model.deep_, model.sharp_) == (TREES, sharp.TREES)
    assert (without.deep_, without.sharp_, without.shares_) == (0, 0, Shares())
    assert model.booster_.num_trees() == without.booster_.num_trees() + TREES + sharp.TREES
    staged = model.staged_margins(matrix, [30])
    assert staged.deep is not None
    assert staged.sharp is not None
    np.testing.assert_allclose(staged.boosted[0], without.margin(matrix), atol=1e-9)
    mixed = 0.5 * staged.boosted[0] + 0.3 * staged.deep + 0.2 * staged.sharp
    np.testing.assert_allclose(model.margin(matrix), mixed, atol=1e-9)
    assert np.corrcoef(staged.deep, label)[0, 1] > 0.6
    assert np.corrcoef(staged.sharp, label)[0, 1] > np.corrcoef(staged.boosted[0], label)[0, 1], "it fits chance"
    shares = np.asarray(model.booster_.predict(matrix, pred_contrib=True))
    np.testing.assert_allclose(shares.sum(axis=1), model.margin(matrix), atol=1e-9)
    np.testing.assert_allclose(TreeExplainer.of(model.booster_).shares(matrix), shares[:, :-1], atol=1e-9)


def test_fewer_boosted_trees_leave_the_further_forests() -> None:
    matrix, label = rows()
    model, seven = small().fit(matrix, label), small(n_trees=7).fit(matrix, label)
    staged = model.staged_margins(matrix, [0, 7, 30])
    assert staged.deep is not None
    assert staged.sharp is not None
    assert np.ptp(staged.boosted[0]) > 0.1, "the line"
    for place, fitted in ((1, seven), (2, model)):
        said = 0.5 * staged.boosted[place] + 0.3 * staged.deep + 0.2 * staged.sharp
        np.testing.assert_allclose(said, fitted.margin(matrix), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(model.keep_trees(7).margin(matrix), seven.margin(matrix))


@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("shares", [Shares(), Shares(deep=0.5), Shares(sharp=0.1), Shares(0.6, 0.2)])
def test_the_model_is_mixed_as_asked_for(share: float, shares: Shares) -> None:
    matrix, label = rows()
    model = small().fit(matrix, label)
    line, trees = model.staged_margins(matrix, [0, 20]).boosted
    said = model.staged_margins(matrix, [])
    assert said.deep is not None
    assert said.sharp is not None
    model.keep_trees(20, share, shares)
    wanted = shares.boosted * (line + share * (trees - line)) + shares.deep * said.deep + shares.sharp * said.sharp
    np.testing.assert_allclose(model.margin(matrix), wanted, rtol=0, atol=1e-12)
    assert (model.deep_ > 0, model.sharp_ > 0, model.shares_) == (shares.deep > 0, shares.sharp > 0, shares)
    if shares == Shares():
        without = small(further_forests=False).fit(matrix, label).keep_trees(20, share)
        np.testing.assert_allclose(model.margin(matrix), without.margin(matrix))
    staged = model.staged_margins(matrix, [0, 20])
    assert (staged.deep is None, staged.sharp is None) == (shares.deep == 0, shares.sharp == 0)
    np.testing.assert_allclose(staged.boosted[0], line, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("teller", "shares"), [("deep", Shares(deep=0.8)), ("sharp", Shares(sharp=0.8)), ("boosted", Shares())]
)
def test_unseen_entities_choose_the_mixture(teller: str, shares: Shares) -> None:
    rng = np.random.default_rng(4)
    label = (rng.random(4_000) < 0.3).astype(float)
    said = {name: rng.normal(size=4_000) for name in ("boosted", "deep", "sharp")}
    said[teller] = 1.5 * rng.normal(size=4_000) + label - 0.8
    staged = Staged(np.stack([np.zeros(4_000), said["boosted"] / 2, said["boosted"]]), said["deep"], said["sharp"])
    found = _best_trees(staged, [10, 20], [1.0], label).shares
    np.testing.assert_allclose(found, shares, atol=0.11)


def test_who_says_how_many_boosted_trees_gets_them_and_the_deep_ones_that_serve() -> None:
    matrix, label = rows()
    history = History(matrix, label, np.arange(len(label)))
    settled = settle_unseen(small(n_trees=20), history, parts=2)
    assert settled.trees is not None
    assert settled.trees[:2] == (20, 1.0)
    assert settle_unseen(small(n_trees=20, further_forests=False), history, parts=2).trees is None
    assert settle_unseen(small(n_trees=20, stop_after=5), history, parts=2).trees is None


def test_it_takes_part_where_rows_are_few_and_conversions_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, label = rows()
    asked = small(further_forests=None)
    assert asked.fit(matrix, label).deep_ == 0
    assert not asked.sized(label).further_forests
    monkeypatch.setattr(propensity, "_MANY_CONVERSIONS", int(label.sum()))
    assert asked.fit(matrix, label).deep_ == TREES
    assert asked.sized(label).further_forests
    assert small(further_forests=None, monotone={0: 1}).fit(matrix, label).deep_ == 0
    assert small(further_forests=None, linear_start=False).fit(matrix, label).deep_ == 0
    monkeypatch.setattr(propensity, "_FEW_ROWS", len(label) - 1)
    assert asked.fit(matrix, label).deep_ == 0
    assert not asked.sized(label).further_forests


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
