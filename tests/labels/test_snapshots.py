from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pqlml.errors import DataError
from pqlml.labels import cutoffs
from pqlml.labels.snapshots import calendar
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, events=[event("a", "bought", day(9.5))], entities=[{"entity_id": "a", "signup_at": day(2)}])


def test_a_calendar_without_a_start_ends_with_the_data(warehouse: Warehouse, folder: Path) -> None:
    definition, tables = load(warehouse, folder, snapshots={"every_days": 30})
    assert definition.snapshots is not None
    assert calendar(definition.snapshots, tables) == [
        dt.datetime(2026, 1, 31),
        dt.datetime(2026, 3, 2),
        dt.datetime(2026, 4, 1),
    ]


def test_a_calendar_counts_back_from_an_end_of_your_own_at_its_time_of_day(warehouse: Warehouse, folder: Path) -> None:
    plan = {"every_days": 20, "start": None, "end": "2026-03-01T06:30:00"}
    definition, tables = load(warehouse, folder, snapshots=plan)
    assert definition.snapshots is not None
    assert calendar(definition.snapshots, tables) == [
        dt.datetime(2026, 1, 20, 6, 30),
        dt.datetime(2026, 2, 9, 6, 30),
        dt.datetime(2026, 3, 1, 6, 30),
    ]


def test_a_calendar_from_a_start_of_your_own_keeps_its_time_of_day(warehouse: Warehouse, folder: Path) -> None:
    plan = {"every_days": 1, "start": "2026-03-01T23:59:59.999999", "end": "2026-03-03"}
    definition, tables = load(warehouse, folder, snapshots=plan)
    assert definition.snapshots is not None
    last = dt.timedelta(microseconds=1)
    assert calendar(definition.snapshots, tables) == [dt.datetime(2026, 3, day) - last for day in (2, 3)]


def test_months_include_both_ends(warehouse: Warehouse, folder: Path) -> None:
    definition, tables = load(
        warehouse, folder, snapshots={"monthly": True, "start": "2026-01-01", "end": "2026-03-01"}
    )
    assert definition.snapshots is not None
    assert [instant.month for instant in calendar(definition.snapshots, tables)] == [1, 2, 3]


def test_a_calendar_outside_the_data_is_refused(warehouse: Warehouse, folder: Path) -> None:
    definition, tables = load(warehouse, folder, snapshots={"every_days": 7, "start": "2027-01-01"})
    with pytest.raises(DataError, match="no cutoff lies between"):
        cutoffs(definition, tables, folder)


def test_a_spine_with_broken_rows_is_refused(warehouse: Warehouse, folder: Path) -> None:
    write(folder, spine=[{"entity_id": "a", "cutoff": "2026-02-01"}, {"entity_id": "a", "cutoff": "soon"}])
    definition, tables = load(warehouse, folder, snapshots={"table": "spine.parquet"})
    with pytest.raises(DataError, match=r"1 rows of spine\.parquet"):
        cutoffs(definition, tables, folder)
