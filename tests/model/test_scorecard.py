"""The hand-set points, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.utils.estimator_checks import estimator_checks_generator

from pqlml.definition import PointsRule
from pqlml.definition.parts import Tiers
from pqlml.errors import DataError, InputError
from pqlml.model.scorecard import PointsScorecard

RULES = [
    PointsRule(feature="hits", at_least=3, points=30, dimension="upgrade"),
    PointsRule(feature="size", at_least=50, at_most=500, points=20, dimension="fit"),
    PointsRule(feature="sector", values=("SaaS", "fintech"), points=15, dimension="fit"),
    PointsRule(feature="recency", at_most=7, points=10.5, dimension="engagement"),
    PointsRule(feature="sector", values=("agency",), points=-25, dimension="fit"),
]
LEADS = pd.DataFrame(
    {
        "hits": [3, 2, 10, np.nan],
        "size": [50, 500, 501, np.nan],
        "sector": ["saas", "Fintech", "AGENCY", None],
        "recency": [7.0, 7.1, 0.0, np.nan],
    }
)


def test_points_are_the_sum_of_the_rules_met() -> None:
    card = PointsScorecard(RULES)
    assert card.met(LEADS).astype(int).tolist() == [[1, 1, 1, 1, 0], [0, 1, 1, 0, 0], [1, 0, 0, 1, 1], [0, 0, 0, 0, 0]]
    assert card.points(LEADS).tolist() == [75.5, 35, 15.5, 0]


def test_dimensions_add_up_to_the_points() -> None:
    found = PointsScorecard(RULES).by_dimension(LEADS)
    assert found.columns.tolist() == ["engagement", "team", "value", "upgrade", "fit"]
    assert found["fit"].tolist() == [35, 35, -25, 0]
    assert found["team"].tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(found.sum(axis=1), PointsScorecard(RULES).points(LEADS))


@pytest.mark.parametrize("kind", ["Int64", "Float64", "object", "float32"])
def test_a_null_of_any_kind_meets_no_condition(kind: str) -> None:
    values = LEADS.assign(hits=pd.Series([3, None, 10, None], dtype=kind))
    rule = PointsRule(feature="hits", at_most=1000, points=1, dimension="upgrade")
    assert PointsScorecard([rule]).points(values).tolist() == [1, 0, 1, 0]


def test_a_null_text_meets_not_even_its_own_spelling() -> None:
    rule = PointsRule(feature="sector", values=("nan", "None", "<NA>"), points=1, dimension="fit")
    assert PointsScorecard([rule]).points(LEADS).tolist() == [0, 0, 0, 0]


def test_no_rules_give_no_points() -> None:
    assert PointsScorecard([]).met(LEADS).shape == (4, 0)
    assert PointsScorecard([]).points(LEADS).tolist() == [0, 0, 0, 0]
    assert PointsScorecard([]).by_dimension(LEADS).to_numpy().sum() == 0


def test_a_feature_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="the points card needs the feature 'hits', which the table lacks"):
        PointsScorecard(RULES).points(LEADS.drop(columns="hits"))


def test_texts_are_not_compared_with_numbers() -> None:
    rule = PointsRule(feature="sector", at_least=3, points=1, dimension="fit")
    with pytest.raises(DataError, match="compares 'sector' with a number, but it holds texts; use 'values'"):
        PointsScorecard([rule]).points(LEADS)


def contract() -> list[Callable[[BaseEstimator], None]]:
    checks = [check for _, check in estimator_checks_generator(PointsScorecard())]
    return [check for check in checks if "array_api" not in check.func.__name__]  # it takes numpy arrays


@pytest.mark.parametrize("check", contract(), ids=lambda check: check.func.__name__)
def test_it_keeps_the_contract(check: Callable[[BaseEstimator], None]) -> None:
    check(PointsScorecard())


MANY = pd.concat([LEADS] * 50, ignore_index=True)
WON = np.tile([1, 0, 1, 0], 50) ^ (np.arange(200) % 10 == 0)


def test_more_points_mean_a_higher_probability() -> None:
    card = PointsScorecard(RULES).fit(MANY, WON)
    probability = card.predict_proba(LEADS)[:, 1]
    assert np.argsort(-probability, kind="stable").tolist() == np.argsort(-card.points(LEADS), kind="stable").tolist()
    assert card.predict_proba(MANY)[:, 1].mean() == pytest.approx(WON.mean(), abs=0.01)
    assert clone(card).rules == card.rules


def test_a_weight_counts_like_so_many_rows() -> None:
    weight = np.arange(200) % 3
    weighted = PointsScorecard(RULES).fit(MANY, WON, weight)
    repeated = PointsScorecard(RULES).fit(MANY.loc[MANY.index.repeat(weight)], WON.repeat(weight))
    np.testing.assert_allclose(weighted.margin(LEADS), repeated.margin(LEADS), atol=1e-9)


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        (Tiers(by="points", critical=75, hot=35, warm=15), ["critical", "hot", "warm", "cold"]),
        (Tiers(by="capacity", critical=1, hot=2, warm=3), ["critical", "hot", "warm", "cold"]),
        (Tiers(by="probability", critical=0.99, hot=0.5, warm=0.0001), ["hot", "warm", "warm", "warm"]),
    ],
)
def test_tiers_go_by_what_their_thresholds_are_of(tiers: Tiers, expected: list[str]) -> None:
    card = PointsScorecard(RULES, tiers).fit(MANY, WON)
    assert card.tier(LEADS).tolist() == expected


def test_a_matrix_has_no_names_for_the_rules() -> None:
    with pytest.raises(InputError, match="speaks of features by name, for example 'hits'"):
        PointsScorecard(RULES).fit(np.ones((4, 2)), [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (None, "rules=None; expected a list of PointsRule; without any leave it out"),
        (RULES[0], "expected a list of PointsRule"),
        ([{"feature": "hits"}], r"rules hold {'feature': 'hits'}; .*PointsRule\(\*\*rule\)"),
        ([*RULES, None], "rules hold None; expected a list of PointsRule: leave it out"),
    ],
    ids=["none", "one", "dicts", "a gap"],
)
def test_rules_are_a_list_of_rules(rules: Any, words: str) -> None:
    card = clone(PointsScorecard()).set_params(rules=rules)
    for use in (card.met, card.points, card.by_dimension, lambda values: card.fit(values, [0, 1, 0, 1])):
        with pytest.raises(InputError, match=words):
            use(LEADS)


def test_a_feature_that_is_there_twice_is_named() -> None:
    twice = pd.concat([LEADS, LEADS[["hits"]], LEADS[["hits"]]], axis=1)
    with pytest.raises(InputError, match="the column 'hits' is there 3 times; expected it once"):
        PointsScorecard(RULES).points(twice)
    other = pd.concat([LEADS.assign(more=1), LEADS.assign(more=1)[["more"]]], axis=1)
    assert PointsScorecard(RULES).points(other).tolist() == [75.5, 35, 15.5, 0]
