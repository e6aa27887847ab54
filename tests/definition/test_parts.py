"""The sections of a definition: what each refuses, and the short forms that each accepts."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from pqlml.definition import parse_definition
from pqlml.definition.parts import Measure, Source
from pqlml.definition.signals import Signals
from tests.helpers.definitions import SMALL, refusal, small, with_accounts


def test_one_name_is_a_list_of_one() -> None:
    definition = with_accounts("population: {leaves_on: closed, exclude: {plan: internal}}")
    assert definition.population.leaves_on == ("closed",)
    assert definition.population.exclude == {"plan": ("internal",)}


def test_a_measure_may_be_named_by_its_column() -> None:
    text = SMALL.replace("events.csv", "events.csv, properties: {minutes: watched}")
    events = parse_definition(text).sources.events
    assert events is not None
    assert events.properties == {"minutes": Measure(column="watched")}


@pytest.mark.parametrize("given", ["2026-03-01", "2026-03-01T05:00:00+05:00", "'2026-03-01'"])
def test_an_instant_is_utc_without_zone(given: str) -> None:
    assert small(f"evaluation: {{test_from: {given}}}").evaluation.test_from == dt.datetime(2026, 3, 1)


def test_a_definition_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        small().name = "other"  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{}", "give 'path' (a Parquet or CSV file), or 'url' and 'table'"),
        ("{url: 'duckdb://x.db'}", "give 'path' (a Parquet or CSV file), or 'url' and 'table'"),
        ("{path: a.csv, url: 'duckdb://x.db', table: a}", "give either 'path' or 'url', not both"),
        ("{path: a.parquet, null_values: NA}", "'null_values' applies to CSV files only"),
        ("{url: 'duckdb://x.db', table: a, null_values: NA}", "'null_values' applies to CSV files only"),
    ],
)
def test_a_source_is_one_place(source: str, said: str) -> None:
    assert said in refusal(SMALL.replace("{path: events.csv}", source))


@pytest.mark.parametrize("source", [{"path": "a.csv", "null_values": "NA"}, {"url": "duckdb://x.db", "table": "a"}])
def test_a_source_is_a_file_or_a_table(source: dict[str, str]) -> None:
    assert Source.model_validate(source).model_dump(exclude_unset=True).keys() == source.keys()


def test_some_table_is_needed() -> None:
    assert "name at least one of 'events' and 'entities'" in refusal(
        SMALL.replace("{events: {path: events.csv}}", "{}")
    )


@pytest.mark.parametrize("form", ["{}", "{every_days: 7, monthly: true}", "{start: 2026-01-01}"])
def test_cutoffs_have_one_form(form: str) -> None:
    said = "snapshots: give exactly one of 'every_days', 'monthly', 'at', 'after_signup_days' and 'table'"
    assert said in refusal(SMALL.replace("{every_days: 7}", form))


@pytest.mark.parametrize("form", ["{horizon_days: 7}", "{event: paid, stage: won}"])
def test_a_conversion_has_one_kind(form: str) -> None:
    said = "conversion: give exactly one of 'event', 'stage' and 'label'"
    assert said in refusal(SMALL.replace("{event: paid}", form))


@pytest.mark.parametrize(
    ("fit", "kept"),
    [
        ("[50, 500]", (50, 500)),
        ("[50, null]", (50, None)),
        ("[null, 1.5]", (None, 1.5)),
        ("[7, 7]", (7, 7)),
        ("saas", ("saas",)),
        ("[saas, fintech, media]", ("saas", "fintech", "media")),
        ("['1', '2']", ("1", "2")),
    ],
)
def test_a_profile_is_a_range_or_texts(fit: str, kept: tuple[object, ...]) -> None:
    definition = with_accounts(f"signals: {{fit: {{role: role, ideal: {{role: {fit}}}}}}}")
    assert definition.signals.fit.ideal["role"] == kept


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        ("3", "give two bounds [low, high] or a list of texts"),
        ("[]", "give two bounds [low, high] or a list of texts"),
        ("{low: 3}", "give two bounds [low, high] or a list of texts"),
        ("[null, null]", "[None, None] is neither two bounds"),
        ("[saas, 3]", "['saas', 3] is neither two bounds"),
        ("[1, 2, 3]", "[1, 2, 3] is neither two bounds"),
        ("[500, 50]", "the bounds [500, 50] hold no value; give the lower one first"),
    ],
)
def test_a_profile_that_is_neither_is_refused(fit: str, said: str) -> None:
    text = refusal(SMALL + f"signals: {{fit: {{role: role, ideal: {{role: {fit}}}}}}}")
    assert f"  signals.fit.ideal.role: {said}" in text


@pytest.mark.parametrize("part", ["ideal", "negative"])
def test_a_profile_speaks_of_mapped_roles(part: str) -> None:
    text = refusal(SMALL + f"signals: {{fit: {{industry: sector, {part}: {{industri: a}}}}}}")
    assert f"{part!r} speaks of 'industri', which no attribute is mapped to; did you mean 'industry'?" in text


def test_signals_are_listed_in_the_order_of_the_dimensions() -> None:
    signals = Signals.model_validate({"upgrade": {"pricing": "p"}, "engagement": {"active": ["a", "b"]}})
    assert signals.behaviour() == [("engagement", "active", ("a", "b")), ("upgrade", "pricing", ("p",))]


def test_a_signal_has_one_dimension() -> None:
    text = refusal(SMALL + "signals: {engagement: {active: a}, team: {active: b}}")
    assert "signal names must be unique across dimensions; twice: active" in text


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "give at least one of 'at_least', 'at_most' and 'values'"),
        ("values: a, at_least: 1,", "give one or the other"),
        ("values: a, at_most: 1,", "give one or the other"),
        ("at_least: 3, at_most: 1,", "no value is at least 3 and at most 1; swap them"),
        ("at_least: .inf,", "finite number"),
    ],
)
def test_a_rule_has_one_condition_that_can_be_met(condition: str, said: str) -> None:
    assert said in refusal(SMALL + f"points: [{{feature: f, {condition} points: 5, dimension: fit}}]")


@pytest.mark.parametrize(
    ("tiers", "order"),
    [
        ("{critical: 50, hot: 76, warm: 51}", "falling"),
        ("{critical: 101, hot: 51, warm: 51}", "falling"),
        ("{by: probability, critical: 0.1, hot: 0.2, warm: 0.3}", "falling"),
        ("{by: capacity, critical: 30, hot: 20, warm: 10}", "rising"),
    ],
)
def test_tiers_are_in_order(tiers: str, order: str) -> None:
    assert f"critical, hot and warm must be {order}" in refusal(SMALL + f"tiers: {tiers}")


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ("{by: probability}", "at most 1, for example 0.3, 0.15 and 0.05; given critical 101, hot 76, warm 51 (by def"),
        ("{by: probability, critical: 1.5, hot: 0.2, warm: 0.1}", "given critical 1.5"),
        ("{by: probability, critical: 0.5, hot: 0.2, warm: 0}", "given warm 0"),
        ("{by: capacity, critical: 2.5, hot: 20, warm: 30}", "a whole number of leads per run"),
        ("{by: capacity, critical: -1, hot: 20, warm: 30}", "given critical -1"),
    ],
)
def test_tiers_lie_on_their_scale(tiers: str, said: str) -> None:
    assert said in refusal(SMALL + f"tiers: {tiers}")


def test_tiers_by_probability_may_reach_certainty() -> None:
    assert small("tiers: {by: probability, critical: 1, hot: 0.5, warm: 0.1}").tiers.critical == 1


@pytest.mark.parametrize("bound", ["start", "end"])
@pytest.mark.parametrize("listed", ["at: [2026-01-01]", "table: spine.csv"])
def test_listed_cutoffs_take_no_bounds(listed: str, bound: str) -> None:
    text = refusal(SMALL.replace("every_days: 7", f"{listed}, {bound}: 2026-01-01"))
    assert f"snapshots: '{bound}' would be ignored with '{listed.split(':', maxsplit=1)[0]}'" in text


def test_bounds_are_in_order() -> None:
    text = refusal(SMALL.replace("every_days: 7", "every_days: 7, start: 2026-02-01, end: 2026-01-01"))
    assert "'start' 2026-02-01 00:00:00 lies after 'end' 2026-01-01 00:00:00; swap them" in text


def test_roles_do_not_share_a_column() -> None:
    text = refusal(SMALL + "signals: {fit: {industry: sector, role: sector, country: land}}")
    assert "roles share a column: 'industry' and 'role' ('sector'); keep the role that fits best" in text


def test_tiers_by_capacity_grow() -> None:
    assert small("tiers: {by: capacity, critical: 10, hot: 20, warm: 30}").tiers.warm == 30


def test_an_evaluation_goes_one_way() -> None:
    for name, value in (("test_from", "2026-01-01"), ("origins", "4"), ("train_days", "90")):
        text = refusal(SMALL + f"evaluation: {{folds: 5, {name}: {value}}}")
        assert f"give '{name}' (forward in time) or 'folds' (over entities), not both" in text
