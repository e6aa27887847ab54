"""PQL003: an attribute holds what it became after the cutoff."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.checks._replayed import NO_VERSIONS, seen_too_much
from pqlml.audit.records import Check, NotApplicable, Suspicion
from pqlml.audit.replay import Told


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find attributes whose value is not that of the version known at the cutoff."""
    if case.replay is None or case.replay.no_versions:
        return NO_VERSIONS
    return seen_too_much(case, _changed)


def _changed(told: Told) -> bool:
    return told.late is not None and bool((told.differs & ~told.late).any())


CHECK = Check(
    code="PQL003",
    title="attribute overwritten after the cutoff",
    severity="error",
    explanation=(
        "A table that keeps only the newest value of an attribute tells every past cutoff what it became later; plan, "
        "owner or size often change because of the purchase."
    ),
    advice="Keep versions with the instant from which each was known (valid_from), or list the attribute under ignore.",
    needs="versions of the attributes",
    look=look,
)
