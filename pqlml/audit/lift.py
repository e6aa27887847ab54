"""What a column fakes: a small model out of fold, with the column and without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from pqlml.audit.case import Case
from pqlml.audit.columns import Column, Floats
from pqlml.audit.folds import fold_of_rows, some_entities
from pqlml.audit.records import Lift
from pqlml.audit.strength import auc_of
from pqlml.model.metrics import compare
from pqlml.model.propensity import PropensityClassifier

MOST_ROWS = 20_000
MOST_COLUMNS = 60
"""The strongest honest columns are enough of a background."""
_FOLDS = 3
_TREES, _LEAVES, _RATE = 60, 12, 0.1
_LEVELS = 40
_REPLICATES = 100


class Faked:
    """Measures columns against the same background: all columns that nothing is held against.

    Parameters
    ----------
    suspects
        Columns that are left out of the background.
    """

    def __init__(self, case: Case, suspects: Iterable[str]) -> None:
        self._case = case
        self._rows = some_entities(case.entity, MOST_ROWS, case.seed)
        label = case.label[self._rows]
        held = set(suspects)
        strongest = sorted(_areas(case, held).items(), key=lambda found: (-found[1], found[0]))[:MOST_COLUMNS]
        self._label = label
        self._entity = np.unique(case.entity[self._rows], return_inverse=True)[1].astype(np.int64)
        self._fold = fold_of_rows(self._entity, label, _FOLDS, case.seed)
        self._background = [case.columns[name].take(self._rows) for name, _ in strongest]
        self._without = self._scores(self._background)

    def by(self, name: str) -> Lift:
        """Measure one column."""
        column = self._case.columns[name].take(self._rows)
        found = compare(
            self._label,
            {"with": self._scores([*self._background, column]), "without": self._without},
            self._entity,
            reference_rate=float(self._label.mean()),
            replicates=_REPLICATES,
            seed=self._case.seed,
        )
        without, made = found.metrics["without"], found.metrics["with"]
        return Lift(
            auc_without=without["roc_auc"].value,
            auc_with=made["roc_auc"].value,
            auc_faked=found.differences["without"]["roc_auc"],
            top_without=without["lift_at_10_percent"].value,
            top_with=made["lift_at_10_percent"].value,
        )

    def _scores(self, columns: Sequence[Column]) -> Floats:
        if not columns:
            return np.full(len(self._label), float(self._label.mean()))
        matrix = np.column_stack([_numbers(column) for column in columns])
        categories = [place for place, column in enumerate(columns) if column.kind == "category"]
        scores = np.empty(len(self._label))
        for number in range(_FOLDS):
            learn = self._fold != number
            model = PropensityClassifier(
                n_trees=_TREES,
                learning_rate=_RATE,
                num_leaves=_LEAVES,
                min_child_rows=20,
                feature_share=0.5,
                l2=10,
                linear_start=False,  # how much a few columns give away, not how well all are used
                categorical=categories,
                seed=self._case.seed,
            )
            model.fit(matrix[learn], self._label[learn].astype(np.int8))
            scores[~learn] = model.predict_proba(matrix[~learn])[:, 1]
        return scores


def _numbers(column: Column) -> Floats:
    """Return what the model sees; of a category its most frequent texts."""
    if column.kind != "category" or len(column.texts) <= _LEVELS:
        return column.numbers
    size = np.bincount(column.numbers[column.known].astype(np.int64), minlength=len(column.texts))
    frequent = np.argsort(-size, kind="stable")[:_LEVELS]
    return np.where(np.isin(column.numbers, frequent), column.numbers, np.nan)


def _areas(case: Case, held: Collection[str]) -> dict[str, float]:
    """Return the AUC of each column that nothing is held against; as it stands where its strength was not measured."""
    areas = {}
    for name, column in case.columns.items():
        if name in held or not column.usable:
            continue
        measured = case.strengths.get(name)
        area = measured.auc if measured is not None else auc_of(column, case.label, ~case.label).value
        areas[name] = area if measured is not None else max(area, 1 - area)
    return areas
