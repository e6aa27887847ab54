"""What a change did, so that every row and every day is accounted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pqlml.times import DAY_MICROSECONDS, days

_EPOCH = dt.datetime(1970, 1, 1)


@dataclass(frozen=True)
class Change:
    """The account of a change: ``read == new + known + sum(set_aside.values())``.

    Attributes
    ----------
    read
        Rows that were looked at.
    new
        Events that the state did not have; those that took the place of another copy are among them.
    known
        Events that the state has already.
    set_aside
        Reason -> rows that cannot be used.
    deleted
        Events that the state has no more.
    added_by_day, deleted_by_day
        Day (UTC) -> events, of all days that changed.
    known_until
        The day up to which events were known before; null if the state was empty.
    retold
        Entities whose past had to be added up again.
    """

    read: int = 0
    new: int = 0
    known: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)
    deleted: int = 0
    added_by_day: Mapping[dt.date, int] = field(default_factory=dict)
    deleted_by_day: Mapping[dt.date, int] = field(default_factory=dict)
    known_until: dt.date | None = None
    retold: int = 0

    @property
    def repaired(self) -> tuple[dt.date, ...]:
        """The days that were there before and are different now, in order; the newest one merely goes on."""
        if self.known_until is None:
            return ()
        late = {day for day in self.added_by_day if day < self.known_until}
        return tuple(sorted(late.union(self.deleted_by_day)))


def by_date(counts: Mapping[int, int]) -> dict[dt.date, int]:
    """Return counts by date instead of days since 1970."""
    return {(_EPOCH + days(number)).date(): count for number, count in sorted(counts.items()) if count}


def date_of(instant: int) -> dt.date:
    """Return the day of an instant in microseconds since 1970."""
    return (_EPOCH + days(instant // DAY_MICROSECONDS)).date()
