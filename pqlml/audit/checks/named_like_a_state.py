"""PQL014: by its name a column is a state that is overwritten, or a judgement passed later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pqlml.audit.case import Case
from pqlml.audit.records import Check, NotApplicable, Suspicion

STATES: Final = {
    "last": "what happened last when the table was made, not at the time of the lead",
    "latest": "what happened last when the table was made, not at the time of the lead",
    "recent": "what happened last when the table was made, not at the time of the lead",
    "current": "how things stood when the table was made",
    "status": "how things stood when the table was made",
    "stage": "how far a deal had come when the table was made",
    "disposition": "how a contact ended",
    "outcome": "how a contact ended",
    "result": "how a contact ended",
    "closed": "how a deal ended",
    "won": "how a deal ended",
    "lost": "how a deal ended",
    "converted": "how a deal ended",
    "churned": "how a deal ended",
    "tag": "what somebody noted while working on the lead",
    "tags": "what somebody noted while working on the lead",
    "notes": "what somebody noted while working on the lead",
    "quality": "a judgement on the lead",
    "rating": "a judgement on the lead",
    "grade": "a judgement on the lead",
    "score": "a judgement on the lead",
    "index": "a judgement on the lead",
    "priority": "a judgement on the lead",
    "owner": "who worked on the lead",
}
"""Words of column names in CRM exports, and what they say about when the column is written."""

_TELLS = 3.0


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns of such a name whose values go with the outcome, in a table without times."""
    if case.cutoff is not None:
        return NotApplicable("the rows have cutoffs: what was known when can be told from the tables")
    if case.too_few:
        return NotApplicable(case.too_few)
    return [_suspicion(name, word, case) for name in case.strengths if (word := state_in(name)) and _goes(name, case)]


def state_in(name: str) -> str | None:
    """Return the first word of a name that speaks of a state, or null.

    Examples
    --------
    >>> state_in("hs_lead_status"), state_in("lastModifiedStep"), state_in("days_since_last_login")
    ('status', 'last', None)
    """
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    if "since" in words or "days" in words:  # a duration up to the cutoff, which moves with it
        return None
    return next((word for word in words if word in STATES), None)


def _goes(name: str, case: Case) -> bool:
    error = case.strengths[name].auc_error
    return case.strengths[name].auc - 0.5 >= _TELLS * error


def _suspicion(name: str, word: str, case: Case) -> Suspicion:
    auc = case.strengths[name].auc
    evidence = f"the word {word!r} in its name speaks of {STATES[word]}; AUC alone {auc:.3f}"
    return Suspicion(name, "warning", evidence, {"auc_alone": auc}, int(case.columns[name].known.sum()))


CHECK = Check(
    code="PQL014",
    title="named like a state",
    severity="warning",
    explanation=(
        "A table without times holds states as they were when it was made. Names that speak of a state, a judgement or "
        "the end of a deal mark columns that may have been written after the outcome."
    ),
    advice="Ask when the column is written; leave it out unless that is before the outcome for everybody.",
    needs="a table without cutoffs",
    look=look,
)
