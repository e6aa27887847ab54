"""Gain, calibration and precision at k: small cases counted by hand, and ties in expectation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.errors import DataError, NotEnoughDataError
from pqlml.model.metrics import judge
from pqlml.model.tables import calibration_table, gain_table, precision_at_k_table


def test_gain_counted_by_hand() -> None:
    found = gain_table([1, 0, 1, 0, 0], [90, 70, 50, 30, 10], steps=5)
    assert found["share"].tolist() == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert found["conversions"].tolist() == [1, 1, 2, 2, 2]
    assert found["recall"].tolist() == [0.5, 0.5, 1, 1, 1]
    assert found["lift"].tolist() == pytest.approx([2.5, 1.25, 5 / 3, 1.25, 1])


def test_ties_count_as_the_mean_over_all_their_orders() -> None:
    label, score = np.array([1, 0, 0, 1, 0, 1]), np.array([9, 5, 5, 5, 5, 1])
    rng = np.random.default_rng(0)
    tops = []
    for _ in range(4000):
        shuffled = rng.permutation(6)
        order = shuffled[np.argsort(-score[shuffled], kind="stable")]
        tops.append(np.cumsum(label[order]))
    found = precision_at_k_table(label, score, ks=range(1, 7))
    assert found["conversions"].to_numpy() == pytest.approx(np.mean(tops, axis=0), abs=0.03)
    assert found["conversions"].tolist() == pytest.approx([1, 1.25, 1.5, 1.75, 2, 3])


def test_scores_without_any_difference_are_worth_a_lift_of_one() -> None:
    assert gain_table([1, 0, 0, 1], [7, 7, 7, 7])["lift"].to_numpy() == pytest.approx(1)


def test_default_list_lengths_are_round_and_end_with_all_rows() -> None:
    label = np.arange(130) % 2
    assert precision_at_k_table(label, label)["k"].tolist() == [10, 20, 50, 100, 130]


def test_list_lengths_beyond_the_rows_are_left_out() -> None:
    assert precision_at_k_table([1, 0], [2, 1], ks=[0, 1, 2, 3])["k"].tolist() == [1, 2]


def test_calibration_counted_by_hand() -> None:
    found = calibration_table([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8], bins=2)
    assert found["probability"].tolist() == pytest.approx([0.2, 0.7])
    assert found["rate"].tolist() == [0, 1]
    assert found["rows"].tolist() == [2, 2]
    assert (found["low"] <= found["rate"]).all()
    assert (found["high"] >= found["rate"]).all()


def test_wilson_interval_of_a_known_case() -> None:
    found = calibration_table([1] * 5 + [0] * 15, [0.25] * 20, bins=1)
    assert found["low"].iloc[0] == pytest.approx(0.1119, abs=1e-4)
    assert found["high"].iloc[0] == pytest.approx(0.4687, abs=1e-4)


def test_rows_of_one_entity_count_together() -> None:
    rng = np.random.default_rng(3)
    label, probability = (rng.random(200) < 0.3).astype(float), rng.random(200)
    alone = calibration_table(label, probability, bins=4)
    for distinct in (None, np.arange(200)):
        pd.testing.assert_frame_equal(calibration_table(label, probability, bins=4, entity=distinct), alone)
    # Each row five times: five times the rows, and the interval of the one.
    often = calibration_table(label.repeat(5), probability.repeat(5), bins=4, entity=np.arange(200).repeat(5))
    pd.testing.assert_frame_equal(often[["rate", "low", "high"]], alone[["rate", "low", "high"]])
    assert (often["rows"] == 5 * alone["rows"]).all()


def test_calibration_table_agrees_with_the_calibration_error() -> None:
    rng = np.random.default_rng(1)
    probability = np.round(rng.random(503), 2)
    label = (rng.random(503) < probability**2).astype(int)
    table = calibration_table(label, probability)
    error = judge(label, {"m": probability}, np.arange(503), reference_rate=0.3, replicates=2)["m"]
    mean = (table["probability"] - table["rate"]).abs().mean()
    assert mean == pytest.approx(error["expected_calibration_error"].value, abs=1e-12)
    assert table["conversions"].sum() == pytest.approx(label.sum())


@pytest.mark.parametrize("table", [gain_table, precision_at_k_table, calibration_table])
def test_what_cannot_be_tabulated_is_refused(table: object) -> None:
    assert callable(table)
    with pytest.raises(NotEnoughDataError, match="none of the 2 rows"):
        table([0, 0], [0.1, 0.2])
    with pytest.raises(NotEnoughDataError, match="none of the 0 rows"):
        table([], [])
    with pytest.raises(DataError, match="shape"):
        table([0, 1], [0.1])
    with pytest.raises(DataError, match="1 of 2 scores are null"):
        table([0, 1], [0.1, np.nan])
