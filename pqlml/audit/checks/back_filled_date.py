"""PQL005: a date, or an event, that was written later than it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.checks._figures import of_nature
from pqlml.audit.checks._replayed import replays_events, seen_too_much
from pqlml.audit.columns import Bools, Column, Floats
from pqlml.audit.records import Check, NotApplicable, Suspicion
from pqlml.times import DAY_MICROSECONDS

_PLANNED = 0.95
_SAME_DAY = 0.5
_FEWEST = 5


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find events counted before they were known, dates after the cutoff, dates that are the outcome's."""
    found = seen_too_much(case, lambda told: told.reach == "late")
    dates = [column for column in case.columns.values() if column.kind == "date" and not column.constant]
    if not dates and not replays_events(case):
        return NotApplicable("there are neither dates among the columns nor events")
    for column in dates:
        told = next(_told(column, case), None)
        if told is not None:
            found.append(told)
    by_figures = of_nature(case, "date")
    known = {one.column for one in found}
    if not isinstance(by_figures, NotApplicable):
        found += [one for one in by_figures if one.column not in known]
    return found


def _told(column: Column, case: Case) -> Iterator[Suspicion]:
    if case.converted_at is not None:
        yield from _is_the_outcome(column, case.label, _days(case.converted_at))
    if case.cutoff is not None:
        yield from _after_cutoff(column, case, _days(case.cutoff))


def _is_the_outcome(column: Column, label: Bools, converted: Floats) -> Iterator[Suspicion]:
    wins = label & column.known & ~np.isnan(converted)
    same = np.floor(column.numbers[wins]) == np.floor(converted[wins])
    if wins.sum() >= _FEWEST and same.mean() >= _SAME_DAY:
        evidence = f"is the day of the conversion for {int(same.sum()):,} of {int(wins.sum()):,} winners that have it"
        yield Suspicion(column.name, "error", evidence, {"share_on_the_day": float(same.mean())}, int(same.sum()))


def _after_cutoff(column: Column, case: Case, cutoff: Floats) -> Iterator[Suspicion]:
    after = column.known & (column.numbers > cutoff)
    count = int(after.sum())
    known_then = column.name in case.point_in_time  # so it is a date that was planned
    if count < _FEWEST or known_then or _is_planned(column, case, cutoff):
        return
    winners, others = float(after[case.label].mean()), float(after[~case.label].mean())
    evidence = (
        f"lies after the cutoff on {count:,} rows ({winners:.1%} of the winners', {others:.1%} of the others'): it was "
        f"not known then"
    )
    numbers = {"winners_after_cutoff": winners, "others_after_cutoff": others}
    yield Suspicion(column.name, "error", evidence, numbers, count)


def _is_planned(column: Column, case: Case, cutoff: Floats) -> bool:
    """Tell whether a date is set in advance: always the same time after another date, or after the cutoff."""
    others = [other.numbers for other in case.columns.values() if other.kind == "date" and other.name != column.name]
    return any(_steady(column.numbers - other) for other in (*others, cutoff))


def _steady(apart: Floats) -> bool:
    days = np.round(apart[~np.isnan(apart)])
    if not len(days):
        return False
    _, counts = np.unique(days, return_counts=True)
    return bool(counts.max() >= _PLANNED * len(days))


def _days(instants: np.ndarray) -> Floats:
    stamps = instants.astype("datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / DAY_MICROSECONDS)


CHECK = Check(
    code="PQL005",
    title="back-filled date",
    severity="error",
    explanation=(
        "A date may be entered long after the day that it names, and often because of the outcome; an event may arrive "
        "long after it happened. Neither was known at the cutoff, though both lie before it or claim to."
    ),
    advice="Map known_at, so that an event counts from its arrival on. Leave out dates that the outcome brings about.",
    needs="dates among the columns, or events with known_at",
    look=look,
)
