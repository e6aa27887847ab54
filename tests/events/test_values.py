"""A value that a definition misspells would exclude, match or score nobody: it is found, with what was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml.errors import DataError
from pqlml.events import Finding
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

PEOPLE = [
    {"entity_id": "a", "signup_at": day(1), "plan": "Internal", "seats": 5, "beta": True, "email_domain": "x.io"},
    {"entity_id": "b", "signup_at": day(2), "plan": "free", "seats": 7, "beta": False, "email_domain": "y.io"},
]


def findings(warehouse: Warehouse, folder: Path, code: str, **sections: Any) -> list[Finding]:
    write(folder, events=[event("a", "bought", day(5))], entities=PEOPLE)
    _, tables = load(warehouse, folder, **sections)
    return [finding for finding in tables.findings if finding.code == code]


RULE = {"points": 5, "dimension": "fit"}
MISSPELT: dict[str, dict[str, Any]] = {
    "population.exclude.plan": {"population": {"exclude": {"plan": ["internl", "FREE"]}}},
    "signals.fit.ideal.plan": {"signals": {"fit": {"plan": "plan", "ideal": {"plan": ["internl"]}}}},
    "signals.fit.negative.role": {"signals": {"fit": {"role": "plan", "negative": {"role": ["internl"]}}}},
    "points (plan)": {"points": [{"feature": "plan", "values": ["internl"], **RULE}]},
    "points (role)": {
        "signals": {"fit": {"role": "plan"}},
        "points": [{"feature": "role", "values": ["internl"], **RULE}],
    },
}


@pytest.mark.parametrize("place", MISSPELT)
def test_a_misspelt_value_is_found_with_the_nearest_that_occurs(
    warehouse: Warehouse, tmp_path: Path, place: str
) -> None:
    found = findings(warehouse, tmp_path, "PQD025", **MISSPELT[place])
    assert [finding.severity for finding in found] == ["warning"]
    assert found[0].detail == f"{place!r} names what never occurs in 'plan': 'internl' (did you mean 'Internal'?)."


@pytest.mark.parametrize(
    "exclude",
    [
        {"plan": ["internal", "Free"]},
        {"seats": ["5", "7.0"]},
        {"beta": ["true", "0"]},
        {"email_domain": ["free", "x.io"]},
    ],
)
def test_values_that_occur_are_silent(warehouse: Warehouse, tmp_path: Path, exclude: dict[str, list[str]]) -> None:
    assert findings(warehouse, tmp_path, "PQD025", population={"exclude": exclude}) == []


def test_where_nothing_is_near_the_values_are_listed(warehouse: Warehouse, tmp_path: Path) -> None:
    found = findings(warehouse, tmp_path, "PQD025", population={"exclude": {"seats": ["500"], "plan": ["gold"]}})
    assert [finding.detail for finding in found] == [
        "'population.exclude.plan' names what never occurs in 'plan': 'gold'; valid: Internal, free.",
        "'population.exclude.seats' names what never occurs in 'seats': '500'; valid: 5, 7.",
    ]


def test_a_text_for_a_number_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'seats' holds numbers"):
        findings(warehouse, tmp_path, "PQD025", population={"exclude": {"seats": ["many"]}})


def test_a_stage_that_no_outcome_has_is_an_error(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, outcomes=[{"entity_id": "a", "stage": "Closed Won", "ts": day(9)}])
    sections: dict[str, Any] = {
        "sources": {
            "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
            "outcomes": {"path": "outcomes.parquet"},
            "observed_until": "2026-04-01",
        },
        "population": {"leaves_on": ["Closed Lst"]},
    }
    wrong = {"conversion": {"stage": "closed won"}}
    found = findings(warehouse, tmp_path, "PQD024", **sections, **wrong)
    assert [(finding.severity, finding.detail) for finding in found] == [
        ("error", "'conversion.stage' is 'closed won', which no outcome has; did you mean 'Closed Won'?")
    ]
    assert findings(warehouse, tmp_path, "PQD024", **sections, conversion={"stage": "Closed Won"}) == []
    assert "'Closed Lst'" in findings(warehouse, tmp_path, "PQD020", **sections, **wrong)[0].detail


def test_a_positive_value_that_no_lead_has_is_an_error(warehouse: Warehouse, tmp_path: Path) -> None:
    def found(positive: str) -> list[Finding]:
        conversion = {"label": "plan", "positive": positive}
        sources = {"entities": {"path": "entities.parquet", "ignore": ["signup_at"]}}
        return findings(warehouse, tmp_path, "PQD025", sources=sources, conversion=conversion, snapshots=None)

    assert [(finding.severity, finding.detail) for finding in found("internal")] == [
        ("error", "'conversion.positive' is 'internal', which never occurs in 'plan'; did you mean 'Internal'?")
    ]
    assert found("Internal") == []
