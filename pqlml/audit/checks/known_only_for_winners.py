"""PQL012: a value that only winners have."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.checks._figures import of_nature
from pqlml.audit.records import Check, NotApplicable, Suspicion


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns for which it is enough to know whether they are known."""
    return of_nature(case, "known")


CHECK = Check(
    code="PQL012",
    title="known only for winners",
    severity="error",
    explanation=(
        "Contract numbers, billing addresses or reasons for a loss exist because of the outcome. Whatever they say, a "
        "model reads from the gaps who has converted."
    ),
    advice="Leave the column out, or take it as it was known at the cutoff.",
    needs="",
    look=look,
)
