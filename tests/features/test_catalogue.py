"""Which features a definition gives, and features by name."""

from __future__ import annotations

from typing import Any

import pytest

from pqlml.definition import Definition
from pqlml.errors import DefinitionError
from pqlml.features import Vocabulary, catalogue, check_points, feature_by_name
from pqlml.schema import DIMENSIONS
from tests.small import definition

EVENTS: dict[str, Any] = {
    "path": "events.parquet",
    "user_id": "user_id",
    "session_id": "session_id",
    "properties": {"minutes": {"column": "minutes", "dimension": "value", "noun": "minutes watched"}},
    "distinct": {"departments": {"column": "department", "dimension": "team", "noun": "departments"}},
}
ENTITIES = {"path": "entities.parquet", "signup_at": "signup_at"}
SIGNALS: dict[str, Any] = {
    "engagement": {"active": ["signed_in", "page_viewed"], "advanced": "api_called"},
    "team": {"invited": "invite_sent", "joined": "member_joined"},
    "value": {"onboarding": ["profile_filled", "import_done", "report_built"]},
    "upgrade": {"limit_hit": "limit_hit"},
    "fit": {"industry": "industry", "ideal": {"industry": ["saas"]}},
    "ratios": {"stickiness": {"part": "joined", "dimension": "value"}},
    "limits": {"reports": {"signal": "onboarding", "limit": 10}},
    "trial": {"days": 14},
}
VOCABULARY = Vocabulary(unmapped=("Report Viewed",), attributes={"industry": "category"}, users=True, sessions=True)


def given(signals: dict[str, Any] = SIGNALS, events: dict[str, Any] = EVENTS, **sections: Any) -> Definition:
    return definition(sources={"events": events, "entities": ENTITIES}, signals=signals, **sections)


def names(made: Definition) -> dict[str, str]:
    return {feature.name: feature.dimension for feature in catalogue(made, VOCABULARY)}


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("active.count.28d", "engagement"),
        ("event.report_viewed.recency", "engagement"),
        ("any.days.7d", "engagement"),
        ("any.streak", "engagement"),
        ("depth.ratio.all", "engagement"),
        ("session.mean_minutes.28d", "engagement"),
        ("age_days", "engagement"),
        ("joined.count.all", "team"),
        ("accepted.ratio.all", "team"),
        ("departments.distinct.28d", "team"),
        ("onboarding.first", "value"),
        ("onboarding.complete", "value"),
        ("minutes.sum.7d", "value"),
        ("stickiness.ratio.all", "value"),
        ("limit_hit.trend", "upgrade"),
        ("limit.reports.share", "upgrade"),
        ("trial.days_left", "upgrade"),
        ("trial.share_used", "upgrade"),
        ("industry", "fit"),
        ("fit.industry.in_ideal", "fit"),
    ],
)
def test_each_dimension_gets_its_features(name: str, dimension: str) -> None:
    assert names(given())[name] == dimension


def test_columns_come_by_dimension_and_once() -> None:
    features = catalogue(given(), VOCABULARY)
    dimensions = [feature.dimension for feature in features]
    assert list(dict.fromkeys(dimensions)) == list(DIMENSIONS)
    assert dimensions == sorted(dimensions, key=DIMENSIONS.index)
    assert len(names(given())) == len(features)


def test_usual_ratios_need_their_signals_and_yield_to_others_of_their_name() -> None:
    few = names(given({"team": {"invited": "invite_sent"}}))
    assert not [name for name in few if ".ratio." in name]
    own = given(SIGNALS | {"ratios": {"depth": {"part": "advanced", "whole": "active"}}})
    (depth,) = (feature for feature in catalogue(own, VOCABULARY) if feature.name == "depth.ratio.all")
    assert [one.name for one in depth.inputs] == ["advanced.count.all", "active.count.all"]
    assert (depth.did, depth.noun) == ("were uses of advanced features", "sign-ins or page views")


@pytest.mark.parametrize(
    ("name", "aggregate", "window"),
    [
        ("active.early.10d", "early", 10),
        ("active.regularity.28d", "regularity", 28),
        ("any.top_share.all", "top_share", None),
        ("any.current_streak", "current_streak", None),
        ("active.week_streak", "week_streak", None),
        ("limit_hit.acceleration", "acceleration", None),
        ("active.complete", "complete", None),
        ("minutes.largest.90d", "largest", 90),
        ("minutes.newest", "newest", None),
        ("minutes.mean.3d", "mean", 3),
        ("departments.distinct.3d", "distinct", 3),
        ("session.count.3d", "sessions", 3),
        ("depth.ratio.3d", "ratio", 3),
        ("fit.matches", "matches", None),
        ("event.report_viewed.early.1d", "early", 1),
    ],
)
def test_a_feature_is_made_by_name(name: str, aggregate: str, window: int | None) -> None:
    feature = feature_by_name(given(), VOCABULARY, name)
    assert (feature.name, feature.aggregate, feature.window_days) == (name, aggregate, window)
    assert feature.unit
    assert feature.null
    assert feature.noun
    assert name in names(given(features=[name]))
    assert name in names(given(points=[{"feature": name, "at_least": 1, "points": 5, "dimension": "value"}]))


def test_inputs_of_a_feature_are_named_for_what_they_are() -> None:
    complete = feature_by_name(given(), VOCABULARY, "onboarding.complete")
    assert [one.name for one in complete.inputs] == [
        "onboarding.first.profile_filled",
        "onboarding.first.import_done",
        "onboarding.first.report_built",
    ]
    acceleration = feature_by_name(given(), VOCABULARY, "active.acceleration")
    assert [one.name for one in acceleration.inputs] == ["active.count.7d", "active.count.14d", "active.count.21d"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("active.early.all", "give the number of days after sign-up, for example 'active.early.10d'"),
        ("active.erly.10d", "no feature kind 'erly'; did you mean 'early'?"),
        ("active.week_streek", "no feature kind 'week_streek'; did you mean 'week_streak'?"),
        ("any.complete", "'any' names no events that could all have happened"),
        ("minutes.larges.28d", "no feature kind 'larges'; did you mean 'largest'?"),
        ("minutes.largest.28", "'28' is no window"),
        ("departments.sum.28d", "no feature kind 'sum'; valid: distinct"),
        ("session.cont.28d", "no feature kind 'cont'; did you mean 'count'?"),
        ("dept.ratio.28d", "did you mean 'depth.ratio.28d'?"),
        ("depth.ratio.28", "'28' is no window"),
        ("limit.report.share", "did you mean 'limit.reports.share'?"),
        ("trial.day_left", "did you mean 'trial.days_left'?"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_what_was_meant(name: str, said: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        feature_by_name(given(), VOCABULARY, name)
    assert said in str(refused.value)
    (problem,) = check_points(given(features=[name]))
    assert problem.startswith("features: ")
    assert said in problem


@pytest.mark.parametrize("name", ["active.users.28d", "any.top_share.28d"])
def test_people_are_counted_only_where_events_name_them(name: str) -> None:
    nobody = {key: value for key, value in EVENTS.items() if key != "user_id"}
    with pytest.raises(DefinitionError, match=r"name the column of the user under 'sources\.events\.user_id'"):
        feature_by_name(given(events=nobody), VOCABULARY, name)
