"""Metrics equal scikit-learn's, and intervals equal those of a slow bootstrap that copies rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model.metrics import METRICS, Interval, compare, judge, paired_difference

RATE = 0.2


def rows(count: int = 400, entities: int = 90, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities with many ties, entities with several rows each."""
    rng = np.random.default_rng(seed)
    probability = np.round(rng.beta(1, 4, count), 1)
    label = (rng.random(count) < probability).astype(int)
    entity = np.array([f"e{code}" for code in rng.integers(entities, size=count)])
    return label, probability, entity


def slow_metrics(label: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Measure with scikit-learn, and shuffled ties by their expectation, row by row."""
    brier = brier_score_loss(label, probability)
    per_row, expected = np.empty(len(label)), np.empty(len(label))
    order = np.argsort(-probability, kind="stable")
    for value in np.unique(probability):
        places = np.flatnonzero(probability[order] == value)
        per_row[places] = label[probability == value].mean()
        expected[places] = value
    top = len(label) / 10
    hits, upper = (
        sum(rate * min(1, max(0, end - place)) for place, rate in enumerate(per_row)) for end in (top, len(label) / 2)
    )
    return {
        "roc_auc": roc_auc_score(label, probability),
        "average_precision": average_precision_score(label, probability),
        "neg_log_loss": -log_loss(label, probability),
        "neg_brier_score": -brier,
        "brier_skill": 1 - brier / np.mean((RATE - label) ** 2),
        "expected_calibration_error": sum(
            abs(
                sum(
                    (p - rate) * max(0, min(place + 1, high) - max(place, low))
                    for place, (p, rate) in enumerate(zip(expected, per_row, strict=True))
                )
            )
            for low, high in ((i * top, (i + 1) * top) for i in range(10))
        )
        / len(label),
        "lift_at_10_percent": hits / top / label.mean(),
        "precision_at_10_percent": hits / top,
        "recall_at_10_percent": hits / label.sum(),
        "recall_in_bottom_half": 1 - upper / label.sum(),
    }


def slow_bootstrap(
    label: np.ndarray, probability: np.ndarray, entity: np.ndarray, replicates: int, seed: int
) -> list[dict[str, float]]:
    """Copy the rows of the drawn entities, then measure."""
    names = sorted(set(entity))
    rng = np.random.default_rng(seed)
    found: list[dict[str, float]] = []
    while len(found) < replicates:
        drawn = rng.integers(len(names), size=len(names))
        index = np.concatenate([np.flatnonzero(entity == names[code]) for code in drawn])
        if 0 < label[index].sum() < len(index):
            found.append(slow_metrics(label[index], probability[index]))
    return found


def test_every_metric_and_interval_equals_the_slow_reference() -> None:
    label, probability, entity = rows()
    fast = judge(label, {"model": probability}, entity, reference_rate=RATE, replicates=25, seed=7)["model"]
    slow, resampled = slow_metrics(label, probability), slow_bootstrap(label, probability, entity, 25, 7)
    assert list(fast) == list(METRICS)
    for name, interval in fast.items():
        low, high = np.percentile([found[name] for found in resampled], [2.5, 97.5])
        assert interval == pytest.approx((slow[name], low, high), abs=1e-12), name


def test_one_draw_decides_where_few_entities_converted() -> None:
    label = np.array([1, 0, 0, 0])
    entity = np.array(["a", "b", "c", "d"])
    probability = np.array([0.4, 0.1, 0.2, 0.3])
    found = judge(label, {"model": probability}, entity, reference_rate=0.25, replicates=50)["model"]
    assert found["roc_auc"] == Interval(1.0, 1.0, 1.0)


def test_an_interval_widens_when_the_same_rows_belong_to_fewer_entities() -> None:
    label, probability, _ = rows(count=300)
    alone = np.arange(300)
    wide = judge(np.tile(label, 4), {"m": np.tile(probability, 4)}, np.tile(alone, 4), reference_rate=RATE)["m"]
    narrow = judge(np.tile(label, 4), {"m": np.tile(probability, 4)}, np.arange(1200), reference_rate=RATE)["m"]
    width = {name: (found["roc_auc"].high - found["roc_auc"].low) for name, found in (("w", wide), ("n", narrow))}
    assert width["w"] > 1.6 * width["n"]


def test_the_seed_decides_and_the_order_of_the_rows_does_not() -> None:
    label, probability, entity = rows()
    shuffled = np.random.default_rng(0).permutation(len(label))
    first = judge(label, {"m": probability}, entity, reference_rate=RATE, replicates=20)["m"]
    again = judge(label[shuffled], {"m": probability[shuffled]}, entity[shuffled], reference_rate=RATE, replicates=20)
    other = judge(label, {"m": probability}, entity, reference_rate=RATE, replicates=20, seed=1)["m"]
    for name in METRICS:
        assert again["m"][name] == pytest.approx(first[name], abs=1e-12)
    assert other["roc_auc"].low != first["roc_auc"].low


def test_a_difference_is_zero_to_itself_and_sharper_than_the_parts() -> None:
    label, probability, entity = rows(count=2000, entities=500)
    nearly = np.clip(probability + np.random.default_rng(0).normal(0, 0.02, 2000), 0, 1)
    assert paired_difference(label, probability, probability, entity, "roc_auc") == Interval(0.0, 0.0, 0.0)
    apart = paired_difference(label, nearly, probability, entity, "roc_auc")
    both = judge(label, {"a": nearly, "b": probability}, entity, reference_rate=RATE)
    assert apart.value == pytest.approx(both["a"]["roc_auc"].value - both["b"]["roc_auc"].value, abs=1e-12)
    assert apart.high - apart.low < 0.5 * (both["a"]["roc_auc"].high - both["a"]["roc_auc"].low)


def test_a_constant_prediction_has_no_skill_and_no_lift() -> None:
    label, _, entity = rows()
    constant = np.full(len(label), RATE)
    found = judge(label, {"m": constant}, entity, reference_rate=RATE, replicates=5)["m"]
    assert found["brier_skill"].value == pytest.approx(0, abs=1e-12)
    assert found["lift_at_10_percent"] == pytest.approx((1, 1, 1))
    assert found["recall_at_10_percent"].value == pytest.approx(0.1)
    assert found["roc_auc"].value == 0.5


def test_certain_and_wrong_costs_a_finite_log_loss_as_in_scikit_learn() -> None:
    label, probability = np.array([0, 1, 1, 0]), np.array([1.0, 1.0, 0.0, 0.0])
    found = judge(label, {"m": probability}, np.arange(4), reference_rate=0.5, replicates=5)["m"]
    assert found["neg_log_loss"].value == pytest.approx(-log_loss(label, probability), abs=1e-12)


@pytest.mark.parametrize("label", [[0, 0, 0], [1, 1, 1]])
def test_one_class_only_is_refused_with_the_counts(label: list[int]) -> None:
    with pytest.raises(NotEnoughDataError, match=rf"{sum(label)} of 3 rows converted"):
        judge(label, {"m": [0.1, 0.2, 0.3]}, ["a", "b", "c"], reference_rate=0.5)


@pytest.mark.parametrize(
    ("label", "probability", "entity", "message"),
    [
        ([0, 1], [0.1, 0.2, 0.3], ["a", "b"], r"shape \(3,\)"),
        ([0, 1], [0.1, 0.2], ["a"], "entity"),
        ([0, 2], [0.1, 0.2], ["a", "b"], "must be 0 or 1"),
        ([0, 1], [0.1, 55.0], ["a", "b"], "outside"),
        ([0, 1], [0.1, np.nan], ["a", "b"], "nulls"),
    ],
)
def test_rows_that_cannot_be_measured_are_refused(
    label: list[int], probability: list[float], entity: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        judge(label, {"m": probability}, entity, reference_rate=0.5)


def test_no_resamples_is_refused() -> None:
    with pytest.raises(DataError, match="replicates=0"):
        judge([0, 1], {"m": [0.1, 0.2]}, ["a", "b"], reference_rate=0.5, replicates=0)


def test_an_interval_as_a_dictionary() -> None:
    assert Interval(0.5, 0.4, 0.6).as_dict() == {"value": 0.5, "low": 0.4, "high": 0.6}


def test_differences_of_a_comparison_are_the_paired_ones() -> None:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, 400)
    better, worse = np.clip(label * 0.3 + rng.random(400) * 0.7, 0, 1), rng.random(400)
    entity = rng.integers(0, 90, 400)
    compared = compare(label, {"a": better, "b": worse}, entity, reference_rate=0.5, replicates=50)
    assert compared.metrics == judge(label, {"a": better, "b": worse}, entity, reference_rate=0.5, replicates=50)
    assert compared.differences["b"]["roc_auc"] == paired_difference(
        label, better, worse, entity, "roc_auc", replicates=50
    )
