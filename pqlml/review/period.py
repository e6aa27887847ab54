"""One past period whose labels have matured, and what was known before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from pqlml.dataset.rows import Rows
from pqlml.dataset.split import first_test_cutoff
from pqlml.definition.model import Definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.review.association import Bools
from pqlml.times import days, iso


@dataclass(frozen=True)
class Period:
    """Cutoffs from ``start`` until ``end`` (exclusive).

    Attributes
    ----------
    inside
        Whether the cutoff of each row lies in it.
    before
        Whether the label window of each row was over when it began.
    """

    start: dt.datetime
    end: dt.datetime
    inside: Bools
    before: Bools


def choose_period(
    definition: Definition, rows: Rows, start: dt.datetime | None = None, end: dt.datetime | None = None
) -> Period:
    """Return the period asked for; by default the latest cutoffs, as the definition's test part.

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
    end = last + dt.timedelta(microseconds=1) if end is None else end
    if start >= end:
        msg = f"the period begins {iso(start)} and ends {iso(end)}: give --from before --until."
        raise DataError(msg)
    inside = np.asarray((cutoff >= np.datetime64(start)) & (cutoff < np.datetime64(end)))
    if not inside.any():
        msg = (
            f"no cutoff from {iso(start)} until {iso(end)} has a label. Cutoffs whose window is over lie between "
            f"{iso(first)} and {iso(last)}: choose --from and --until among them."
        )
        raise NotEnoughDataError(msg)
    window = np.timedelta64(days(definition.conversion.gap_days + definition.conversion.horizon_days))
    before = np.asarray(cutoff + window <= np.datetime64(start))
    return Period(start, end, inside, before)
