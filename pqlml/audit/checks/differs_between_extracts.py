"""PQL011: the same past instant looks different in a later extract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pqlml.audit.case import Case, Earlier
from pqlml.audit.columns import Bools, Column
from pqlml.audit.records import Check, NotApplicable, Suspicion
from pqlml.audit.replay.claims import apart

_MANY = 0.01


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Compare every column with what an earlier extract said about the same rows."""
    if case.earlier is None:
        return NotApplicable("no earlier extract was given: pass 'earlier', the same rows as they were built before")
    if not len(case.earlier.rows):
        return NotApplicable("the earlier extract has none of these rows: entity and cutoff must be the same")
    return [told for name in case.earlier.columns for told in _compare(case, case.earlier, name)]


def _compare(case: Case, earlier: Earlier, name: str) -> Iterator[Suspicion]:
    now, before = case.columns[name].take(earlier.rows), earlier.columns[name]
    differs = differing(now, before)
    count = int(differs.sum())
    if not count:
        return
    wins = case.label[earlier.rows]
    winners, others = (float(differs[part].mean()) if part.any() else 0.0 for part in (wins, ~wins))
    filled = int((differs & now.known & ~before.known).sum())
    evidence = (
        f"says something else about {count:,} of {len(differs):,} past rows than the earlier extract did "
        f"({winners:.1%} of the winners', {others:.1%} of the others'); {filled:,} of them were empty then"
    )
    numbers = {
        "rows_that_differ": float(count),
        "winners_that_differ": winners,
        "others_that_differ": others,
        "filled_since": float(filled),
    }
    grave = count >= _MANY * len(differs) or winners > others
    yield Suspicion(name, "error" if grave else "warning", evidence, numbers, count)


def differing(now: Column, before: Column) -> Bools:
    """Tell which rows have another value now."""
    if now.texts or before.texts:
        return apart(now, before)
    close = np.isclose(now.numbers, before.numbers, rtol=1e-9, atol=1e-9, equal_nan=True)
    unequal: Bools = ~close
    return unequal


CHECK = Check(
    code="PQL011",
    title="differs between two extracts",
    severity="error",
    explanation=(
        "What was known at a past instant cannot change. If a later extract says something else about it, the column "
        "holds what was learned since, and training sees what scoring will not."
    ),
    advice="Map known_at or valid_from, or keep the snapshots that were taken at the time.",
    needs="earlier",
    look=look,
)
