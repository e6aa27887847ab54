"""The profile: what a lead did, without zeros and unknowns, one line per signal and kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.explain import Fact, profile, told_features
from pqlml.features import Feature
from pqlml.features.spec import Aggregate


def facts(features: list[Feature], values: pd.DataFrame) -> list[list[Fact]]:
    """Return the facts of each row."""
    told = profile(features, values)
    rows = [told[told["lead"] == row] for row in range(len(values))]
    assert [list(row["position"]) for row in rows] == [list(range(1, len(row) + 1)) for row in rows]
    return [[Fact(*fact) for fact in row[list(Fact._fields)].itertuples(index=False)] for row in rows]


def feature(aggregate: Aggregate, window: int | None = None, name: str = "x", noun: str = "sign-ins") -> Feature:
    return Feature(name, "engagement", "active", aggregate, window_days=window, did="were short", noun=noun)


@pytest.mark.parametrize(
    ("windows", "chosen"), [((7, 14, 28, 90, None), 28), ((7, None), 7), ((90, None), None), ((60, 90), 60)]
)
def test_the_longest_window_up_to_a_month_is_told(windows: tuple[int | None, ...], chosen: int | None) -> None:
    (told,) = told_features(tuple(feature("count", window) for window in windows))
    assert told.window_days == chosen


def test_each_kind_of_a_signal_is_told_once_and_derived_ones_are_not() -> None:
    features = tuple(feature(kind, 28) for kind in ("count", "days", "users", "recency", "trend", "streak", "events"))
    assert [each.aggregate for each in told_features(features)] == ["count", "days", "users"]


@pytest.mark.parametrize(
    ("aggregate", "value", "fact"),
    [
        ("count", 12.0, Fact("use", "Sign-ins in the last 28 days", "12")),
        ("days", 3.0, Fact("use", "Days with sign-ins in the last 28 days", "3")),
        ("users", 2.0, Fact("use", "People behind sign-ins in the last 28 days", "2")),
        ("sum", 1234.5, Fact("use", "Sign-ins in the last 28 days", "1,234")),
        ("current_streak", 5.0, Fact("use", "Days in a row up to now with sign-ins", "5")),
        ("newest", 12.0, Fact("use", "Sign-ins at last count", "12")),
        ("ratio", 0.8, Fact("use", "Share of sign-ins that were short in the last 28 days", "80%")),
        ("days_left", 3.0, Fact("use", "Days until the trial ends", "3")),
        ("days_left", -3.0, Fact("use", "Days since the trial ended", "3")),
        ("attribute", "fintech", Fact("use", "Sign-ins", "fintech")),
        ("attribute", 120.0, Fact("use", "Sign-ins", "120")),
    ],
)
def test_a_fact_is_ready_to_read(aggregate: Aggregate, value: object, fact: Fact) -> None:
    assert facts([feature(aggregate, 28)], pd.DataFrame({"x": [value]})) == [[fact]]


@pytest.mark.parametrize("value", [0.0, None, np.nan, pd.NA, np.inf])
def test_zeros_and_unknowns_are_left_out(value: object) -> None:
    assert facts([feature("count", 28)], pd.DataFrame({"x": pd.Series([value], dtype="object")})) == [[]]


@pytest.mark.parametrize(
    ("dimension", "section"),
    [("engagement", "use"), ("team", "team"), ("value", "outcomes"), ("upgrade", "upgrade"), ("fit", "company")],
)
def test_each_dimension_has_its_section(dimension: str, section: str) -> None:
    one = Feature("x", dimension, "g", "attribute", noun="plan")  # type: ignore[arg-type]  # one of the five
    assert facts([one], pd.DataFrame({"x": ["pro"]})) == [[Fact(section, "Plan", "pro")]]


def test_every_row_has_its_own_facts() -> None:
    values = pd.DataFrame({"x": [1.0, 0.0, 2.0]})
    assert [[fact.value for fact in each] for each in facts([feature("count", 7)], values)] == [["1"], [], ["2"]]
