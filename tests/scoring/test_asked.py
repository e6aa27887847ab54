"""Scoring refuses what its user cannot mean: another definition than the model's, and instants without data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pqlml.definition import Definition
from pqlml.errors import DataError, DefinitionError
from pqlml.events import Finding, Tables
from pqlml.scoring.asked import require_attributes, require_same_definition, scoring_instant
from pqlml.warehouse import Warehouse, open_warehouse
from tests.helpers.definitions import small
from tests.small import NOW, day, event, load, write


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def test_the_same_content_passes_however_it_is_written() -> None:
    require_same_definition(small("version: 1"), small("windows_days: [7, 14, 28, all]"), "models:/small/1")


def test_what_differs_is_listed_with_what_to_do() -> None:
    made_with = small("tiers: {hot: 80}\ndescription: old")
    with pytest.raises(DefinitionError) as caught:
        require_same_definition(small("version: 2\ntiers: {hot: 90}\ndescription: new"), made_with, "models:/small/3")
    message = str(caught.value)
    assert "models:/small/3 was made with" in message
    for line in ("~ description: old -> new", "~ tiers.hot: 80.0 -> 90.0", "~ version: 1 -> 2"):
        assert f"\n  {line}\n" in message
    assert "'pqlml score small'" in message


def test_many_differences_are_cut_short() -> None:
    points = [f"{{feature: any.count.{days}d, at_least: 1, points: 1, dimension: fit}}" for days in range(1, 16)]
    with pytest.raises(DefinitionError, match="and 5 more"):
        require_same_definition(small(f"points: [{', '.join(points)}]"), small(), "models:/small/1")


def loaded(warehouse: Warehouse, folder: Path, **declared: Any) -> tuple[Definition, Tables]:
    people = [{"entity_id": "a", "signup_at": day(1)}]
    write(folder, events=[event("a", "seen", day(10)), event("a", "bought", day(40))], entities=people)
    sources = {
        "events": {"path": "events.parquet"},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        **declared,
    }
    return load(warehouse, folder, sources=sources)


def asked(found: tuple[Definition, Tables], as_of: dt.datetime | None) -> tuple[dt.datetime, list[Finding]]:
    return scoring_instant(*found, as_of, NOW)


def test_without_an_instant_the_end_of_the_data_counts(warehouse: Warehouse, tmp_path: Path) -> None:
    assert asked(loaded(warehouse, tmp_path), None) == (day(40).replace(microsecond=1), [])
    assert asked(loaded(warehouse, tmp_path, observed_until="2026-03-01"), None) == (dt.datetime(2026, 3, 1), [])


def test_an_instant_inside_the_data_passes(warehouse: Warehouse, tmp_path: Path) -> None:
    for as_of in (day(11), day(40.5)):
        assert asked(loaded(warehouse, tmp_path), as_of) == (as_of, [])


def test_an_instant_after_the_last_time_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    as_of, findings = asked(loaded(warehouse, tmp_path), day(45))
    assert as_of == day(45)
    assert [(finding.code, finding.severity) for finding in findings] == [("PQD040", "warning")]
    assert "5.0 days before" in findings[0].detail


@pytest.mark.parametrize(
    ("as_of", "declared", "says"),
    [
        (NOW + dt.timedelta(hours=1), {}, "lies in the future; it is 2026-06-01T00:00:00Z"),
        (day(50), {"observed_until": day(45).isoformat()}, "lies after 2026-02-14T00:00:00Z, where the data end"),
        (day(10), {}, "lies before all data, which begin at 2026-01-10T00:00:00Z"),
        (dt.datetime(1999, 1, 1), {}, "lies before all data"),
    ],
)
def test_an_instant_without_data_is_refused(
    warehouse: Warehouse, tmp_path: Path, as_of: dt.datetime, declared: dict[str, str], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        asked(loaded(warehouse, tmp_path, **declared), as_of)


def test_attributes_are_those_that_the_model_knows(warehouse: Warehouse, tmp_path: Path) -> None:
    people = [{"entity_id": "a", "signup_at": day(1), "plan": "free", "seats": 3, "region": None, "new": 1}]
    write(tmp_path, events=[event("a", "bought", day(40))], entities=people)
    _, tables = load(warehouse, tmp_path)
    require_attributes({"plan": "category", "seats": "number", "region": "number"}, tables, "models:/small/1")
    with pytest.raises(DataError) as caught:
        require_attributes({"plan": "number", "seats": "category", "seat": "number"}, tables, "models:/small/1")
    assert "'plan' holds texts, and numbers when the model was trained" in str(caught.value)
    assert "'seats' holds numbers, and texts when" in str(caught.value)
    assert "'seat' is missing (did you mean 'seats'?)" in str(caught.value)
    require_attributes({}, tables, "models:/small/1")


def test_without_events_sign_ups_tell_where_data_begin(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path,
        entities=[{"entity_id": "a", "signup_at": day(5)}],
        outcomes=[{"entity_id": "a", "stage": "won", "ts": day(9)}],
    )
    sources = {
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
        "outcomes": {"path": "outcomes.parquet"},
    }
    found = load(warehouse, tmp_path, sources=sources, conversion={"stage": "won"})
    with pytest.raises(DataError, match="begin at 2026-01-05"):
        asked(found, day(5))
    assert asked(found, day(6))[0] == day(6)
