"""PQL015: a column that is not the feature whose name it has."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.checks._replayed import NO_EVENTS, differing, figures, replays_events
from pqlml.audit.records import Check, NotApplicable, Suspicion


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns that differ from their feature as of the cutoff for no reason that was found."""
    if not replays_events(case) or case.replay is None:
        return NO_EVENTS
    found = []
    for told in case.replay.told.values():
        if told.verdict != "differs":
            continue
        count, winners, others = differing(told, case.label[told.rows])
        evidence = (
            f"is not {told.honest}: {count:,} of {len(told.rows):,} rows differ ({winners:.1%} of the winners', "
            f"{others:.1%} of the others'), and no usual mistake explains it"
        )
        found.append(Suspicion(told.column, "warning", evidence, figures(count, winners, others), count))
    return found


CHECK = Check(
    code="PQL015",
    title="not its value as of the cutoff",
    severity="warning",
    explanation="A column that has the name of a feature of the definition, or claims to be one, holds other values.",
    advice="Rename it if it means something else; otherwise take the toolkit's own value.",
    needs="events and a definition",
    look=look,
)
