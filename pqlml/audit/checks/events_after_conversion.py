"""PQL007: what happens because of the conversion is counted."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.checks._figures import of_nature
from pqlml.audit.checks._replayed import seen_too_much
from pqlml.audit.records import Check, NotApplicable, Suspicion


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns that count to the end of the data, and counts that hardly anybody but winners has."""
    found = seen_too_much(case, lambda told: told.reach == "ever")
    by_figures = of_nature(case, "happened")
    if isinstance(by_figures, NotApplicable):
        return found or by_figures
    known = {one.column for one in found}
    return [*found, *(one for one in by_figures if one.column not in known)]


CHECK = Check(
    code="PQL007",
    title="events after the conversion counted",
    severity="error",
    explanation=(
        "Invoices, seats or the sudden use of paid features follow the purchase. Counted without an end, they are in "
        "the past of every cutoff."
    ),
    advice="Count up to the cutoff only. If the column is right as of the cutoff, see when its events are written.",
    needs="",
    look=look,
)
