"""PQL001: an event at the very instant of the cutoff is counted."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.checks._replayed import NO_EVENTS, replays_events, seen_too_much
from pqlml.audit.records import Check, NotApplicable, Suspicion


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns that are what one gets with ``ts <= cutoff``."""
    if not replays_events(case):
        return NO_EVENTS
    return seen_too_much(case, lambda told: told.reach == "at")


CHECK = Check(
    code="PQL001",
    title="event at the cutoff counted",
    severity="error",
    explanation=(
        "A feature may see events before the cutoff only. What happens at its very instant may be the outcome: the "
        "label's window begins there. Where times are whole days, it is all of that day."
    ),
    advice="Count with ts < cutoff. With whole days, put the cutoff at the end of the last day that may be seen.",
    needs="events",
    look=look,
)
