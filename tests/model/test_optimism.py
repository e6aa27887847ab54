"""A random split flatters a model that recognises entities; what history is worth shows on the same test rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pqlml.dataset import split_rows
from pqlml.model.evaluation import evaluate_candidates
from pqlml.model.learning_curve import learning_curve
from pqlml.model.metrics import Interval
from pqlml.model.optimism import OPTIMISM_METRICS, Optimism, optimism, random_fold
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

PLAN = definition("evaluation: {test_from: 2026-03-01}")


def test_where_the_world_turns_round_random_rows_promise_what_time_does_not_keep() -> None:
    rows = make_rows()
    rng = np.random.default_rng(4)
    busy = rows.values["active.days.28d"].to_numpy() > 14
    late = (rows.keys["cutoff"] >= "2026-04-01").to_numpy()
    label = (rng.random(len(busy)) < np.where(busy != late, 0.6, 0.1)).astype(np.int8)
    turned = dataclasses.replace(rows, label=label)
    plan = definition("evaluation: {test_from: 2026-04-01}")
    split = split_rows(plan, turned.keys, turned.label)
    evaluation = evaluate_candidates(plan, VOCABULARY, turned, split, progress=lambda _: None)
    found = {item.metric: item for item in optimism(plan, VOCABULARY, turned, evaluation)}
    assert tuple(found) == OPTIMISM_METRICS
    area = found["roc_auc"]
    assert area.forward == evaluation.metrics["model"]["roc_auc"]
    assert area.gap.value == pytest.approx(area.random.value - area.forward.value)
    assert area.gap.low > 0
    assert area.as_dict()["gap"] == area.gap.as_dict()


def test_random_rows_are_as_many_as_were_judged_and_fitted_on() -> None:
    rows = make_rows()
    split = split_rows(PLAN, rows.keys, rows.label)
    evaluation = evaluate_candidates(PLAN, VOCABULARY, rows, split, progress=lambda _: None)
    fold = random_fold(evaluation, len(rows.label))
    assert (len(fold.train), len(fold.test)) == (len(split.folds[0].train), len(evaluation.rows))
    assert not set(fold.train) & set(fold.test)
    assert set(rows.entity[fold.train]) & set(rows.entity[fold.test]), "entities are on both sides"
    tight = random_fold(evaluation, 600)
    assert len(tight.train) + len(tight.test) <= 600
    assert (
        optimism(
            PLAN, VOCABULARY, rows, dataclasses.replace(evaluation, split=dataclasses.replace(split, forward=False))
        )
        == ()
    )


def test_the_gap_is_as_uncertain_as_its_two_ends() -> None:
    gap = Optimism("roc_auc", Interval(0.7, 0.66, 0.73), Interval(0.8, 0.76, 0.84)).gap
    assert gap == pytest.approx((0.1, 0.1 - 0.05, 0.1 + np.hypot(0.04, 0.04)))


def test_more_history_is_more_rows_before_the_same_test_part() -> None:
    rows = make_rows()
    plan = definition("evaluation: {test_from: 2026-05-01}")
    found = learning_curve(plan, VOCABULARY, rows, progress=lambda _: None)
    assert [item.months for item in found] == [1, 2, None], "three months hold all there is"
    assert [item.rows for item in found] == [240, 720, 960]
    assert found[-1].conversions == rows.label[(rows.keys["cutoff"] < "2026-05-01").to_numpy()].sum()
    assert all(item.roc_auc.low < item.roc_auc.value < item.roc_auc.high for item in found)
    assert found[0].as_dict()["months"] == 1


def test_without_times_there_is_no_history() -> None:
    rows = make_rows()
    timeless = dataclasses.replace(rows, keys=rows.keys[["entity_id"]])
    assert learning_curve(PLAN, VOCABULARY, timeless) == ()
    folds = definition("evaluation: {folds: 3}")
    assert learning_curve(folds, VOCABULARY, rows) == ()
