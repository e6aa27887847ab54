"""The later cohort, counted by eye."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pqlml.errors import InputError, NotEnoughDataError
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.stopping import later_cohort

LABEL = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
WEEKS = np.datetime64("2026-01-01") + np.repeat(np.arange(5), 2) * np.timedelta64(7, "D")


def test_the_newest_cutoffs_with_a_fifth_of_the_conversions() -> None:
    cohort = later_cohort(LABEL, WEEKS)
    assert cohort.later.tolist() == [8, 9]
    assert cohort.earlier.tolist() == list(range(8))


@pytest.mark.parametrize(("days", "earlier"), [(7, 8), (8, 6), (14, 6), (15, 4)])
def test_rows_whose_label_was_decided_within_the_cohort_are_on_neither_side(days: float, earlier: int) -> None:
    cohort = later_cohort(LABEL, WEEKS, purge_days=days)
    assert cohort.earlier.tolist() == list(range(earlier))
    assert cohort.later.tolist() == [8, 9]


def test_a_cutoff_without_conversion_takes_the_next_along() -> None:
    late = LABEL.copy()
    late[8] = 0
    assert later_cohort(late, WEEKS).later.tolist() == [6, 7, 8, 9]


def test_without_times_a_random_fifth_of_each_class() -> None:
    label = (np.arange(100) < 20).astype(int)
    cohort = later_cohort(label, None, seed=3)
    assert label[cohort.later].sum() == 4
    assert len(cohort.later) == 20
    assert sorted([*cohort.earlier, *cohort.later]) == list(range(100))
    assert not np.array_equal(cohort.later, later_cohort(label, None, seed=4).later)


def test_a_side_of_one_class_is_refused() -> None:
    early = np.array([1, 1, *[0] * 8])
    with pytest.raises(NotEnoughDataError, match=r"0 of 0 rows before the later cohort .* are conversions"):
        later_cohort(early, WEEKS)


def test_each_row_has_a_cutoff() -> None:
    with pytest.raises(InputError, match="cutoff has 9 values, 0 of them missing"):
        later_cohort(LABEL, WEEKS[:-1])
    with pytest.raises(InputError, match="1 of them missing"):
        later_cohort(LABEL, np.where(np.arange(10) == 2, np.datetime64("NaT"), WEEKS))


@pytest.mark.parametrize("stop_after", [None, 5])
@pytest.mark.parametrize(
    ("cutoff", "words"),
    [
        (WEEKS[:-1], "cutoff has 9 values; expected one instant for each of the 10 rows"),
        (np.append(WEEKS, WEEKS[:1]), "cutoff has 11 values"),
        (WEEKS.reshape(-1, 1), r"cutoff has the shape \(10, 1\)"),
        ("2026-01-01", r"cutoff has the shape \(\)"),
    ],
    ids=["fewer", "more", "a table", "one"],
)
def test_fit_wants_a_cutoff_for_each_row(cutoff: Any, words: str, stop_after: int | None) -> None:
    with pytest.raises(InputError, match=words):
        PropensityClassifier(stop_after=stop_after).fit(np.eye(10), LABEL, cutoff=cutoff)


@pytest.mark.parametrize("cutoff", [WEEKS.astype(str), np.arange(10) // 2, [*WEEKS[:9].tolist(), "later"]])
def test_days_are_taken_from_instants_alone(cutoff: Any) -> None:
    with pytest.raises(InputError, match=r"cutoff holds .*purge_days=7; expected instants.*pandas.to_datetime"):
        later_cohort(LABEL, np.asarray(cutoff, dtype=None if not isinstance(cutoff, list) else object), purge_days=7)


def test_without_days_to_leave_out_any_order_will_do() -> None:
    expected = later_cohort(LABEL, WEEKS).later.tolist()
    zoned = pd.Series(WEEKS).dt.tz_localize("UTC")
    for cutoff in (WEEKS.astype(str), np.arange(10) // 2, np.asarray(zoned), WEEKS.astype(object)):
        assert later_cohort(LABEL, cutoff).later.tolist() == expected
    assert later_cohort(LABEL, np.asarray(zoned), purge_days=7).later.tolist() == expected
