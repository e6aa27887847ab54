from __future__ import annotations

import pytest

from pqlml.definition.parts import PointsRule
from pqlml.features import Feature
from pqlml.features.spec import Aggregate
from pqlml.report.assemble import rule_in_words
from pqlml.report.readable import readable
from pqlml.review.conditions import Condition


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
        ("recency", None, "Days since they last were reached"),
        ("first", None, "Days from sign-up until they first were reached"),
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
        ("complete", None, "Days from sign-up until there were all kinds of goals"),
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


def test_days_since_are_named_by_what_was_done() -> None:
    feature = Feature("any.recency", "engagement", "any", "recency", did="used the product", noun="actions")
    assert readable(feature) == "Days since they last used the product"


def test_bounds_are_read_in_units_and_yes_or_no_in_words() -> None:
    fits = Feature("fit.country.in_ideal", "fit", "country", "in_ideal", noun="country")
    time = Feature("s.sum.7d", "value", "s", "sum", window_days=7, noun="time in the product", measured_in="seconds")
    flag = Feature("beta", "fit", "beta", "attribute", yes_no=True, noun="in the beta programme")
    features = {each.name: each for each in (fits, time, flag)}

    def told(feature: str, **bounds: float) -> str:
        return rule_in_words(PointsRule(feature=feature, points=10, dimension="fit", **bounds), features)

    assert told(fits.name, at_least=1) == "Country in the ideal profile: yes"
    assert told(fits.name, at_most=0) == "Country in the ideal profile: no"
    assert told(flag.name, at_least=1) == "In the beta programme: yes"
    assert told(time.name, at_least=7200) == "Time in the product in the last 7 days: 2 hours or more"
    assert str(Condition(time, at_most=7200.0)) == "time in the product in the last 7 days at most 2 hours"
    assert str(Condition(flag, at_least=1.0)) == "in the beta programme: yes"
