"""A line in steps says what the line says, as trees that add up exactly."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from pqlml.explain.trees import TreeExplainer
from pqlml.model.line import Column, Line
from pqlml.model.steps import Stairs, mean_of, stairs_of

LINE = Line(
    intercept=-1.5,
    columns=(
        Column(weight=0.8, centre=2.0, spread=3.0, missing=-0.4),
        Column(weight=-0.5, centre=0.0, spread=1.0),
        Column(levels={0.0: 0.7, 3.0: -0.2, 40.0: 0.1}),
        Column(weight=0.0),
    ),
    farthest=6.0,
)


def rows(count: int = 2000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    visits = rng.poisson(3, count).astype(float)
    visits[rng.random(count) < 0.2] = np.nan
    return np.column_stack(
        [visits, rng.normal(size=count), rng.choice([0.0, 3.0, 7.0, 40.0], count), rng.normal(size=count)]
    )


def grown(matrix: np.ndarray, start: np.ndarray) -> lgb.Booster:
    label = (np.nan_to_num(matrix[:, 0]) * matrix[:, 1] > 1).astype(float)
    data = lgb.Dataset(matrix, label, init_score=start, categorical_feature=[2])
    settings = {"objective": "binary", "boost_from_average": False, "num_leaves": 5, "num_threads": 1, "verbose": -1}
    return lgb.train(settings, data, 20)


FREE = [0, 0, 0, 0]


def test_few_values_lose_nothing_and_many_hardly_anything() -> None:
    matrix = rows()
    stairs = stairs_of(LINE, matrix, FREE)
    assert [column.place for column in stairs.columns] == [0, 1, 2], "a column without weight has no steps"
    for column, most in zip(stairs.columns, (1e-12, 0.2, 1e-12), strict=True):
        exact = LINE.columns[column.place].added(matrix[:, column.place], LINE.farthest)
        assert np.abs(column.of(matrix[:, column.place]) - exact).max() < most
        assert column.of(matrix[:, column.place]).mean() == pytest.approx(exact.mean(), abs=1e-9)


def test_the_booster_is_the_steps_and_the_trees() -> None:
    matrix, unseen = rows(), rows(500, seed=1)
    unseen[:50, 2] = 99.0  # a level that was not there
    unseen[50:99, 2] = np.nan
    unseen[:50, 1] = np.nan  # never missing in training
    stairs = stairs_of(LINE, matrix, FREE)
    trees = grown(matrix, stairs.margin(matrix))
    whole = stairs.before(trees)
    assert whole.num_trees() == 1 + 3 + 20
    expected = stairs.margin(unseen) + trees.predict(unseen, raw_score=True)
    np.testing.assert_allclose(whole.predict(unseen, raw_score=True), expected, atol=1e-12)
    again = lgb.Booster(model_str=whole.model_to_string())
    np.testing.assert_array_equal(again.predict(unseen), whole.predict(unseen))


def test_several_boosters_are_averaged_in_turns() -> None:
    matrix, unseen = rows(), rows(500, seed=1)
    line, flat = stairs_of(LINE, matrix, FREE), Stairs(-0.7, ())
    first, second = grown(matrix, line.margin(matrix)), grown(matrix, flat.margin(matrix))
    whole = mean_of([line, flat]).before(first, second)
    assert whole.num_trees() == 1 + 3 + 20 + 20

    def said(trees: int) -> np.ndarray:
        both = ((line, first), (flat, second))
        parts = [
            stairs.margin(unseen) + forest.predict(unseen, raw_score=True, num_iteration=trees)
            for stairs, forest in both
        ]
        return np.asarray(np.mean(parts, axis=0))

    np.testing.assert_allclose(whole.predict(unseen, raw_score=True), said(20), atol=1e-12)
    few = whole.predict(unseen, raw_score=True, num_iteration=1 + 3 + 2 * 6)
    np.testing.assert_allclose(few, said(6), atol=1e-12)
    explainer = TreeExplainer.of(whole)
    shares = explainer.shares(unseen).sum(axis=1) + explainer.base
    np.testing.assert_allclose(shares, said(20), atol=1e-9)


def test_a_booster_of_fewer_trees_adds_nothing_in_the_turns_that_are_left() -> None:
    matrix = rows()
    flat = Stairs(-0.7, ())
    long, short = (
        grown(matrix, flat.margin(matrix)),
        lgb.Booster(model_str=grown(matrix, flat.margin(matrix)).model_to_string(num_iteration=5)),
    )
    whole = flat.before(long, short)
    assert whole.num_trees() == 1 + 20 + 20
    expected = -0.7 + np.mean([booster.predict(matrix, raw_score=True) for booster in (long, short)], axis=0)
    np.testing.assert_allclose(whole.predict(matrix, raw_score=True), expected, atol=1e-12)


def test_shares_stay_exact() -> None:
    matrix = rows()
    stairs = stairs_of(LINE, matrix, FREE)
    whole = stairs.before(grown(matrix, stairs.margin(matrix)))
    few = rows(200, seed=2)
    explainer = TreeExplainer.of(whole)
    shares = explainer.shares(few)
    np.testing.assert_allclose(shares.sum(axis=1) + explainer.base, whole.predict(few, raw_score=True), atol=1e-9)
    np.testing.assert_allclose(shares, np.asarray(whole.predict(few, pred_contrib=True))[:, :-1], atol=1e-9)


def test_what_is_never_missing_counts_as_the_middle_where_it_is() -> None:
    matrix = rows()
    stairs = stairs_of(LINE, matrix, FREE)
    found = stairs.columns[1].of(np.array([np.nan, 0.0]))
    assert found[0] == found[1]


@pytest.mark.parametrize(("directions", "kept"), [([1, 0, 0, 0], [0, 1, 2]), ([-1, 1, 0, 0], [0, 2])])
def test_a_weight_against_its_direction_adds_nothing(directions: list[int], kept: list[int]) -> None:
    stairs = stairs_of(LINE, rows(), directions)
    assert [column.place for column in stairs.columns] == kept
    if directions[0] < 0:
        assert set(stairs.columns[0].added) == {0.0}, "only its being missing has a weight"


def test_nothing_to_say_is_an_intercept() -> None:
    matrix = rows()
    flat = Line(0.3, (Column(), Column(), Column(levels={}), Column()), 6.0)
    stairs = stairs_of(flat, np.where(np.isnan(matrix), np.nan, matrix), FREE)
    assert stairs.columns == ()
    np.testing.assert_array_equal(stairs.margin(matrix), np.full(len(matrix), 0.3))
    whole = stairs.before(grown(matrix, stairs.margin(matrix)))
    assert whole.num_trees() == 21


def test_no_threshold_is_zero_which_some_readers_take_for_none() -> None:
    matrix = (np.arange(60.0) % 4)[:, None]
    trees = lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(matrix, matrix[:, 0]), 1)
    stairs = stairs_of(Line(0.0, (Column(weight=1.0),), 6.0), matrix, [0])
    assert 0.0 in stairs.columns[0].edges
    whole = stairs.before(trees)
    lines = [line for line in whole.model_to_string().split("\n") if line.startswith("threshold=")]
    assert 0.0 not in [float(value) for line in lines for value in line.removeprefix("threshold=").split()]
    expected = stairs.margin(matrix) + trees.predict(matrix, raw_score=True)
    np.testing.assert_allclose(whole.predict(matrix, raw_score=True), expected, rtol=0, atol=1e-12)
