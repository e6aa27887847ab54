"""PQL004: a status that is written as the outcome becomes known."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.checks._figures import of_nature
from pqlml.audit.records import Check, NotApplicable, Suspicion


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find texts that tell winners from others better than an honest text can."""
    return of_nature(case, "text")


CHECK = Check(
    code="PQL004",
    title="status follows the outcome",
    severity="error",
    explanation=(
        "Stages, tags, ratings and owners of a CRM are written while a deal goes on, and after it: their values are "
        "the outcome in other words."
    ),
    advice="Ask who writes the column and when. Use versions as of the cutoff, or list it under ignore.",
    needs="",
    look=look,
)
