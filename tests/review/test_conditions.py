from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.features.spec import Feature
from pqlml.review.conditions import Condition, conditions

COUNT = Feature(
    "limit_hit.count.28d",
    "upgrade",
    "limit_hit",
    "count",
    window_days=28,
    did="hit a plan limit",
    noun="plan limits hit",
)
WEEK = Feature("limit_hit.count.7d", "upgrade", "limit_hit", "count", window_days=7, noun="plan limits hit")
SIZE = Feature("company_size", "fit", "company_size", "attribute", noun="company size")
INDUSTRY = Feature("industry", "fit", "industry", "attribute", category=True, noun="industry")
IDEAL = Feature("fit.industry.in_ideal", "fit", "industry", "in_ideal", noun="industry")
VALUES = pd.DataFrame(
    {
        COUNT.name: [0.0, 0.0, 1.0, 4.0],
        WEEK.name: [0.0, 0.0, 1.0, 4.0],
        SIZE.name: [np.nan, 10.0, 200.0, 5000.0],
        INDUSTRY.name: pd.Series(["retail", None, "saas", "retail"], dtype="str"),
        IDEAL.name: [0.0, 0.0, 1.0, 0.0],
    }
)


def test_words_and_who_meets_them() -> None:
    cases = {
        "hit a plan limit in the last 28 days": (Condition(COUNT, at_least=1), [0, 0, 1, 1]),
        "hit a plan limit at least 4 times in the last 28 days": (Condition(COUNT, at_least=4), [0, 0, 0, 1]),
        "hit a plan limit at most once in the last 28 days": (Condition(COUNT, at_most=1), [1, 1, 1, 0]),
        "no plan limits hit in the last 28 days": (Condition(COUNT, at_most=0), [1, 1, 0, 0]),
        "company size at most 200": (Condition(SIZE, at_most=200), [0, 1, 1, 0]),
        "company size: not known": (Condition(SIZE, unknown=True), [1, 0, 0, 0]),
        "industry: retail": (Condition(INDUSTRY, text="retail"), [1, 0, 0, 1]),
        "industry fits the ideal profile": (Condition(IDEAL, at_least=1), [0, 0, 1, 0]),
        "industry lies outside the ideal profile": (Condition(IDEAL, at_most=0), [1, 1, 0, 1]),
    }
    for words, (condition, met) in cases.items():
        assert str(condition) == words
        assert condition.met(VALUES).tolist() == [bool(one) for one in met]


def test_a_month_is_tried_and_shorter_windows_are_not() -> None:
    tried = list(conditions(VALUES, [COUNT, WEEK, SIZE, INDUSTRY, IDEAL]))
    assert {condition.feature.name for condition in tried} == {COUNT.name, SIZE.name, INDUSTRY.name, IDEAL.name}
    assert Condition(COUNT, at_least=1) in tried
    assert Condition(SIZE, unknown=True) in tried
    assert Condition(INDUSTRY, text="saas") in tried
    assert {condition.text for condition in tried if condition.feature is INDUSTRY} == {None, "retail", "saas"}


def test_bounds_split_the_rows() -> None:
    for condition in conditions(VALUES, [COUNT, SIZE]):
        assert 0 < condition.met(VALUES).sum() < len(VALUES)
