"""Instants: whatever form they are given in, zone-less and UTC."""

from __future__ import annotations

import datetime as dt

import pytest

from pqlml.errors import PqlmlError
from pqlml.times import DAY_MICROSECONDS, DAY_SECONDS, days, iso, parse_instant

NOON = dt.datetime(2026, 3, 1, 12)
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    "given",
    [
        "2026-03-01T12:00:00",
        "2026-03-01 12:00",
        "2026-03-01T12:00:00Z",
        "2026-03-01T17:30:00+05:30",
        NOON,
        NOON.replace(tzinfo=dt.UTC),
        dt.datetime(2026, 3, 1, 17, 30, tzinfo=EAST),
    ],
)
def test_one_instant_in_many_forms(given: str | dt.datetime) -> None:
    assert parse_instant(given) == NOON
    assert parse_instant(given).tzinfo is None


@pytest.mark.parametrize("given", ["2026-03-01", dt.date(2026, 3, 1)])
def test_a_date_is_its_midnight(given: str | dt.date) -> None:
    assert parse_instant(given) == dt.datetime(2026, 3, 1)


@pytest.mark.parametrize("given", ["soon", "", "2026-02-30", "01/03/2026"])
def test_what_is_no_time_is_refused(given: str) -> None:
    with pytest.raises(PqlmlError, match="expected ISO 8601"):
        parse_instant(given)


def test_microseconds_survive_being_written_and_read() -> None:
    instant = NOON + dt.timedelta(microseconds=1)
    assert iso(instant) == "2026-03-01T12:00:00.000001Z"
    assert parse_instant(iso(instant)) == instant


def test_a_day_has_24_hours() -> None:
    assert days(1).total_seconds() == DAY_SECONDS == DAY_MICROSECONDS / 1e6
    assert days(0.5) == dt.timedelta(hours=12)
