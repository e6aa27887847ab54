"""The leads that sales can work: equal to working every week's list by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.model.capacity import CAPACITY_METRICS, REVENUE_METRICS, Lists, Worked, weekly_lists
from pqlml.model.metrics import METRICS, compare


def worked_by_hand(
    number: np.ndarray, length: np.ndarray | None, score: np.ndarray, value: np.ndarray
) -> tuple[float, float]:
    """Work each list from the top, ties in expectation; return rows worked and value found."""
    rows = found = 0.0
    for one in np.unique(number):
        mine = number == one
        left = 0.1 * mine.sum() if length is None else min(length[one], mine.sum())
        rows += left
        for level in sorted(set(score[mine]), reverse=True):
            tie = mine & (score == level)
            share = min(1.0, left / tie.sum())
            found += share * value[tie].sum()
            left -= share * tie.sum()
    return rows, found


@pytest.mark.parametrize("per_week", [None, 3, 7.5, 1000])
def test_every_list_is_worked_from_the_top(per_week: float | None) -> None:
    rng = np.random.default_rng(1)
    cutoff = pd.Series(pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.choice([0, 7, 8, 28, 35.5], 300), "D"))
    score = np.round(rng.random(300), 1)
    label = (rng.random(300) < score).astype(float)
    amount = label * rng.lognormal(3, 1, 300)
    lists = weekly_lists(cutoff, per_week, amount)
    worked = Worked(lists, score, label)
    precision, recall, per_lead, share = worked.measure(np.ones(300))
    rows, hits = worked_by_hand(lists.number, lists.length, score, label)
    _, revenue = worked_by_hand(lists.number, lists.length, score, amount)
    assert (precision, recall) == pytest.approx((hits / rows, hits / label.sum()))
    assert (per_lead, share) == pytest.approx((revenue / rows, revenue / amount.sum()))
    if per_week == 1000:
        assert (recall, share) == pytest.approx((1, 1))


def test_drawing_rows_twice_is_having_them_twice() -> None:
    rng = np.random.default_rng(2)
    number, score, label = rng.integers(0, 4, 60), np.round(rng.random(60), 1), rng.integers(0, 2, 60).astype(float)
    drawn = rng.integers(0, 3, 60).astype(float)
    lists = Lists(number, np.full(4, 5.0), label * 10)
    worked = Worked(lists, score, label)
    copied = np.repeat(np.arange(60), drawn.astype(int))
    again = Worked(Lists(number[copied], np.full(4, 5.0), label[copied] * 10), score[copied], label[copied])
    assert worked.measure(drawn[worked.order]) == pytest.approx(again.measure(np.ones(len(copied))))


def test_a_longer_wait_for_the_next_list_leaves_more_time() -> None:
    cutoff = pd.Series(pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-08", "2026-02-05"]))
    lists = weekly_lists(cutoff, 10)
    assert lists.number.tolist() == [0, 0, 1, 2]
    assert lists.length is not None
    assert lists.length.tolist() == [10, 40, 25], "the last list is worked for as long as they usually are"
    once = weekly_lists(cutoff.head(2), 10).length
    assert once is not None
    assert once.tolist() == [10]
    assert weekly_lists(cutoff).length is None


def test_lists_add_metrics_with_intervals_to_a_comparison() -> None:
    rng = np.random.default_rng(3)
    score = rng.random(400)
    label = (rng.random(400) < score).astype(int)
    cutoff = pd.Series(pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.integers(0, 4, 400) * 7, "D"))
    entity = rng.integers(0, 90, 400)
    both = {"good": score, "bad": rng.random(400)}
    lists = weekly_lists(cutoff, 20, label * 5.0)
    found = compare(label, both, entity, reference_rate=0.5, replicates=60, lists=lists)
    assert tuple(found.metrics["good"]) == (*METRICS, *CAPACITY_METRICS, *REVENUE_METRICS)
    precision = found.metrics["good"]["precision_at_capacity"]
    assert precision.low < precision.value < precision.high
    assert found.metrics["good"]["revenue_per_lead_at_capacity"].value == pytest.approx(5 * precision.value)
    assert found.differences["bad"]["precision_at_capacity"].low > 0
    plain = compare(label, both, entity, reference_rate=0.5, replicates=60)
    assert plain.metrics["good"]["roc_auc"] == found.metrics["good"]["roc_auc"]


def test_nothing_was_brought_in() -> None:
    lists = weekly_lists(pd.Series(pd.to_datetime(["2026-01-01"] * 4)), 2, np.zeros(4))
    assert Worked(lists, np.arange(4.0), np.array([0, 1, 0, 1.0])).measure(np.ones(4))[2:] == [0, 0]
