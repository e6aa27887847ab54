"""The honest measure: all candidates on the same unseen rows, hand-set points in their own order."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from pqlml.dataset import Fold, Split, split_rows
from pqlml.model import evaluation
from pqlml.model.bundle import KINDS
from pqlml.model.candidates import rival_log_odds
from pqlml.model.capacity import CAPACITY_METRICS
from pqlml.model.evaluation import Evaluation, evaluate_candidates, judged_as
from pqlml.model.fit import fit_model
from pqlml.model.headline import headline, verdict
from pqlml.model.metrics import METRICS
from pqlml.model.scorecard import PointsScorecard
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

PLAN = "evaluation: {test_from: 2026-04-01}"
ROWS = make_rows()


def judged(more: str, *, card: bool = True, said: list[str] | None = None) -> Evaluation:
    plan = definition(more)
    plan = plan if card else plan.model_copy(update={"points": ()})
    split = split_rows(plan, ROWS.keys, ROWS.label)
    notes = said if said is not None else []
    return evaluate_candidates(plan, VOCABULARY, ROWS, split, progress=notes.append)


@pytest.fixture(scope="module")
def forward() -> Evaluation:
    return judged(PLAN)


def test_both_candidates_are_judged_by_every_metric(forward: Evaluation) -> None:
    assert list(forward.metrics) == ["model", "points", "linear"], "no feature tells of activity as a whole"
    assert list(forward.differences) == ["points", "linear"]
    for found in forward.metrics.values():
        assert tuple(found) == (*METRICS, *CAPACITY_METRICS)
        assert found["roc_auc"].low < found["roc_auc"].value < found["roc_auc"].high
    assert forward.metrics["model"]["roc_auc"].value > forward.metrics["points"]["roc_auc"].value > 0.6


def test_only_unseen_rows_are_judged(forward: Evaluation) -> None:
    (fold,) = forward.split.folds
    np.testing.assert_array_equal(forward.rows, fold.test)
    np.testing.assert_array_equal(forward.label, ROWS.label[fold.test])
    np.testing.assert_array_equal(forward.entity, ROWS.entity[fold.test])
    assert forward.model.training.rows == len(fold.train)
    np.testing.assert_array_equal(forward.probability["model"], forward.model.probability(ROWS.values.iloc[fold.test]))


def test_the_points_keep_their_order_and_their_ties(forward: Evaluation) -> None:
    points = forward.card_points
    assert points is not None
    np.testing.assert_array_equal(points, PointsScorecard(definition().points).points(ROWS.values.iloc[forward.rows]))
    by_points = {value: set(forward.probability["points"][points == value].round(12)) for value in np.unique(points)}
    assert all(len(probabilities) == 1 for probabilities in by_points.values())
    steps = [max(probabilities) for _, probabilities in sorted(by_points.items())]
    assert len(steps) > 3
    assert all(low < high for low, high in itertools.pairwise(steps))


def test_the_points_get_probabilities_from_the_training_part_alone() -> None:
    fold = Fold(np.arange(0, 600), np.arange(600, 1200))
    split = Split((fold,), 1, forward=True, headline="by hand")
    changed = ROWS.label.copy()
    changed[fold.test] = 1 - changed[fold.test]
    first, second = (
        evaluate_candidates(
            definition(), VOCABULARY, dataclasses.replace(ROWS, label=label), split, progress=lambda _: None
        ).probability
        for label in (ROWS.label, changed)
    )
    np.testing.assert_array_equal(first["points"], second["points"])
    np.testing.assert_array_equal(first["model"], second["model"])


def test_newest_activity_first_is_judged_where_activity_has_times() -> None:
    newest = dataclasses.replace(ROWS.features[1], name="any.recency", group="any", events=None)
    days = ROWS.values["limit_hit.recency"]
    rows = dataclasses.replace(
        ROWS, features=(*ROWS.features, newest), values=ROWS.values.assign(**{"any.recency": days})
    )
    plan = definition(PLAN)
    split = split_rows(plan, rows.keys, rows.label)
    found = evaluate_candidates(plan, VOCABULARY, rows, split, progress=lambda _: None)
    assert list(found.metrics) == ["model", "points", "linear", "recency"]
    order = np.argsort(-found.probability["recency"], kind="stable")
    shown = days.iloc[found.rows].to_numpy()[order]
    known = ~np.isnan(shown)
    assert known[: known.sum()].all(), "who was never active comes last"
    assert (np.diff(shown[known]) >= 0).all()


def test_a_challenger_learns_from_the_training_part_alone() -> None:
    fold = Fold(np.arange(0, 600), np.arange(600, 1200))
    changed = ROWS.label.copy()
    changed[fold.test] = 1 - changed[fold.test]
    both = [dataclasses.replace(ROWS, label=label) for label in (ROWS.label, changed)]
    first, second = (rival_log_odds("points", definition(), rows, fold) for rows in both)
    np.testing.assert_array_equal(first, second)
    for kind in KINDS:
        first, second = (
            fit_model(definition(), VOCABULARY, rows, fold.train, kind=kind).log_odds(rows.values) for rows in both
        )
        np.testing.assert_array_equal(first, second)


def test_the_tables_can_be_turned_without_fitting_again(forward: Evaluation) -> None:
    plan = definition(PLAN)
    turned = judged_as(forward, "linear", plan, ROWS)
    asked = evaluate_candidates(
        plan, VOCABULARY, ROWS, split_rows(plan, ROWS.keys, ROWS.label), kind="linear", progress=lambda _: None
    )
    assert list(turned.metrics) == list(asked.metrics) == ["model", "points", "trees"]
    assert turned.metrics == asked.metrics
    assert turned.differences == asked.differences
    assert turned.metrics["trees"] == forward.metrics["model"]
    assert (turned.model.kind, turned.others["trees"]) == ("linear", forward.model)
    assert judged_as(forward, "trees", plan, ROWS) is forward


def test_without_a_card_the_model_stands_alone() -> None:
    alone = judged(PLAN, card=False)
    assert list(alone.metrics) == ["model", "linear"]
    assert alone.card_points is None
    assert "points" not in headline(alone)


def test_folds_judge_every_row_and_repeats_are_averaged_in_log_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[float] = []

    class Constant:
        def __init__(self, value: float) -> None:
            self.value = value

        def log_odds(self, values: object) -> np.ndarray:
            assert hasattr(values, "__len__")
            return np.full(len(values), self.value)

    def fake(*_: object, kind: str) -> Constant:
        if kind == "linear":
            return Constant(-2.0)
        calls.append(-1.0 if len(calls) < 3 else 3.0)
        return Constant(calls[-1])

    monkeypatch.setattr(evaluation, "fit_model", fake)
    said: list[str] = []
    found = judged("evaluation: {folds: 3, repeats: 2}", said=said)
    np.testing.assert_array_equal(found.rows, np.arange(len(ROWS.label)))
    np.testing.assert_allclose(found.probability["model"], 1 / (1 + np.exp(-1)))
    assert said[0] == "judging on unseen rows, part 1 of 6"
    assert len(said) == 6


def test_the_headline_carries_figures_intervals_and_how_it_was_judged(forward: Evaluation) -> None:
    told = headline(forward)
    assert told.startswith(verdict(forward))
    model, points = (forward.metrics[name]["roc_auc"] for name in ("model", "points"))
    assert f"model {model.value:.3f} [{model.low:.3f}, {model.high:.3f}]" in told
    assert f"points {points.value:.3f} [{points.low:.3f}, {points.high:.3f}]" in told
    assert "Forward in time: judged on cutoffs from 2026-04-01 on" in told
    caught = forward.metrics["model"]["recall_at_10_percent"].value
    assert f"hold {caught:.0%} [" in verdict(forward)
    assert "with the hand-set points it is" in verdict(forward)
