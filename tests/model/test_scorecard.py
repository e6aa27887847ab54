"""The hand-set points, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.definition import PointsRule
from pqlml.errors import DataError
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
