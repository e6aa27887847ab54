"""PQL013: a column that is written together with one that leaks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.columns import Bools, Codes, Column, Floats
from pqlml.audit.records import Check, NotApplicable, Suspicion

_SHARED = 0.2
_BINS = 10
_FEWEST = 200


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find columns that share much with a leaking text beyond what the outcome makes them share."""
    if case.cutoff is not None:
        return NotApplicable("the rows have cutoffs: what was known when can be told from the tables")
    if case.too_few:
        return NotApplicable(case.too_few)
    leaking = [name for name, one in case.suspects.items() if one.certain and case.columns[name].kind == "category"]
    found: dict[str, tuple[float, str]] = {}
    for leak in leaking:
        for name in case.strengths:
            if name in case.suspects and case.suspects[name].certain:
                continue
            share = shared(case.columns[name], case.columns[leak], case.label)
            if share >= _SHARED and share > found.get(name, (0.0, ""))[0]:
                found[name] = (share, leak)
    return [_suspicion(name, leak, share, case) for name, (share, leak) in found.items()]


def _suspicion(name: str, leak: str, share: float, case: Case) -> Suspicion:
    evidence = (
        f"shares {share:.0%} of what it says with {leak!r}, which leaks, among winners and among the others alike: the "
        f"two seem to be filled in together"
    )
    return Suspicion(name, "warning", evidence, {"share_in_common": share}, len(case.label))


def shared(one: Column, other: Column, label: Bools) -> float:
    """Return the mutual information of two columns given the outcome, over the smaller of their entropies.

    Corrected for the number of cells (Miller and Madow), so that unrelated columns come out near 0.
    """
    left, right = _codes(one), _codes(other)
    total, scale = 0.0, 0.0
    for group in (label, ~label):
        if group.sum() < _FEWEST:
            continue
        table = np.zeros((int(left.max()) + 1, int(right.max()) + 1))
        np.add.at(table, (left[group], right[group]), 1)
        table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
        excess = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * table.sum())
        rows, columns = _entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))
        total += group.mean() * max(rows + columns - _entropy(table.ravel()) - excess, 0.0)
        scale += group.mean() * min(rows, columns)
    return total / scale if scale > 0 else 0.0


def _codes(column: Column) -> Codes:
    values = column.numbers
    if column.ordered and column.distinct > _BINS:
        edges = np.unique(np.quantile(values[column.known], np.linspace(0, 1, _BINS + 1)[1:-1]))
        values = np.where(column.known, np.searchsorted(edges, values, side="right"), np.nan)
    _, codes = np.unique(np.where(np.isnan(values), np.inf, values), return_inverse=True)
    return codes.astype(np.int64)


def _entropy(counts: Floats) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


CHECK = Check(
    code="PQL013",
    title="written together with a leak",
    severity="warning",
    explanation=(
        "Who fills in a field that leaks fills in others on the same occasion. In a table without times that is all "
        "that can be seen of when they were written."
    ),
    advice="Ask when the column is filled in; leave it out unless that is before the outcome for everybody.",
    needs="a table without cutoffs",
    look=look,
)
