"""What checks of recomputed columns share: who cannot look, and how a difference is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pqlml.audit.case import Case
from pqlml.audit.columns import Bools
from pqlml.audit.records import NotApplicable, Suspicion
from pqlml.audit.replay import Told

NO_EVENTS: Final = NotApplicable("no events and cutoffs were given: pass 'events', or 'tables' with a definition")
NO_VERSIONS: Final = NotApplicable(
    "no versions of attributes were given: pass 'entities' with valid_from, or tables whose definition maps it"
)


def replays_events(case: Case) -> bool:
    """Tell whether columns could be computed anew from events."""
    return case.replay is not None and case.replay.no_events is None


def seen_too_much(case: Case, wanted: Callable[[Told], bool]) -> list[Suspicion]:
    """Return what is held against columns that see too much in the wanted way."""
    return list(_seen(case, wanted))


def _seen(case: Case, wanted: Callable[[Told], bool]) -> Iterator[Suspicion]:
    if case.replay is None:
        return
    for told in case.replay.told.values():
        if told.verdict == "sees too much" and wanted(told):
            yield _suspicion(told, case.label[told.rows])


def _suspicion(told: Told, label: Bools) -> Suspicion:
    """Tell what the column is, what it should be, and on how many rows that matters."""
    count, winners, others = differing(told, label)
    evidence = (
        f"{'is' if told.exact else 'follows'} {told.wrong}; the nearest that could be known is {told.honest}, and "
        f"{count:,} of {len(told.rows):,} rows differ from it ({winners:.1%} of the winners', {others:.1%} of the "
        f"others')"
    )
    return Suspicion(told.column, "error", evidence, figures(count, winners, others), count)


def differing(told: Told, label: Bools) -> tuple[int, float, float]:
    """Return on how many rows the column differs, and the shares of the winners' and the others' rows."""
    shares = (float(told.differs[part].mean()) if part.any() else 0.0 for part in (label, ~label))
    return int(told.differs.sum()), *shares  # type: ignore[return-value] # two shares


def figures(count: int, winners: float, others: float) -> dict[str, float]:
    """Return those figures by name."""
    return {"rows_that_differ": float(count), "winners_that_differ": winners, "others_that_differ": others}
