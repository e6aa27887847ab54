"""Sentences: short, in words, for every aggregate and for the values where grammar turns."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from typing import get_args

import numpy as np
import pytest

from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.explain import sentence
from pqlml.explain.reading import reads
from pqlml.explain.statements import Value, when
from pqlml.features import Feature, Vocabulary, catalogue
from pqlml.features.spec import Aggregate
from pqlml.language import language, languages

TOLD: list[tuple[Aggregate, int | None, Value, str]] = [
    ("count", 28, 0, "No plan limits hit in the last 28 days"),
    ("count", 28, 1, "Hit a plan limit once in the last 28 days"),
    ("count", 7, 4, "Hit a plan limit 4 times in the last 7 days"),
    ("count", None, 1234, "Hit a plan limit 1,234 times so far"),
    ("days", 7, 0, "No plan limits hit in the last 7 days"),
    ("days", 7, 1, "Hit a plan limit on 1 of the last 7 days"),
    ("days", 7, 3, "Hit a plan limit on 3 of the last 7 days"),
    ("days", 7, 7, "Hit a plan limit on each of the last 7 days"),
    ("days", 7, 8, "Hit a plan limit on each of the last 7 days"),
    ("days", None, 1, "Hit a plan limit on 1 day so far"),
    ("days", 1, 1, "Hit a plan limit within the last day"),
    ("weeks", 28, 0, "No plan limits hit in the last 28 days"),
    ("weeks", 28, 1, "Hit a plan limit during 1 week in the last 28 days"),
    ("weeks", 28, 4, "Hit a plan limit during 4 weeks in the last 28 days"),
    ("users", 7, 0, "No plan limits hit in the last 7 days"),
    ("users", 7, 1, "1 person hit a plan limit over the last 7 days"),
    ("users", 7, 3, "3 people hit a plan limit over the last 7 days"),
    ("events", 7, 0, "No plan limits hit in the last 7 days"),
    ("events", 7, 1, "Plan limits hit in the last 7 days: 1 kind"),
    ("events", 7, 5, "Plan limits hit in the last 7 days: 5 different kinds"),
    ("sum", 7, 0, "No plan limits hit in the last 7 days"),
    ("sum", 7, 1, "Plan limits hit in the last 7 days: 1"),
    ("sum", 7, 2.5, "2.5 plan limits hit in the last 7 days"),
    ("distinct", None, 1, "Plan limits hit so far: 1"),
    ("distinct", None, 8, "8 plan limits hit so far"),
    ("sessions", 7, 1, "Plan limits hit in the last 7 days: 1"),
    ("sessions", 7, 6, "6 plan limits hit in the last 7 days"),
    ("mean", 28, 12.34, "12 plan limits hit on average in the last 28 days"),
    ("mean", 28, 1, "Plan limits hit on average in the last 28 days: 1"),
    ("mean", 28, None, "No plan limits hit in the last 28 days"),
    ("session_minutes", 28, 1, "Sessions last 60 seconds on average in the last 28 days"),
    ("session_minutes", 28, 14.6, "Sessions last 15 minutes on average in the last 28 days"),
    ("session_minutes", 28, None, "No sessions in the last 28 days"),
    ("recency", None, 0.2, "Hit a plan limit within the last day"),
    ("recency", None, 1.04, "Most recently hit a plan limit 1 day ago"),
    ("recency", None, 12.5, "Most recently hit a plan limit 13 days ago"),
    ("recency", None, None, "No plan limits hit so far"),
    ("first", None, 0.5, "First hit a plan limit within a day of sign-up"),
    ("first", None, 1.04, "First hit a plan limit 1 day after sign-up"),
    ("first", None, 9, "First hit a plan limit 9 days after sign-up"),
    ("first", None, None, "No plan limits hit so far"),
    ("trend", None, 0, "No plan limits hit this week, some in the weeks before"),
    ("trend", None, 1, "Plan limits hit this week: as often as before"),
    ("trend", None, 2.5, "Plan limits hit this week: 2.5 times the earlier rate"),
    ("trend", None, 0.31, "Plan limits hit this week: 31% of the earlier rate"),
    ("trend", None, None, "No plan limits hit in the last 28 days"),
    ("streak", None, 1, "Never hit a plan limit two days in a row"),
    ("streak", None, 5, "Hit a plan limit 5 days in a row at best"),
    ("streak", None, None, "No plan limits hit so far"),
    ("current_streak", None, 0, "No plan limits hit today or yesterday"),
    ("current_streak", None, 1, "Hit a plan limit today or yesterday, but not the day before"),
    ("current_streak", None, 5, "Hit a plan limit 5 days in a row up to now"),
    ("week_streak", None, 0, "No plan limits hit in the last 7 days"),
    ("week_streak", None, 1, "Hit a plan limit this week, but not the week before"),
    ("week_streak", None, 3, "Hit a plan limit 3 weeks in a row up to now"),
    ("regularity", 28, 0, "Hit a plan limit at even intervals in the last 28 days"),
    ("regularity", 28, 1.04, "Intervals between plan limits hit vary by 1 day in the last 28 days"),
    ("regularity", None, 2.34, "Intervals between plan limits hit vary by 2.3 days so far"),
    ("regularity", 28, None, "Too few days with plan limits hit in the last 28 days"),
    ("acceleration", None, 0, "Weekly growth in plan limits hit: as in the week before"),
    ("acceleration", None, 4, "Weekly growth in plan limits hit: 4 up on the week before"),
    ("acceleration", None, -1, "Weekly growth in plan limits hit: 1 down on the week before"),
    ("early", 10, 0, "No plan limits hit in the first 10 days"),
    ("early", 10, 1, "Hit a plan limit once in the first 10 days"),
    ("early", 1, 7, "Hit a plan limit 7 times in the first day"),
    ("early", 10, None, "Sign-up date not known"),
    ("newest", None, 12, "Plan limits hit at last count: 12"),
    ("newest", None, None, "No plan limits hit so far"),
    ("largest", 28, 40, "Most plan limits hit at a time in the last 28 days: 40"),
    ("largest", 28, None, "No plan limits hit in the last 28 days"),
    ("top_share", 28, 0.804, "One person accounts for 80% of plan limits hit in the last 28 days"),
    ("top_share", 28, None, "No plan limits hit in the last 28 days"),
    ("complete", None, 0.5, "Plan limits hit: every kind done within a day of sign-up"),
    ("complete", None, 3, "Plan limits hit: every kind done 3 days after sign-up"),
    ("complete", None, None, "Plan limits hit: not every kind done yet"),
    ("ratio", None, 0.123, "12% of plan limits hit hit a plan limit"),
    ("ratio", 7, 0.0, "0% of plan limits hit hit a plan limit in the last 7 days"),
    ("ratio", None, None, "Plan limits hit not known"),
    ("since", None, 3, "Plan limits hit: 3 days ago"),
    ("since", None, -2.4, "Plan limits hit: in 2 days"),
    ("since", None, -1, "Plan limits hit: within a day from now"),
    ("since", None, 0.4, "Plan limits hit: within the last day"),
    ("since", None, None, "Plan limits hit not known"),
    ("days_left", None, 5, "The trial ends in 5 days"),
    ("days_left", None, 0.5, "The trial ends within a day"),
    ("days_left", None, -1.2, "The trial ended 1 day ago"),
    ("days_left", None, -0.3, "The trial ended within the last day"),
    ("days_left", None, None, "No trial known"),
    ("share_used", None, 0.5, "50% of the trial is over"),
    ("share_used", None, 1, "The trial is over"),
    ("share_used", None, None, "No trial known"),
    ("age", None, 1, "Signed up within the last day"),
    ("age", None, 1.4, "Signed up 1 day ago"),
    ("age", None, 30, "Signed up 30 days ago"),
    ("age", None, None, "Sign-up date not known"),
    ("attribute", None, "fintech", "Plan limits hit: fintech"),
    ("attribute", None, 120, "Plan limits hit: 120"),
    ("attribute", None, None, "Plan limits hit not known"),
    ("in_ideal", None, 1, "Plan limits hit fits the ideal profile"),
    ("in_ideal", None, 0, "Plan limits hit lies outside the ideal profile"),
    ("in_ideal", None, None, "Plan limits hit not known"),
    ("in_negative", None, 1, "Plan limits hit matches the negative persona"),
    ("in_negative", None, 0, "Plan limits hit is clear of the negative persona"),
    ("matches", None, 0, "Matches no criterion of the ideal profile"),
    ("matches", None, 1, "Matches 1 criterion of the ideal profile"),
    ("matches", None, 2, "Matches 2 criteria of the ideal profile"),
    ("seniority", None, 0, "Plan limits hit: no senior role"),
    ("seniority", None, None, "Plan limits hit: role not known"),
]


def feature(aggregate: Aggregate, window: int | None) -> Feature:
    did, noun = "hit a plan limit", "plan limits hit"
    return Feature("limit_hit.x", "upgrade", "limit_hit", aggregate, window_days=window, did=did, noun=noun)


@pytest.mark.parametrize(("aggregate", "window", "value", "told"), TOLD)
def test_a_value_in_words(aggregate: Aggregate, window: int | None, value: Value, told: str) -> None:
    assert sentence(feature(aggregate, window), value) == told


@pytest.mark.parametrize(("value", "told"), [(2, "Lead: vice president"), (1, "Lead: key account")])
def test_a_rung_is_named_by_the_language_or_by_the_ladder(value: float, told: str) -> None:
    ladder = ("vp\nvice president", "key account")
    led = Feature("person.seniority", "team", "person", "seniority", values=ladder, noun="lead")
    assert sentence(led, value) == told


def test_every_aggregate_is_told() -> None:
    assert {aggregate for aggregate, *_ in TOLD} == set(get_args(Aggregate))


@pytest.mark.parametrize("aggregate", get_args(Aggregate))
def test_nan_is_told_like_null(aggregate: Aggregate) -> None:
    assert sentence(feature(aggregate, 7), math.nan) == sentence(feature(aggregate, 7), None)


@pytest.mark.parametrize(
    ("aggregate", "typical", "end"),
    [
        ("count", 1.0, "in the last 7 days; similar accounts: 1"),
        ("count", 4.0, "in the last 7 days"),
        ("count", None, "in the last 7 days"),
        ("sum", 0.0, "; similar accounts: 0"),
        ("streak", 1.0, "at best; similar accounts: 1 day"),
        ("recency", 2.2, "4 days ago; similar accounts: 2 days ago"),
        ("first", 0.5, "4 days after sign-up; similar accounts: within a day"),
        ("session_minutes", 30.0, "4 minutes on average in the last 7 days; similar accounts: 30 minutes"),
        ("trend", 1.0, "4 times the earlier rate"),
    ],
)
def test_what_is_typical_is_told_where_it_differs_and_helps(
    aggregate: Aggregate, typical: float | None, end: str
) -> None:
    assert sentence(feature(aggregate, 7), 4.0, typical).endswith(end)


@pytest.mark.parametrize(
    ("aggregate", "value", "typical", "said"),
    [
        ("count", 8, 20, "Hit a plan limit only 8 times in the last 7 days; similar accounts: 20"),
        ("count", 1, 20, "Hit a plan limit only once in the last 7 days; similar accounts: 20"),
        ("count", 0, 20, "No plan limits hit in the last 7 days; similar accounts: 20"),
        ("count", 0, 0, "No plan limits hit in the last 7 days"),
        ("count", 8, 8, "Hit a plan limit 8 times in the last 7 days; less likely with this profile"),
        ("count", 8, 2, "Hit a plan limit 8 times in the last 7 days; less likely with this profile"),
        ("count", 8, None, "Hit a plan limit 8 times in the last 7 days; less likely with this profile"),
        ("days", 3, 5, "Hit a plan limit on only 3 of the last 7 days; similar accounts: 5"),
        ("users", 1, 4, "Only 1 person hit a plan limit over the last 7 days; similar accounts: 4"),
        ("recency", 9, 2, "Most recently hit a plan limit 9 days ago; similar accounts: 2 days ago"),
        ("recency", 2, 9, "Most recently hit a plan limit 2 days ago; less likely with this profile"),
        ("recency", None, 9, "No plan limits hit so far"),
        ("trend", 0.5, None, "Plan limits hit this week: 50% of the earlier rate"),
        ("trend", 3, None, "Plan limits hit this week: 3 times the earlier rate; less likely with this profile"),
        ("acceleration", -2, None, "Weekly growth in plan limits hit: 2 down on the week before"),
        ("in_ideal", 0, None, "Plan limits hit lies outside the ideal profile"),
        ("in_ideal", 1, None, "Plan limits hit fits the ideal profile; less likely with this profile"),
        ("in_negative", 1, None, "Plan limits hit matches the negative persona"),
        ("in_negative", 0, None, "Plan limits hit is clear of the negative persona; less likely with this profile"),
        ("attribute", "retail", None, "Plan limits hit: retail; less likely with this profile"),
        ("attribute", 120, 10, "Plan limits hit: 120; less likely with this profile"),
        ("attribute", None, None, "Plan limits hit not known; less likely with this profile"),
        ("age", 40, None, "Signed up 40 days ago; less likely with this profile"),
        ("top_share", 0.8, None, "One person accounts for 80% of plan limits hit in the last 7 days; less likely"),
    ],
)
def test_a_reason_against_reads_as_one(aggregate: Aggregate, value: Value, typical: float | None, said: str) -> None:
    window = 7 if aggregate not in ("recency", "trend", "acceleration") else None
    assert sentence(feature(aggregate, window), value, typical, direction=-1) == said


@pytest.mark.parametrize(
    ("aggregate", "value", "typical", "said"),
    [
        ("count", 8, 2, "Hit a plan limit 8 times in the last 7 days; similar accounts: 2"),
        ("count", 8, 20, "Hit a plan limit 8 times in the last 7 days; more likely with this profile"),
        ("count", 0, 20, "No plan limits hit in the last 7 days; more likely with this profile"),
        ("attribute", "retail", None, "Plan limits hit: retail"),
        ("attribute", None, None, "Plan limits hit not known; more likely with this profile"),
        ("in_ideal", 0, None, "Plan limits hit lies outside the ideal profile; more likely with this profile"),
        ("age", 40, None, "Signed up 40 days ago"),
    ],
)
def test_a_reason_for_never_reads_as_one_against(
    aggregate: Aggregate, value: Value, typical: float | None, said: str
) -> None:
    assert sentence(feature(aggregate, 7), value, typical, direction=1) == said


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("aggregate", get_args(Aggregate))
def test_no_reason_reads_the_other_way_round_whatever_the_phrases(aggregate: Aggregate, code: str) -> None:
    """A mark or a comparison that agrees is always there, however long the phrases are."""
    told_in, long = language(code), "a b c d e f g"
    parts = (feature("count", 7), feature("count", 7))
    each = dataclasses.replace(feature(aggregate, 28), did=long, noun="p q r s t", inputs=parts)
    marks = {
        way: (told_in.text(f"counts.{key}"), told_in.text(f"counts.{key}_short"))
        for way, key in ((1, "more"), (-1, "less"))
    }
    for value, typical, way in itertools.product((None, 0.0, 0.4, 1.0, 2.5, 40.0), (None, 0.0, 17.5), (1, -1)):
        said = sentence(each, value, typical, told_in=told_in, direction=way)
        assert len(said.split()) <= 16, said
        number = math.nan if value is None else value
        alone = reads(each, np.array([number]), np.array([math.nan]))[0]
        beside = reads(each, np.array([number]), np.array([math.nan if typical is None else typical]))[0]
        compared = told_in.text("similar.account", typical="").strip() in said
        marked = said.endswith(marks[way])
        agrees = beside == way if compared else alone == way
        assert agrees or marked or (way == 1 and alone == 0 and value is not None), (said, value, typical, way)
        assert not (marked and compared), said


def test_lengths_of_time_are_told_in_a_unit_that_fits() -> None:
    seconds = dataclasses.replace(feature("sum", 7), noun="time in the product", measured_in="seconds")
    assert (
        sentence(seconds, 7372.0, 60.0)
        == "Time in the product in the last 7 days: 2 hours; similar accounts: 60 seconds"
    )
    assert sentence(seconds, 0.0, 60.0) == "No time in the product in the last 7 days; similar accounts: 60 seconds"
    assert sentence(seconds, 60.0, 0.0).endswith("60 seconds; similar accounts: 0")
    assert sentence(seconds, 1.0) == "Time in the product in the last 7 days: 1 second"
    mean = dataclasses.replace(seconds, aggregate="mean")
    assert sentence(mean, 5400.0, told_in=language("de")) == (
        "Time in the product im Durchschnitt in den letzten 7 Tagen: 90 Minuten"
    )


def test_yes_and_no_are_words() -> None:
    flag = Feature("beta", "fit", "beta", "attribute", yes_no=True, noun="in the beta programme")
    assert [sentence(flag, value) for value in (1.0, 0.0, None)] == [
        "In the beta programme: yes",
        "In the beta programme: no",
        "In the beta programme not known",
    ]


def test_more_of_one_than_of_another_is_no_share() -> None:
    invited, joined = (
        dataclasses.replace(feature("count", 7), noun=noun) for noun in ("invitations sent", "team members joined")
    )
    accepted = dataclasses.replace(
        feature("ratio", 7), did="were accepted", noun="invitations", inputs=(joined, invited)
    )
    assert sentence(accepted, 1.5) == "Team members joined per 100 invitations sent in the last 7 days: 150"
    assert sentence(accepted, 0.5) == "50% of invitations were accepted in the last 7 days"


def test_a_window_in_words() -> None:
    assert [when(days) for days in (None, 1, 90)] == ["so far", "in the last day", "in the last 90 days"]


@pytest.mark.parametrize("name", shipped_definitions())
def test_no_shipped_definition_gives_a_long_or_technical_sentence(name: str) -> None:
    definition = load_definition(shipped_definitions()[name]).model_copy(update={"points": ()})
    vocabulary = Vocabulary(
        unmapped=("Report_Built",),
        attributes={"team_size": "number", "job_title": "category"},
        users=True,
        sessions=True,
    )
    values: tuple[Value, ...] = (None, 0.0, 1.0, 2.5, 1234.0)
    for each in catalogue(definition, vocabulary):
        ways = [(value, way) for value in ((None, "media") if each.category else values) for way in (0, 1, -1)]
        for value, way in ways:
            told = sentence(each, value, typical=17.5, direction=way)
            assert len(told.split()) <= 16, told
            assert told[0] == told[0].upper(), told
            assert not re.search(r"_|[a-z]\.[a-z]|  ", told), told
            assert not re.search(r"\b1 (days|weeks|people|times|minutes|criteria|kinds)\b", told), told
            assert "in in " not in told, told
