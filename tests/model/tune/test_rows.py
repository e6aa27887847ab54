"""The folds of a search lie within its rows, roll forward, and learn only from what was over."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model.tune.rows import TuningRows, tuning_folds
from tests.helpers.synthetic import CUTOFFS
from tests.model.tune.small import first, tuning_rows

WINDOW = np.timedelta64(30, "D")


def test_folds_are_forward_in_time_and_purged() -> None:
    rows = tuning_rows()
    assert rows.cutoff is not None
    found = tuning_folds(rows, 3)
    assert found.how == "3 folds forward in time, purged by gap + horizon"
    for fold in found.folds:
        assert (rows.cutoff[fold.train] + WINDOW).max() <= rows.cutoff[fold.test].min()


def test_few_cutoffs_give_fewer_folds() -> None:
    rows = tuning_rows()
    assert rows.cutoff is not None
    few = first(rows, rows.cutoff < CUTOFFS[3].to_datetime64())
    assert len(tuning_folds(few).folds) < len(tuning_folds(rows).folds)


def test_one_cutoff_leaves_folds_over_entities() -> None:
    rows = tuning_rows()
    assert rows.cutoff is not None
    one = first(rows, rows.cutoff == CUTOFFS[0].to_datetime64())
    found = tuning_folds(one)
    assert found.how == "4 folds over entities, NOT forward in time (the rows allow no fold forward in time)"
    for fold in found.folds:
        assert not set(one.entity[fold.train]) & set(one.entity[fold.test])


def test_without_times_folds_are_over_entities() -> None:
    assert "the rows have no times" in tuning_folds(tuning_rows(times=False)).how


def test_entities_can_be_kept_on_one_side() -> None:
    rows = dataclasses.replace(tuning_rows(), entity_disjoint=True)
    for fold in tuning_folds(rows).folds:
        assert not set(rows.entity[fold.train]) & set(rows.entity[fold.test])


@pytest.mark.parametrize("conversions", [0, 1])
def test_too_few_conversions_are_told(conversions: int) -> None:
    label = np.zeros(20)
    label[:conversions] = 1
    rows = TuningRows(np.zeros((20, 1)), label, np.arange(20))
    with pytest.raises(NotEnoughDataError, match=f"{conversions} conversions"):
        tuning_folds(rows)


def test_conversions_of_one_entity_are_told() -> None:
    entity = np.where(np.arange(20) < 10, "a", "b")
    rows = TuningRows(np.zeros((20, 1)), (entity == "a").astype(float), entity)
    with pytest.raises(NotEnoughDataError, match="too few entities"):
        tuning_folds(rows)


def test_parts_have_to_fit_together() -> None:
    with pytest.raises(DataError, match="entity has 2 values and the matrix 3 rows"):
        TuningRows(np.zeros((3, 1)), np.zeros(3), np.zeros(2))
    with pytest.raises(DataError, match="horizon_days"):
        TuningRows(np.zeros((3, 1)), np.zeros(3), np.zeros(3), np.zeros(3, dtype="datetime64[us]"))
