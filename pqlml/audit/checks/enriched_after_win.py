"""PQL006: a value that became known after the win."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.checks._replayed import seen_too_much
from pqlml.audit.columns import Column
from pqlml.audit.records import Check, NotApplicable, Suspicion
from pqlml.audit.regions import known_region
from pqlml.audit.replay import Told
from pqlml.audit.strength import auc_of, separation

_MUCH = 1.2
_NEVER_HAPPENED = 0.99
_BEYOND_VALUES = 2.0


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find attributes that were not known at the cutoff, and gaps that others have much more often than winners."""
    replayed = seen_too_much(case, _late)
    if case.too_few:
        return replayed or NotApplicable(case.too_few)
    known = {one.column for one in replayed} | set(case.suspects) | case.point_in_time
    return [*replayed, *(one for name in case.columns if name not in known for one in _gaps(case, name))]


def _late(told: Told) -> bool:
    return told.late is not None and bool(told.late.any()) and not (told.differs & ~told.late).any()


def _gaps(case: Case, name: str) -> Sequence[Suspicion]:
    column = case.columns[name]
    region = known_region(column, case.label)
    if region is None or region.words != "is known" or never_happened(column, case):
        return []
    apart = _distance(region.winners_share, region.others_share, case)
    if apart < _MUCH:
        return []
    if column.ordered:
        among = auc_of(column, case.label & column.known, ~case.label & column.known)
        by_value = float(np.sqrt(2)) * float(_z(max(among.value, 1 - among.value)))
        if apart < _BEYOND_VALUES * by_value:
            return []
    evidence = f"{region.told(name, case.base_rate)}; what is known tells less than that it is known"
    return [Suspicion(name, "warning", evidence, region.numbers(), region.rows)]


def never_happened(column: Column, case: Case) -> bool:
    """Tell whether gaps mean that something never happened: wherever there is one, some count is zero."""
    gap = ~column.known
    for other in case.columns.values():
        if other.kind != "number" or other.name == column.name:
            continue
        none = other.numbers == 0
        if none[gap].mean() >= _NEVER_HAPPENED and none[gap].mean() - none[~gap].mean() >= _SURPLUS:
            return True
    return False


_SURPLUS = 0.3


def _distance(winners: float, others: float, case: Case) -> float:
    size = len(case.label)
    above, beside = (np.array([np.clip(share, 0.5 / size, 1 - 0.5 / size)]) for share in (winners, others))
    won = len(np.unique(case.entity[case.label]))
    lost = len(np.unique(case.entity[~case.label]))
    return float(separation(above, beside, won, lost)[0])


def _z(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(min(share, 1 - 1e-9)))


CHECK = Check(
    code="PQL006",
    title="enriched after the win",
    severity="error",
    explanation=(
        "Firmographics that are looked up once a deal is under way are known for winners and missing for the others, "
        "whatever they say."
    ),
    advice="Give versions with valid_from, so that a cutoff sees only what was known; or enrich everybody alike.",
    needs="",
    look=look,
)
