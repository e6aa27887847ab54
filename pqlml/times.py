"""Instants and durations: UTC, microseconds, half-open windows.

Inside the toolkit an instant is a zone-less timestamp that means UTC, because every engine compares those the same way.
"""

from __future__ import annotations

import datetime as dt

from pqlml.errors import PqlmlError

DAY_SECONDS = 86_400
DAY_MICROSECONDS = DAY_SECONDS * 1_000_000


def parse_instant(text: str | dt.date | dt.datetime) -> dt.datetime:
    """Read an ISO date or time as a zone-less UTC instant; what has no zone is taken as UTC.

    Raises
    ------
    PqlmlError
        If the text is no ISO 8601 date or time.

    Examples
    --------
    >>> parse_instant("2026-03-01T01:00:00+01:00")
    datetime.datetime(2026, 3, 1, 0, 0)
    >>> parse_instant("2026-03-01")
    datetime.datetime(2026, 3, 1, 0, 0)
    """
    if isinstance(text, dt.datetime):
        instant = text
    elif isinstance(text, dt.date):
        instant = dt.datetime(text.year, text.month, text.day)
    else:
        try:
            instant = dt.datetime.fromisoformat(text)
        except ValueError as error:
            msg = f"{text!r} is no date or time; expected ISO 8601, for example 2026-03-01 or 2026-03-01T12:00:00Z."
            raise PqlmlError(msg) from error
    if instant.tzinfo is not None:
        instant = instant.astimezone(dt.UTC).replace(tzinfo=None)
    return instant


def utc_now() -> dt.datetime:
    """Return the clock's instant, zone-less UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def days(number: float) -> dt.timedelta:
    """Return a duration of that many days of 24 hours."""
    return dt.timedelta(days=number)


def iso(instant: dt.datetime) -> str:
    """Write a zone-less UTC instant as ISO 8601 with the zone.

    Examples
    --------
    >>> iso(parse_instant("2026-03-01"))
    '2026-03-01T00:00:00Z'
    """
    return instant.isoformat() + "Z"
