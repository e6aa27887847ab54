"""What checks of figures share: the columns that tell too well, each told by the check that its nature belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from pqlml.audit.case import Case
from pqlml.audit.records import NotApplicable, Suspicion
from pqlml.audit.suspects import Nature


def of_nature(case: Case, nature: Nature) -> Sequence[Suspicion] | NotApplicable:
    """Return what is held against the columns of one nature, or why figures tell nothing."""
    return NotApplicable(case.too_few) if case.too_few else suspects_of(case, nature)


def suspects_of(case: Case, nature: Nature) -> list[Suspicion]:
    """Return what is held against the columns of one nature."""
    return [
        Suspicion(
            name,
            "error" if suspect.certain else "warning",
            suspect.region.told(name, case.base_rate) + f"; AUC alone {suspect.strength.auc:.3f}",
            {"auc_alone": suspect.strength.auc, **suspect.region.numbers()},
            suspect.region.rows,
        )
        for name, suspect in case.suspects.items()
        if suspect.nature == nature
    ]
