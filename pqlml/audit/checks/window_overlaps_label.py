"""PQL002: the window of a feature reaches into that of the label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.checks._replayed import replays_events, seen_too_much
from pqlml.audit.columns import Bools
from pqlml.audit.records import LABEL, Check, NotApplicable, Suspicion
from pqlml.audit.strength import Area, auc_of

_GAINS = 0.05
_Z = 2.0
_FEWEST = 20


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns that count days after the cutoff, and labels that were decided before it."""
    timed = case.cutoff is not None and case.converted_at is not None
    if not replays_events(case) and not timed and not case.has_next_snapshots:
        return NotApplicable(
            "neither events, nor the times of the conversions ('converted_at') with cutoffs, nor several cutoffs per "
            "entity were given"
        )
    found = seen_too_much(case, lambda told: told.reach == "beyond")
    found += _ahead(case)
    if case.cutoff is not None and case.converted_at is not None:
        early = case.label & (case.converted_at < case.cutoff)
        found += _decided_before(case, early, {one.column for one in found})
    return found


def _ahead(case: Case) -> Iterator[Suspicion]:
    """Tell which counts contain what the next snapshot of the same entity shows to have come later."""
    for ahead in case.ahead:
        evidence = (
            f"is never below {ahead.twin}, and on {ahead.above:,} rows above it; by the next cutoff of the same entity "
            f"{ahead.total} had gained at least that difference on all but {ahead.broken:,} of them, where "
            f"{ahead.expected:.0f} would be too small if the difference lay before the cutoff: it counts what came at "
            f"or after the cutoff"
        )
        numbers = {"rows_above": float(ahead.above), "broken": float(ahead.broken), "expected": ahead.expected}
        yield Suspicion(ahead.column, "error", evidence, numbers, ahead.above)


def _decided_before(case: Case, early: Bools, known: set[str]) -> Iterator[Suspicion]:
    """Tell how many winners converted before their cutoff, and which columns know it."""
    late = case.label & ~early
    count = int(early.sum())
    if not count:
        return
    share = count / case.conversions
    evidence = (
        f"{count:,} of {case.conversions:,} winners ({share:.1%}) converted before their cutoff: their features cover "
        f"the time of the outcome"
    )
    yield Suspicion(LABEL, "error", evidence, {"share_decided_before": share}, count)
    if min(count, int(late.sum())) < _FEWEST:
        return
    for name, column in case.columns.items():
        if name in known or name not in case.strengths or not column.ordered:
            continue
        before, after = (auc_of(column, group, ~case.label) for group in (early, late))
        if before.value < 1 / 2:
            before, after = (Area(1 - area.value, area.error) for area in (before, after))
        gain = before.value - after.value
        if gain - _Z * float(np.hypot(before.error, after.error)) >= _GAINS:
            evidence = (
                f"tells winners from others with an AUC of {before.value:.3f} where they converted before the cutoff, "
                f"and of {after.value:.3f} where they converted after it: the difference is use that came with or "
                f"after the purchase"
            )
            numbers = {"auc_decided_before": before.value, "auc_decided_after": after.value}
            yield Suspicion(name, "error", evidence, numbers, count)


CHECK = Check(
    code="PQL002",
    title="window overlaps the label",
    severity="error",
    explanation=(
        "Features look back from the cutoff, the label looks forward from it. A feature window that ends later, or a "
        "label that counts conversions before the cutoff, lets use that follows the purchase predict it."
    ),
    advice="End every window at the cutoff, drop who converted before it, and begin the label at the cutoff.",
    needs="events, converted_at with cutoffs, or several cutoffs per entity",
    look=look,
)
