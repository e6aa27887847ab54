"""PQL009: the same entity is fitted on and judged on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.records import SPLIT, Check, NotApplicable, Suspicion


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Count the entities that a fold has on both sides."""
    if case.parts is None:
        return NotApplicable("no split was given: pass 'split', a column of parts, or pairs of row positions")
    shared, rows, judged = 0, 0, 0
    for train, test in case.parts:
        both = np.isin(case.entity[test], case.entity[train])
        shared = max(shared, len(np.unique(case.entity[test][both])))
        rows += int(both.sum())
        judged += len(test)
    if not rows:
        return []
    share = rows / judged
    forward = " later in time, as known accounts are when the model is used" if case.forward else ""
    evidence = f"{rows:,} of {judged:,} judged rows ({share:.1%}) are of entities that were fitted on too{forward}"
    numbers = {"entities_on_both_sides": float(shared), "share_of_judged_rows": share}
    return [Suspicion(SPLIT, "note" if case.forward else "error", evidence, numbers, rows)]


CHECK = Check(
    code="PQL009",
    title="same entity on both sides of a split",
    severity="error",
    explanation=(
        "Stacked snapshots of one account are nearly the same row with nearly the same label. Split at random, a model "
        "recognises the account instead of the signs, and looks better than it is."
    ),
    advice="Split forward in time and purge; or in folds over entities (StratifiedGroupKFold).",
    needs="split",
    look=look,
)
