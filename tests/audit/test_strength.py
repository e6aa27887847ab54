from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pqlml.audit.columns import Column, read_column
from pqlml.audit.strength import auc_of, in_play, is_static, separation, strengths

ROWS = 6_000
LABEL = np.random.default_rng(0).random(ROWS) < 0.2


def column(values: object, name: str = "x") -> Column:
    return read_column(pd.Series(values), name)


def number(apart: float, seed: int = 1) -> np.ndarray:
    drawn: np.ndarray = np.random.default_rng(seed).normal(size=ROWS) + apart * LABEL
    return drawn


def excess(values: object) -> float:
    return strengths({"x": column(values)}, LABEL, np.arange(ROWS), 0)["x"].excess


@pytest.mark.parametrize("apart", [0.0, 0.6, 1.19, 1.47])
def test_an_honest_number_of_auc_up_to_85_is_plausible(apart: float) -> None:
    assert excess(number(apart)) < -0.2


@pytest.mark.parametrize("shape", ["poisson", "exponential", "gamma", "lognormal"])
def test_so_is_a_skewed_count_whose_highest_values_nearly_all_convert(shape: str) -> None:
    chance = np.random.default_rng(2)
    draws: dict[str, Any] = {
        "poisson": chance.poisson(0.5, ROWS),
        "exponential": chance.exponential(1, ROWS),
        "gamma": chance.poisson(chance.gamma(0.5, 4, ROWS)),
        "lognormal": chance.lognormal(0, 1, ROWS),
    }
    draw = draws[shape]
    values = (draw - draw.mean()) / draw.std()
    label = chance.random(ROWS) < 1 / (1 + np.exp(2.6 - 1.25 * values))
    assert roc_auc_score(label, values) > 0.75
    assert strengths({"x": column(values)}, label, np.arange(ROWS), 0)["x"].excess < -0.1


def test_a_number_that_tells_too_well_is_not_whatever_its_direction_or_form() -> None:
    assert excess(number(2.4)) > 0
    assert excess(-number(2.4)) > 0
    assert excess(np.where(number(3) > 1.5, "yes", "no")) > 0
    assert excess(np.abs(number(4) - 4)) > 0, "not monotone"


def test_separation_of_two_normal_distributions_is_their_distance() -> None:
    found = strengths({"x": column(number(1.0))}, LABEL, np.arange(ROWS), 0)["x"]
    assert found.separation == pytest.approx(1.0, abs=0.15)
    assert found.auc == pytest.approx(0.76, abs=0.02)
    assert separation(np.array([0.84]), np.array([0.5]), 10**9, 10**9)[0] == pytest.approx(0.994, abs=1e-3)
    assert separation(np.array([0.84]), np.array([0.5]), 100, 100)[0] < 0.7


def test_dormant_rows_do_not_make_every_sign_of_life_a_leak() -> None:
    chance = np.random.default_rng(3)
    awake = chance.random(ROWS) < 0.1
    label = awake & (chance.random(ROWS) < 0.2)
    use = {f"count_{kind}": column(awake * (1 + chance.poisson(2 + label))) for kind in range(6)}
    assert in_play(use.values(), label).sum() == pytest.approx(awake.sum(), abs=awake.sum() * 0.1)
    assert all(found.excess < 0 for found in strengths(use, label, np.arange(ROWS), 0).values())
    alone = {"count_0": use["count_0"]}
    assert in_play(alone.values(), label).all(), "one column is not enough to call a row dormant"


def test_a_column_that_never_changes_is_measured_over_entities() -> None:
    entity = np.repeat(np.arange(ROWS // 4), 4)
    label = (np.arange(ROWS) % 4 == 3) & (entity % 8 == 0)
    buyers = column(np.where(entity % 8 == 0, "customer", "lead"))
    found = strengths({"x": buyers}, label, entity, 0)["x"]
    assert found.per_entity
    assert found.winners_above == pytest.approx(1, abs=0.01)
    assert found.others_above == 0
    assert not is_static(column(np.arange(ROWS)), entity)
    assert not is_static(column(np.arange(ROWS)), np.arange(ROWS)), "one row each shows nothing"


def test_constants_and_names_are_not_measured_and_few_winners_are_no_evidence() -> None:
    columns = {"constant": column([1] * ROWS), "name": column([f"n{number}" for number in range(ROWS)])}
    assert strengths(columns, LABEL, np.arange(ROWS), 0) == {}
    few = np.arange(ROWS) < 9
    assert strengths({"x": column(few * 1.0)}, few, np.arange(ROWS), 0)["x"].excess == -np.inf


def test_area_counts_ties_by_half_and_missing_values_as_lowest() -> None:
    values = np.array([3.0, 1.0, 1.0, np.nan, 2.0])
    label = np.array([True, True, False, False, False])
    area = auc_of(Column("x", "number", values), label, ~label)
    assert area.value == pytest.approx(roc_auc_score(label, np.nan_to_num(values, nan=-9)))
    wide = auc_of(Column("x", "number", number(1.0)), LABEL, ~LABEL)
    halves = [auc_of(Column("x", "number", number(1.0, seed)), LABEL, ~LABEL).value for seed in range(60)]
    assert wide.error == pytest.approx(np.std(halves), rel=0.35)
