"""What settings are worth, and when they are kept."""

from __future__ import annotations

import numpy as np
import pytest

from pqlml.dataset import split_rows
from pqlml.model.evaluation import evaluate_candidates
from pqlml.model.metrics import Interval
from pqlml.model.tune.worth import WORTH_METRICS, Worth, settings_worth, untuned, worth_beside
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

PLAN = "evaluation: {test_from: 2026-04-01, origins: 1}\n"
ROWS = make_rows(60)


def worth(average_precision: tuple[float, float, float], log_loss: tuple[float, float, float]) -> Worth:
    gain = {"average_precision": Interval(*average_precision), "neg_log_loss": Interval(*log_loss)}
    return Worth(gain, gain, gain)


@pytest.mark.parametrize(
    ("average_precision", "log_loss", "better", "told"),
    [
        ((0.004, -0.002, 0.01), (0.001, -0.001, 0.002), False, "nothing beyond the interval, which is a fine answer"),
        ((0.004, -0.002, 0.01), (0.002, 0.001, 0.003), True, "better beyond the interval in log loss"),
        ((-0.03, -0.05, -0.01), (0.002, 0.001, 0.003), False, "it costs elsewhere what it brings here"),
        ((0.03, 0.01, 0.05), (-0.002, -0.003, -0.001), False, "worse on rows that the search did not see"),
        ((0.03, 0.01, 0.05), (0.002, -0.001, 0.003), False, "nothing beyond the interval"),
    ],
)
def test_the_burden_of_proof_is_with_the_settings(
    average_precision: tuple[float, float, float], log_loss: tuple[float, float, float], better: bool, told: str
) -> None:
    found = worth(average_precision, log_loss)
    assert found.better("neg_log_loss") is better
    sentence = found.sentence("neg_log_loss")
    assert told in sentence
    assert ("The defaults stay." in sentence) is not better
    assert f"{average_precision[0]:+.3f} [{average_precision[1]:+.3f}, {average_precision[2]:+.3f}]" in sentence


def test_ranking_can_be_what_settings_are_chosen_for() -> None:
    found = worth((0.03, 0.01, 0.05), (0.002, -0.001, 0.003))
    assert found.better("average_precision")
    assert "better beyond the interval in average precision" in found.sentence("average_precision")


def test_settings_that_learn_by_heart_are_worse_on_the_same_rows() -> None:
    by_heart = "model: {n_trees: 300, learning_rate: 1, num_leaves: 60, min_child_rows: 1, l2: 0}"
    dull, plain = definition(PLAN + by_heart), definition(PLAN)
    rows = make_rows(120)
    split = split_rows(plain, rows.keys, rows.label)
    found = settings_worth(dull, plain, VOCABULARY, rows, split, progress=lambda _: None)
    assert found.gain["neg_log_loss"].high < 0
    for name in WORTH_METRICS:
        assert found.gain[name].value == pytest.approx(found.tuned[name].value - found.defaults[name].value)
    evaluation = evaluate_candidates(plain, VOCABULARY, rows, split, progress=lambda _: None)
    assert found.defaults["roc_auc"] == evaluation.metrics["model"]["roc_auc"]
    assert set(found.as_dict()) == set(WORTH_METRICS)
    assert found.as_dict()["roc_auc"]["gain"] == found.gain["roc_auc"].as_dict()


def test_beside_an_evaluation_nothing_but_the_defaults_is_fitted_again() -> None:
    tuned = definition(PLAN + "model: {n_trees: 20}")
    split = split_rows(tuned, ROWS.keys, ROWS.label)
    evaluation = evaluate_candidates(tuned, VOCABULARY, ROWS, split, progress=lambda _: None)
    beside = worth_beside(evaluation, tuned, VOCABULARY, ROWS)
    anew = settings_worth(tuned, untuned(tuned), VOCABULARY, ROWS, split, progress=lambda _: None)
    for name in WORTH_METRICS:
        np.testing.assert_allclose(beside.gain[name], anew.gain[name], atol=1e-9)


def test_over_repeated_folds_the_log_odds_are_averaged() -> None:
    folds = definition("evaluation: {folds: 2, repeats: 2}\nmodel: {n_trees: 20}")
    split = split_rows(folds, ROWS.keys, ROWS.label)
    evaluation = evaluate_candidates(folds, VOCABULARY, ROWS, split, progress=lambda _: None)
    beside = worth_beside(evaluation, folds, VOCABULARY, ROWS)
    assert beside.tuned["roc_auc"] == evaluation.metrics["model"]["roc_auc"]
    anew = settings_worth(folds, untuned(folds), VOCABULARY, ROWS, split, progress=lambda _: None)
    np.testing.assert_allclose(beside.gain["neg_log_loss"], anew.gain["neg_log_loss"], atol=1e-9)
