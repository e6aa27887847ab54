"""Scores of a table: four columns that belong together."""

from __future__ import annotations

import dataclasses

import numpy as np

from pqlml.model.predict import predict
from tests.helpers.synthetic import definition, fitted


def test_probability_points_and_tier_follow_from_the_log_odds() -> None:
    model, rows = fitted()
    scores = predict(model, rows.values)
    assert scores.columns.tolist() == ["probability", "log_odds", "points", "tier"]
    assert len(scores) == len(rows.label)
    np.testing.assert_allclose(scores["probability"], 1 / (1 + np.exp(-scores["log_odds"])))
    np.testing.assert_allclose(scores["points"], model.scale.offset + model.scale.factor * scores["log_odds"])
    assert set(scores["tier"][scores["points"] >= 101]) == {"critical"}
    assert set(scores["tier"][scores["points"] < 51]) == {"cold"}
    np.testing.assert_array_equal(scores["probability"], model.probability(rows.values))


def test_a_row_is_scored_alone_as_among_others() -> None:
    model, rows = fitted()
    np.testing.assert_array_equal(predict(model, rows.values.iloc[[7]])["log_odds"], model.log_odds(rows.values)[[7]])


def test_capacity_is_filled_among_the_rows_given() -> None:
    model, rows = fitted()
    limited = dataclasses.replace(model, definition=definition("tiers: {by: capacity, critical: 2, hot: 5, warm: 9}"))
    scores = predict(limited, rows.values.head(50)).sort_values("probability", ascending=False)
    assert scores["tier"].tolist() == ["critical"] * 2 + ["hot"] * 3 + ["warm"] * 4 + ["cold"] * 41


def test_no_rows_give_no_scores() -> None:
    model, rows = fitted()
    assert predict(model, rows.values.head(0)).empty
