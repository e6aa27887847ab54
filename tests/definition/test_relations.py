from __future__ import annotations

from typing import Any

import pytest

from pqlml.definition import Definition, dump_definition, parse_definition
from pqlml.errors import DefinitionError
from tests.small import definition

EVENTS = {"path": "events.parquet", "properties": {"seats": "seats_in_use"}}
ENTITIES = {"path": "entities.parquet", "signup_at": "signup_at"}
SIGNALS = {"value": {"projects": "project_created"}}


def given(sources: dict[str, Any] | None = None, **signals: Any) -> Definition:
    usual = {"events": EVENTS, "entities": ENTITIES}
    return definition(sources=usual | (sources if sources is not None else {}), signals=SIGNALS | signals)


def test_limits_ratios_and_trial_survive_being_written() -> None:
    made = given(
        ratios={"depth": {"part": "projects"}},
        limits={
            "projects": {"signal": "projects", "limit": 10},
            "seats": {"property": "seats", "limit": "seats_allowed", "noun": "seats"},
            "exports": {"signal": "any", "days": 30, "limit": 5},
            "disk": {"attribute": "disk_used", "limit": "disk_allowed"},
        },
        trial={"started_at": "trial_start", "ends_at": "trial_end"},
    )
    assert made.signals.ratios["depth"].whole == "any"
    read = {"seats_allowed", "disk_used", "disk_allowed", "trial_start", "trial_end"}
    assert set(made.signals.attributes()) == read
    assert parse_definition(dump_definition(made)) == made


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"ratios": {"r": {"part": "projcts"}}}, "'ratios.r' speaks of the signal 'projcts'; did you mean 'projects'?"),
        (
            {"ratios": {"projects": {"part": "any"}}},
            "the name 'projects' is used by 'signals.value' and by 'signals.ratios'",
        ),
        ({"ratios": {"a.b": {"part": "any"}}}, "'a.b' ('signals.ratios') holds a dot"),
        ({"limits": {"a.b": {"signal": "any", "limit": 5}}}, "'a.b' ('signals.limits') holds a dot"),
        (
            {"limits": {"p": {"signal": "project", "limit": 5}}},
            "'limits.p' speaks of the signal 'project'; did you mean",
        ),
        (
            {"limits": {"p": {"property": "seat", "limit": 5}}},
            "'sources.events.properties' lacks; did you mean 'seats'?",
        ),
        ({"limits": {"p": {"limit": 5}}}, "give exactly one of 'signal', 'property' and 'attribute'"),
        (
            {"limits": {"p": {"signal": "any", "property": "seats", "limit": 5}}},
            "give exactly one of 'signal', 'property'",
        ),
        ({"limits": {"p": {"attribute": "x", "days": 7, "limit": 5}}}, "an attribute has only the value"),
        ({"limits": {"p": {"signal": "any", "limit": 0}}}, "a limit is above 0, given 0"),
        ({"limits": {"p": {"signal": "any", "limit": True}}}, "give a number, or the name of an attribute"),
        ({"limits": {"p": {"signal": "any"}}}, "limit: Field required"),
        ({"trial": {}}, "give either 'days' (the same for everybody) or 'ends_at'"),
        ({"trial": {"days": 14, "ends_at": "x"}}, "give either 'days' (the same for everybody) or 'ends_at'"),
        ({"trial": {"days": 0}}, "Input should be greater than 0"),
        ({"value": {"trial": "t"}, "trial": {"days": 14}}, "the name 'trial' is used by the toolkit itself"),
    ],
)
def test_a_relation_that_cannot_be_is_refused(signals: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        given(**signals)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("sources", "signals", "said"),
    [
        (
            {"entities": None},
            {"trial": {"ends_at": "x"}},
            "'signals' speaks of attributes, which need 'sources.entities'",
        ),
        ({"entities": {"path": "e.csv"}}, {"trial": {"days": 14}}, "'signals.trial' starts with the sign-up"),
        ({"events": None}, {"limits": {"p": {"signal": "any", "limit": 5}}}, "'signals.limits.p' counts events"),
        ({"events": None}, {"ratios": {"r": {"part": "any"}}}, "'signals.ratios' counts events"),
    ],
)
def test_what_a_relation_needs_is_said(sources: dict[str, Any], signals: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        given(sources, **signals)
    assert said in str(refused.value)


def test_a_signal_may_be_called_limit_or_trial_while_the_toolkit_needs_neither_name() -> None:
    assert given(upgrade={"limit": "limit_hit", "trial": "trial_started"}).signals.upgrade.keys() == {"limit", "trial"}


@pytest.mark.parametrize(
    ("signals", "place"),
    [
        ({"trial": {"ends_at": "x"}}, "signals.trial"),
        ({"ratios": {"r": {"part": "any"}}}, "signals.ratios"),
        ({"limits": {"p": {"signal": "any", "limit": 5}}}, "signals.limits.p"),
    ],
)
def test_a_table_without_times_has_no_place_for_them(signals: dict[str, Any], place: str) -> None:
    entities = {"entities": {"path": "leads.csv"}}
    with pytest.raises(DefinitionError, match=f"leave '{place}' out"):
        definition(sources=entities, snapshots=None, conversion={"label": "bought"}, signals=signals)
    allowed = {"limits": {"disk": {"attribute": "disk_used", "limit": 5}}}
    assert definition(sources=entities, snapshots=None, conversion={"label": "bought"}, signals=allowed).signals.limits
