"""PQL008: an id, or the order of the rows, that carries the time or the outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.columns import Column, Floats
from pqlml.audit.folds import fold_of_rows, scores_out_of_fold
from pqlml.audit.records import ENTITY_ID, ROW_ORDER, Check, NotApplicable, Suspicion
from pqlml.audit.strength import FOLDS, auc_of

_UNIQUE = 0.99
_MONOTONE = 0.9
_DENSE = 20
_CALENDAR = 0.98
_FEWEST_CUTOFFS = 5
_TELLS = 0.7
_Z = 2.0
_NUMBER_AT_END = re.compile(r"(\d{1,15})\D*$")


def look(case: Case) -> Sequence[Suspicion] | NotApplicable:
    """Find running numbers among the columns, and an order of rows or ids that tells the outcome."""
    found = [told for column in case.columns.values() for told in _running_number(column, case)]
    if case.too_few is None:
        found += [*_order(case), *_ids(case)]
    return found


def _running_number(column: Column, case: Case) -> Iterator[Suspicion]:
    numbers = column.numbers if column.kind == "number" else numbers_at_end(column)
    if column.name in case.point_in_time or numbers is None or not _is_id(numbers, case):
        return
    with_order = abs(_rank_correlation(numbers, np.arange(len(numbers), dtype=np.float64)))
    with_time = 0.0
    if case.cutoff is not None and len(np.unique(case.cutoff)) > 1:
        with_time = abs(_rank_correlation(numbers, case.cutoff.astype("datetime64[us]").astype(np.float64)))
    with_dates = max(
        (abs(_rank_correlation(numbers, one.numbers)) for one in case.columns.values() if one.kind == "date"),
        default=0.0,
    )
    dense = (float(np.ptp(numbers)) + 1) / len(np.unique(numbers)) <= _DENSE
    tells = _tells(numbers, case)
    together = max(with_order, with_time, with_dates)
    if together < _MONOTONE and not dense and tells < _TELLS:
        return
    auc = _auc_alone(numbers, case)
    evidence = (
        f"is a running number: {len(np.unique(numbers)):,} different whole numbers from {numbers.min():.0f} to "
        f"{numbers.max():.0f} (rank correlation with the order of the rows or with time {together:.2f}); AUC alone "
        f"{auc:.3f}"
    )
    told = {"rank_correlation": together, "auc_alone": auc}
    yield Suspicion(column.name, "error" if tells >= _TELLS else "warning", evidence, told, len(numbers))


def numbers_at_end(column: Column) -> Floats | None:
    """Return the number in which each text ends, or null where texts do not end so."""
    found = [_NUMBER_AT_END.search(text) for text in column.texts]
    if not found or any(match is None for match in found):
        return None
    parsed = np.array([float(match.group(1)) for match in found if match is not None])
    return np.where(column.known, parsed[np.where(column.known, column.numbers, 0).astype(np.int64)], np.nan)


def _is_id(numbers: Floats, case: Case) -> bool:
    if np.isnan(numbers).any() or not (numbers == np.floor(numbers)).all():
        return False
    different = len(np.unique(numbers))
    entities = int(case.entity.max()) + 1
    per_entity = len(np.unique(np.column_stack([case.entity, numbers]), axis=0))
    return different >= _UNIQUE * len(numbers) or (per_entity == entities and different >= _UNIQUE * entities)


def _order(case: Case) -> Iterator[Suspicion]:
    """Look at the place of each row among those of the same cutoff."""
    place = np.arange(len(case.label), dtype=np.float64)
    if case.cutoff is not None:
        _, group = np.unique(case.cutoff, return_inverse=True)
        order = np.lexsort((place, group))
        size = np.bincount(group)
        start = np.concatenate([[0], np.cumsum(size)[:-1]])
        place[order] = (np.arange(len(place)) - np.repeat(start, size)) / np.repeat(size, size)
    tells = _tells(place, case)
    if tells >= _TELLS:
        auc = _auc_alone(place, case)
        evidence = f"the place of a row in the table tells the outcome: AUC {auc:.3f}, whatever the columns say"
        yield Suspicion(ROW_ORDER, "error", evidence, {"auc_alone": auc}, len(place))


def _ids(case: Case) -> Iterator[Suspicion]:
    texts = tuple(str(value) for value in case.ids)
    numbers = numbers_at_end(Column(ENTITY_ID, "name", case.entity.astype(np.float64), texts))
    if numbers is None or _tells(numbers, case) < _TELLS:
        return
    auc = _auc_alone(numbers, case)
    evidence = f"the number in the id tells the outcome: AUC {auc:.3f}; ids seem to be given, or sorted, after it"
    yield Suspicion(ENTITY_ID, "warning", evidence, {"auc_alone": auc}, len(numbers))


def _tells(numbers: Floats, case: Case) -> float:
    """Return the lower bound of the AUC of a number alone, out of fold."""
    if case.too_few:
        return 0.0
    found = auc_of(_scored(numbers, case), case.label, ~case.label)
    return found.value - _Z * found.error


def _auc_alone(numbers: Floats, case: Case) -> float:
    return auc_of(_scored(numbers, case), case.label, ~case.label).value if case.too_few is None else float("nan")


def _scored(numbers: Floats, case: Case) -> Column:
    fold = fold_of_rows(case.entity, case.label, FOLDS, case.seed)
    return Column("scores", "number", scores_out_of_fold(Column("id", "number", numbers), case.label, fold))


def _rank_correlation(left: Floats, right: Floats) -> float:
    known = ~np.isnan(left) & ~np.isnan(right)
    if known.sum() < _FEWEST_CUTOFFS or np.ptp(left[known]) == 0 or np.ptp(right[known]) == 0:
        return 0.0
    from scipy.stats import spearmanr

    return float(spearmanr(left[known], right[known]).statistic)


CHECK = Check(
    code="PQL008",
    title="id or order carries time or outcome",
    severity="error",
    explanation=(
        "Running numbers tell when a row was made, and often what became of it: customers get numbers of their own, "
        "and tables are sorted by outcome. A model learns numbers that no new lead will ever have."
    ),
    advice="Leave ids and row numbers out of the features; shuffle rows before folds that take them as they stand.",
    needs="",
    look=look,
)
