from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.columns import read_column
from pqlml.audit.regions import known_region, pure_region, telling_region
from tests.audit.cases import ROWS, WINS, either

NOBODY_TWICE = np.arange(ROWS)
BASE = float(WINS.mean())


def test_the_plainest_telling_set_is_named() -> None:
    steps = read_column(pd.Series(np.where(WINS, 5, np.arange(ROWS) % 4)), "steps")
    assert telling_region(steps, WINS).words == "is at least 5"
    low = read_column(pd.Series(np.where(WINS, -1.0, np.arange(ROWS) % 4)), "low")
    assert telling_region(low, WINS).words == "is at most -1"
    text = np.where(WINS, np.array(["won", "signed"])[np.arange(ROWS) % 2], "open")
    region = telling_region(read_column(pd.Series(text), "stage"), WINS)
    assert region.words in ("is one of 'won', 'signed'", "is one of 'signed', 'won'")
    gaps = read_column(pd.Series(np.where(WINS, 1.0, np.nan)), "gaps")
    assert telling_region(gaps, WINS).words == "is known"


def test_a_set_is_told_with_its_figures() -> None:
    gaps = read_column(pd.Series(np.where(WINS | (np.arange(ROWS) < 10), 1.0, np.nan)), "contract")
    region = known_region(gaps, WINS)
    assert region is not None
    assert region.winners == WINS.sum()
    assert region.told("contract", BASE).startswith(f"where 'contract' is known, 120 of {region.rows} rows convert (")
    assert region.numbers()["share_of_winners"] == 1.0
    assert known_region(read_column(pd.Series([1.0] * ROWS), "full"), WINS) is None


@pytest.mark.parametrize(("bought", "others", "pure"), [(30, 0, True), (9, 0, False), (60, 1, True), (60, 40, False)])
def test_a_set_of_winners_is_pure_if_there_are_enough_of_them_and_hardly_anybody_else(
    bought: int, others: int, *, pure: bool
) -> None:
    many = np.concatenate([WINS, np.zeros(20 * ROWS, bool)])
    inside = np.zeros(len(many), bool)
    inside[np.flatnonzero(many)[:bought]] = True
    inside[np.flatnonzero(~many)[:others]] = True
    column = read_column(pd.Series(either(inside, "x", None)), "x")
    assert (pure_region(column, many, np.arange(len(many))) is not None) == pure


def test_the_far_end_of_a_count_is_no_set_of_its_own() -> None:
    chance = np.random.default_rng(0)
    count = np.where(WINS, chance.poisson(9, ROWS), chance.poisson(1, ROWS)).astype(float)
    assert pure_region(read_column(pd.Series(count), "count"), WINS, NOBODY_TWICE) is None


def test_a_column_that_never_changes_is_judged_by_entities() -> None:
    entity = np.repeat(NOBODY_TWICE, 5)
    label = np.repeat(WINS, 5) & (np.arange(len(entity)) % 5 == 4)
    status = read_column(pd.Series(np.where(np.repeat(WINS, 5), "customer", "lead")), "status")
    region = pure_region(status, label, entity)
    assert region is not None
    assert (region.words, region.rows, region.winners) == ("is 'customer'", 120, 120)
