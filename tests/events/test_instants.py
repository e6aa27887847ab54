"""Times are read as ISO 8601 or as the definition says, and never guessed."""

from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa
import pytest

from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.events.instants import how_to_read, instant, lacks_zone, require_instant_type, unreadable
from pqlml.warehouse import Warehouse

UTC = Source(path="a.csv")
BERLIN = Source(path="a.csv", timezone="Europe/Berlin")
DAY_FIRST = Source(path="a.csv", time_format="%d/%m/%Y")


def read(warehouse: Warehouse, value: object, source: Source) -> tuple[dt.datetime | None, bool, str | None]:
    """Return the instant of a value, whether it lacks a zone, and its text if it cannot be read."""
    table = warehouse.save_arrow("given", pa.table({"at": [value]}))
    query = table.select(
        at=instant(table["at"], source), no=lacks_zone(table["at"], source), bad=unreadable(table["at"], source)
    )
    row = warehouse.fetch(query).to_pylist()[0]
    return row["at"], row["no"], row["bad"]


@pytest.mark.parametrize(
    ("text", "hour", "no_zone"),
    [
        ("2026-01-02", 0, True),
        ("2026-1-2", 0, True),
        ("2026/01/02", 0, True),
        (" 2026-01-02 ", 0, True),
        ("2026-01-02T03:00:00", 3, True),
        ("2026-01-02 03:00", 3, True),
        ("2026-01-02 03:00:00,000", 3, True),
        ("2026-01-02T03:00:00Z", 3, False),
        ("2026-01-02T03:00:00.000001Z", 3, False),
        ("2026-01-02T03:00Z", 3, False),
        ("2026-01-02T03:00+02:00", 1, False),
        ("2026-01-02T03:00:00+02", 1, False),
        ("2026-01-02T03:00:00+0200", 1, False),
        ("2026-01-02 03:00:00 UTC", 3, False),
        ("2026/01/02 03:00:00 Europe/Berlin", 2, False),
    ],
)
def test_iso_is_read_as_it_is_written(warehouse: Warehouse, text: str, hour: int, no_zone: bool) -> None:
    found, lacks, bad = read(warehouse, text, UTC)
    assert found is not None
    assert found.replace(microsecond=0) == dt.datetime(2026, 1, 2, hour)
    assert (lacks, bad) == (no_zone, None)


@pytest.mark.parametrize(
    "text",
    ["01/02/2026", "31/12/2026", "1-2-26", "01-02-26", "2.1.2026", "Jan 2, 2026", "infinity", "epoch", "2026-13-01",
     "20260102T030000Z", "12026-01-01", "yesterday", "2026"],
)  # fmt: skip
def test_what_could_be_another_day_is_not_read(warehouse: Warehouse, text: str) -> None:
    found, _, bad = read(warehouse, text, UTC)
    assert found is None
    assert bad == text


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-01-02T03:00", 2), ("2026/01/02 03:00", 2), ("2026-01-02T03:00Z", 3), ("2026-01-02 03:00:00+05:00", -2)],
)
def test_only_what_lacks_a_zone_is_read_on_the_clock_of_the_source(warehouse: Warehouse, text: str, hour: int) -> None:
    assert read(warehouse, text, BERLIN)[0] == dt.datetime(2026, 1, 2) + dt.timedelta(hours=hour)


@pytest.mark.parametrize(
    ("time_format", "value", "found"),
    [
        ("%d/%m/%Y", "01/02/2026", dt.datetime(2026, 2, 1)),
        ("%m/%d/%Y", "01/02/2026", dt.datetime(2026, 1, 2)),
        ("%d/%m/%Y", "2026-01-02T03:00Z", dt.datetime(2026, 1, 2, 3)),
        ("%Y-%d-%m", "2026-01-02", dt.datetime(2026, 2, 1)),
        ("%d/%m/%Y %H:%M %z", "01/02/2026 03:00 +0200", dt.datetime(2026, 2, 1, 1)),
        ("%Y%m%d", 20260201, dt.datetime(2026, 2, 1)),
        ("%d/%m/%Y", "02/31/2026", None),
    ],
)
def test_a_stated_format_comes_first(
    warehouse: Warehouse, time_format: str, value: object, found: dt.datetime | None
) -> None:
    assert read(warehouse, value, Source(path="a.csv", time_format=time_format))[0] == found


def test_a_stated_format_states_its_zone_or_takes_that_of_the_source(warehouse: Warehouse) -> None:
    local = Source(path="a.csv", time_format="%d/%m/%Y %H:%M", timezone="Europe/Berlin")
    assert read(warehouse, "01/07/2026 12:00", local)[:2] == (dt.datetime(2026, 7, 1, 10), True)
    zoned = Source(path="a.csv", time_format="%d/%m/%Y %H:%M%z", timezone="Europe/Berlin")
    assert read(warehouse, "01/07/2026 12:00+00", zoned)[:2] == (dt.datetime(2026, 7, 1, 12), False)


def test_numbers_are_times_only_if_a_format_says_so() -> None:
    column = ibis.table({"at": "int64"}, name="t")["at"]
    with pytest.raises(DataError, match=r"holds int64.*'time_format'"):
        require_instant_type(column, "ts", "events", UTC)
    require_instant_type(column, "ts", "events", Source(path="a.csv", time_format="%Y%m%d"))


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("31/12/2026", "time_format: '%d/%m/%Y'"),
        ("12/31/2026 10:30", "time_format: '%m/%d/%Y %H:%M'"),
        ("1.2.26 10:30:01", "time_format: '%d.%m.%y %H:%M:%S' or '%m.%d.%y %H:%M:%S'"),
        ("last week", "'last week' is not in ISO 8601"),
    ],
)
def test_what_to_do_is_told(example: str, said: str) -> None:
    assert said in how_to_read(example, UTC)


def test_a_stated_format_that_does_not_fit_is_named() -> None:
    assert "neither in the format '%d/%m/%Y' nor in ISO 8601" in how_to_read("12/31/2026", DAY_FIRST)
