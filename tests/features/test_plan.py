"""Limits and the trial as they were known at each cutoff, on both executors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml.definition import Definition
from pqlml.errors import DataError
from pqlml.events import Tables
from pqlml.features import Vocabulary, build_features, catalogue, learn_vocabulary
from pqlml.features.build import Engine
from pqlml.warehouse import Warehouse
from tests.features.histories import pair_table
from tests.features.oracle import Pair
from tests.small import day, event, load, write

SOURCES = {
    "events": {"path": "events.parquet", "properties": {"seats": "seats", "rows": "rows"}},
    "entities": {"path": "entities.parquet", "signup_at": "signup_at", "valid_from": "valid_from"},
}
EVENTS = [
    event("a", "made", day(2), seats=3.0, rows=100.0),
    event("a", "made", day(4), seats=6.0, rows=50.0),
    event("a", "made", day(12), seats=None, rows=200.0),
    event("b", "made", day(20), seats=1.0, rows=5.0),
    event("b", "bought", day(60), seats=None, rows=None),
]
PEOPLE: list[dict[str, Any]] = [
    {"entity_id": "a", "signup_at": day(1), "valid_from": day(1), "allowed": 5.0, "used": 2.0, "ends": day(15)},
    {"entity_id": "a", "signup_at": day(1), "valid_from": day(10), "allowed": 12.0, "used": 9.0, "ends": day(29)},
    {"entity_id": "b", "signup_at": day(15), "valid_from": day(15), "allowed": 0.0, "used": None, "ends": None},
]
LIMITS = {
    "projects": {"signal": "projects", "limit": 2},
    "recent": {"signal": "projects", "days": 7, "limit": 4},
    "seats": {"property": "seats", "limit": "allowed"},
    "rows": {"property": "rows", "days": 28, "limit": 1000},
    "disk": {"attribute": "used", "limit": "allowed"},
}
PAIRS = [Pair("a", day(8), day(1)), Pair("a", day(15), day(1)), Pair("b", day(22), day(15)), Pair("a", day(36), day(1))]


@pytest.fixture(params=["kernel", "ibis"])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


def prepared(
    warehouse: Warehouse, folder: Path, people: list[dict[str, Any]] = PEOPLE, **signals: Any
) -> tuple[Definition, Tables]:
    write(folder, events=EVENTS, entities=people)
    given = {"value": {"projects": "made"}, **signals}
    return load(warehouse, folder, sources=SOURCES, signals=given)


def columns(warehouse: Warehouse, definition: Definition, tables: Tables, engine: Engine) -> dict[str, list[Any]]:
    features = [
        feature
        for feature in catalogue(definition, learn_vocabulary(definition, tables))
        if feature.name.startswith(("limit.", "trial."))
    ]
    table = build_features(tables, pair_table(warehouse, PAIRS), features, engine)[[each.name for each in features]]
    return {str(name): [None if value != value else value for value in table[name]] for name in table}  # noqa: PLR0124


def test_limits_are_those_of_the_cutoff(warehouse: Warehouse, tmp_path: Path, engine: Engine) -> None:
    made = columns(warehouse, *prepared(warehouse, tmp_path, limits=LIMITS), engine)
    assert made == {
        "limit.projects.share": [1.0, 1.5, 0.5, 1.5],
        "limit.recent.share": [0.5, 0.25, 0.25, 0.0],
        "limit.seats.share": [6 / 5, 6 / 12, None, 6 / 12],  # a limit of 0 is none
        "limit.rows.share": [0.15, 0.35, 0.005, 0.2],
        "limit.disk.share": [2 / 5, 9 / 12, None, 9 / 12],
    }


def test_a_trial_of_days_starts_with_the_sign_up(warehouse: Warehouse, tmp_path: Path, engine: Engine) -> None:
    made = columns(warehouse, *prepared(warehouse, tmp_path, trial={"days": 14}), engine)
    assert made == {"trial.days_left": [7, 0, 7, -21], "trial.share_used": [0.5, 1, 0.5, 1]}


def test_the_end_of_a_trial_is_read_as_of_the_cutoff(warehouse: Warehouse, tmp_path: Path, engine: Engine) -> None:
    made = columns(warehouse, *prepared(warehouse, tmp_path, trial={"ends_at": "ends"}), engine)
    assert made == {"trial.days_left": [7, 14, None, -7], "trial.share_used": [0.5, 0.5, None, 1]}


def test_a_trial_may_start_later_than_the_sign_up(warehouse: Warehouse, tmp_path: Path, engine: Engine) -> None:
    people = [{**row, "start": "2026-01-06T00:00:00Z" if row["entity_id"] == "a" else None} for row in PEOPLE]
    given = prepared(warehouse, tmp_path, people, trial={"days": 10, "started_at": "start"})
    made = columns(warehouse, *given, engine)
    assert made == {"trial.days_left": [8, 1, None, -20], "trial.share_used": [0.2, 0.9, None, 1]}


def test_instants_of_the_trial_are_no_features_of_their_own(warehouse: Warehouse, tmp_path: Path) -> None:
    definition, tables = prepared(warehouse, tmp_path, trial={"ends_at": "ends"})
    assert set(tables.attributes) == {"allowed", "used"}
    assert "PQD017" not in {finding.code for finding in tables.findings}
    assert "ends" not in {feature.name for feature in catalogue(definition, learn_vocabulary(definition, tables))}


def test_trial_times_that_cannot_be_read_are_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [{**row, "ends": "15/01/2026" if row["valid_from"] == day(1) else "2026-01-29"} for row in PEOPLE]
    _, tables = prepared(warehouse, tmp_path, people, trial={"ends_at": "ends"})
    (finding,) = (finding for finding in tables.findings if finding.code == "PQD018")
    assert finding.count == 1
    assert "'ends': such rows count as having no trial; '15/01/2026' is not in ISO 8601" in finding.detail


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"limits": {"seats": {"property": "seats", "limit": "alowed"}}}, r"'alowed' \(did you mean 'allowed'\?\)"),
        ({"trial": {"ends_at": "end"}}, r"'end' \(did you mean 'ends'\?\)"),
        ({"trial": {"ends_at": "used"}}, r"the column 'used' \(trial_ends_at\) holds float64; expected a timestamp"),
        (
            {"limits": {"x": {"attribute": "ends", "limit": 5}}},
            r"the limit 'x' reads the attribute 'ends', which holds",
        ),
    ],
)
def test_attributes_that_are_not_there_or_of_another_kind_are_named(
    warehouse: Warehouse, tmp_path: Path, signals: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        prepared(warehouse, tmp_path, **signals)


def test_meanings_are_said(warehouse: Warehouse, tmp_path: Path) -> None:
    definition, _ = prepared(warehouse, tmp_path, limits=LIMITS, trial={"days": 14})
    features = {feature.name: feature for feature in catalogue(definition, Vocabulary())}
    for name in (*(f"limit.{limit}.share" for limit in LIMITS), "trial.days_left", "trial.share_used"):
        assert features[name].dimension == "upgrade"
        assert features[name].unit
        assert features[name].null
        assert features[name].noun
