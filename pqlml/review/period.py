"""One past period whose labels have matured, and what was known before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from pqlml.dataset.rows import Rows
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition.model import Definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.review.association import Bools
from pqlml.times import days, iso


@dataclass(frozen=True)
class Unripe:
    """Cutoffs that are left out because their outcomes are not known yet.

    Attributes
    ----------
    after
        Cutoffs after that instant are.
    data_end
        Until when the data tell what happened.
    window_days
        How long an outcome takes.
    looks
        Pairs of a lead and a cutoff that are left out for that.
    asked_until
        The end that was asked for, and when its outcomes will be known; null where no end was asked for.
    """

    after: dt.datetime
    data_end: dt.datetime
    window_days: float
    looks: int
    asked_until: dt.datetime | None

    def __str__(self) -> str:
        """Say what is left out, and why."""
        looks = f" ({self.looks:,} looks at leads)" if self.looks else ""
        left = (
            f"utoffs after {_day(self.after)}{looks} are left out: the data end {_day(self.data_end)}, an outcome takes"
        )
        if self.asked_until is None:
            return f"C{left} {self.window_days:g} days."
        known = self.asked_until + days(self.window_days)
        return (
            f"Asked until {_day(self.asked_until)}; c{left} {self.window_days:g} days, and theirs are not all known "
            f"before {_day(known)}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "words": str(self),
            "after": iso(self.after),
            "data_end": iso(self.data_end),
            "looks": self.looks,
            "asked_until": None if self.asked_until is None else iso(self.asked_until),
        }


@dataclass(frozen=True)
class Period:
    """Cutoffs from ``start`` until ``end`` (exclusive).

    Attributes
    ----------
    inside
        Whether the cutoff of each row lies in it.
    before
        Whether the label window of each row was over when it began.
    first, last
        The first and the last cutoff with a known outcome that lies in it.
    unripe
        What is left out since its outcome is not known; null where nothing is, or it is not known where the data end.
    """

    start: dt.datetime
    end: dt.datetime
    inside: Bools
    before: Bools
    first: dt.datetime
    last: dt.datetime
    unripe: Unripe | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "from": iso(self.start),
            "until": iso(self.end),
            "first_cutoff": iso(self.first),
            "last_cutoff": iso(self.last),
            "left_out": None if self.unripe is None else self.unripe.as_dict(),
        }


def choose_period(
    definition: Definition,
    rows: Rows,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    *,
    data_end: dt.datetime | None = None,
) -> Period:
    """Return the period asked for; by default the latest cutoffs, as the definition's test part.

    Parameters
    ----------
    data_end
        Until when the data tell what happened; with it the period says what is left out.

    Raises
    ------
    DataError
        If the definition has no times, or the period ends before it begins.
    NotEnoughDataError
        If no row with a label lies in it; says which cutoffs have matured.
    """
    if definition.timeless:
        msg = f"the definition {definition.name!r} has no times, so there is no past period to review."
        raise DataError(msg)
    cutoff = rows.keys["cutoff"].to_numpy("datetime64[us]")
    first, last = cutoff.min().astype(object), cutoff.max().astype(object)
    if start is None:
        found = first_test_cutoff(definition, rows.keys["cutoff"])
        start = first if found is None else found.to_pydatetime()
        start = min(start, last) if end is None else min(start, end - (last - start) - days(1))
    unripe = _unripe(definition, rows, start, end, data_end)
    open_end = end is None
    end = last + dt.timedelta(microseconds=1) if end is None else end
    if start >= end and not open_end:
        msg = (
            f"the period begins {iso(start)} and ends {iso(end)}: give --from before --until. Cutoffs whose window is "
            f"over lie between {iso(first)} and {iso(last)}."
        )
        raise DataError(msg)
    inside = np.asarray((cutoff >= np.datetime64(start)) & (cutoff < np.datetime64(end)))
    if not inside.any():
        msg = (
            f"no cutoff from {iso(start)} {'on' if open_end else f'until {iso(end)}'} has a known outcome. Cutoffs "
            f"whose window is over lie between {iso(first)} and {iso(last)}: choose --from and --until among them."
        )
        if unripe is not None:
            msg = f"{msg} {unripe}"
        raise NotEnoughDataError(msg)
    window = np.timedelta64(days(definition.conversion.gap_days + definition.conversion.horizon_days))
    before = np.asarray(cutoff + window <= np.datetime64(start))
    first, last = (bound.astype(object) for bound in (cutoff[inside].min(), cutoff[inside].max()))
    return Period(start, end, inside, before, first, last, unripe)


def _unripe(
    definition: Definition,
    rows: Rows,
    start: dt.datetime,
    end: dt.datetime | None,
    data_end: dt.datetime | None,
) -> Unripe | None:
    """Say which cutoffs from the start of the period on have no known outcome, if any."""
    if data_end is None:
        return None
    window_days = definition.conversion.gap_days + definition.conversion.horizon_days
    looks = sum(
        part.dropped.get("immature", 0)
        for part in rows.account.parts
        if part.start is not None and part.start >= start and (end is None or part.start < end)
    )
    after = data_end - days(window_days)
    if not looks and (end is None or end <= after):
        return None
    return Unripe(after, data_end, window_days, looks, end)


def _day(instant: dt.datetime) -> str:
    """Write an instant, without its time at midnight."""
    return f"{instant:%Y-%m-%d}" if instant.time() == dt.time() else f"{instant:%Y-%m-%d %H:%M}"
