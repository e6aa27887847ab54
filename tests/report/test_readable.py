from __future__ import annotations

import pytest

from pqlml.features import Feature
from pqlml.features.spec import Aggregate
from pqlml.report.readable import readable


@pytest.mark.parametrize(
    ("aggregate", "window", "said"),
    [
        ("count", 7, "Goals in the last 7 days"),
        ("sum", None, "Goals so far"),
        ("days", 7, "Days with goals in the last 7 days"),
        ("weeks", 28, "Weeks with goals in the last 28 days"),
        ("users", 7, "People behind goals in the last 7 days"),
        ("events", 7, "Kinds of goals in the last 7 days"),
        ("mean", 28, "Goals, mean in the last 28 days"),
        ("recency", None, "Days since the last: goals"),
        ("first", None, "Days from sign-up to the first: goals"),
        ("trend", None, "Trend of goals"),
        ("streak", None, "Longest run of days with goals"),
        ("acceleration", None, "Change in the weekly growth of goals"),
        ("current_streak", None, "Days in a row up to now with goals"),
        ("week_streak", None, "Weeks in a row up to now with goals"),
        ("regularity", 28, "Spread of the intervals between goals in the last 28 days"),
        ("early", 10, "Goals in the first 10 days"),
        ("newest", None, "Goals at last count"),
        ("largest", 7, "Most goals at a time in the last 7 days"),
        ("top_share", 7, "Share of the most active person in goals in the last 7 days"),
        ("complete", None, "Days from sign-up to all kinds of: goals"),
        ("ratio", 28, "Share of goals that were reached in the last 28 days"),
        ("days_left", None, "Days until the trial ends"),
        ("share_used", None, "Share of the trial that is over"),
        ("in_ideal", None, "Goals in the ideal profile"),
        ("in_negative", None, "Goals in the negative persona"),
        ("attribute", None, "Goals"),
    ],
)
def test_a_feature_is_named_for_people(aggregate: Aggregate, window: int | None, said: str) -> None:
    feature = Feature("g.x", "value", "g", aggregate, window_days=window, did="were reached", noun="goals")
    assert readable(feature) == said
