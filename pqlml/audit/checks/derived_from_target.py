"""PQL010: a number made from the outcome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.checks._figures import suspects_of
from pqlml.audit.columns import Bools, Column
from pqlml.audit.records import Check, NotApplicable, Suspicion

_FEWEST_GROUPS = 5
_CLOSE = 1e-6
_FEWEST_ROWS_PER_GROUP = 2
_CLEAR = 1e-4
_WHOLE = 1e-3
_MOST_TIMES = 100


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find numbers that are conversion rates of these very rows, or that tell better than an honest number can."""
    if case.too_few:
        return NotApplicable(case.too_few)
    rates = [
        _suspicion(column)
        for name, column in case.columns.items()
        if column.kind == "number" and name not in case.point_in_time and is_rate_of_groups(column, case.label)
    ]
    by_figures = suspects_of(case, "value")
    known = {one.column for one in rates}
    return [*rates, *(one for one in by_figures if one.column not in known)]


def is_rate_of_groups(column: Column, label: Bools) -> bool:
    """Tell whether each value is the conversion rate of the rows that have it, drawn to the overall rate or not.

    With *n* rows and *k* conversions in a group, an overall rate *p* and a weight *m*, that is (k + m p) / (n + m).
    Values and rates then show the weight, as a multiple of it where *t* groups happen to have one value. What an honest
    number shows instead are no multiples of anything.
    """
    values, group = np.unique(column.numbers[column.known], return_inverse=True)
    if not _FEWEST_GROUPS <= len(values) <= len(group) / _FEWEST_ROWS_PER_GROUP:
        return False
    wins = label[column.known]
    size, hits = np.bincount(group), np.bincount(group, weights=wins)
    if np.allclose(values, hits / size, atol=_CLOSE, rtol=0):
        return True
    overall = float(wins.mean())
    clear = np.abs(overall - values) > _CLEAR
    weights = ((values * size - hits) / (overall - values + ~clear))[clear]
    if len(weights) < _FEWEST_GROUPS or weights.min() <= 0:
        return False
    times = weights / weights.min()
    return bool(np.allclose(times, np.round(times), atol=_WHOLE, rtol=0) and times.max() < _MOST_TIMES)


def _suspicion(column: Column) -> Suspicion:
    groups = column.distinct
    evidence = (
        f"each of its {groups:,} values is the conversion rate of the very rows that have it: the label of a row is in "
        f"its own feature"
    )
    return Suspicion(column.name, "error", evidence, {"groups": float(groups)}, int(column.known.sum()))


CHECK = Check(
    code="PQL010",
    title="derived from the target",
    severity="error",
    explanation=(
        "A number that was computed from the outcome: the rate of a category over all rows, an amount that only deals "
        "have, the score of a model that had seen the label."
    ),
    advice="Find out how the column is computed. Rates of categories belong inside the folds, on training rows alone.",
    needs="",
    look=look,
)
