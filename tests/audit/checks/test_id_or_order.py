from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pqlml.audit.checks.id_or_order import look
from pqlml.audit.records import ENTITY_ID, ROW_ORDER
from tests.audit.cases import CUTOFF, NOISE, ROWS, WINS, case, found

PLACE = np.arange(ROWS)
SORTED = np.sort(WINS)


def test_a_running_number_among_the_columns_is_found() -> None:
    numbers = {"number": 5_000 + 7 * PLACE, "code": [f"L-{value:05d}/x" for value in 90_000 - 3 * PLACE]}
    warned = found(look, case(numbers | {"size": NOISE}))
    assert {name: one.severity for name, one in warned.items()} == {"number": "warning", "code": "warning"}
    assert warned["number"].numbers["rank_correlation"] == pytest.approx(1)


def test_a_number_that_runs_with_time_is_found_in_any_order_of_the_rows() -> None:
    chance = np.random.default_rng(0)
    order = chance.permutation(ROWS)
    cutoff = CUTOFF + (order // 100) * np.timedelta64(7, "D")
    columns = {"number": 10**6 + order * 1_000}
    assert set(found(look, case(columns, cutoff=cutoff))) == {"number"}
    assert found(look, case(columns)) == {}, "in no order, without time, and far apart"


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).choice(10**7, ROWS, replace=False) * 100,
        NOISE,
        np.round(NOISE * 100),
        PLACE + 0.5,
        np.where(PLACE % 50 == 0, np.nan, PLACE),
    ],
)
def test_other_numbers_pass(values: np.ndarray) -> None:
    assert found(look, case({"x": values})) == {}


def test_an_id_that_tells_the_outcome_is_an_error() -> None:
    number = np.where(WINS, 9 * 10**8, 0) + np.random.default_rng(2).choice(10**7, ROWS, replace=False)
    assert found(look, case({"customer": number}))["customer"].severity == "error"


def test_a_proven_column_is_no_id() -> None:
    assert found(look, case({"number": PLACE}, proven=frozenset({"number"}))) == {}


def test_rows_sorted_by_the_outcome_are_found_whatever_the_columns_say() -> None:
    assert set(found(look, case({"x": NOISE}, label=SORTED))) == {ROW_ORDER}


def test_rows_sorted_by_time_pass_though_the_rate_changes_with_it() -> None:
    chance = np.random.default_rng(3)
    late = np.arange(4_000) >= 2_000
    label = chance.random(4_000) < np.where(late, 0.5, 0.05)
    cutoff = np.where(late, CUTOFF + np.timedelta64(30, "D"), CUTOFF)
    values = {"x": chance.normal(size=4_000)}
    assert found(look, case(values, label=label, cutoff=cutoff)) == {}
    assert set(found(look, case(values, label=label))) == {ROW_ORDER}


def test_ids_that_tell_the_outcome_are_found() -> None:
    order = np.argsort(~WINS, kind="stable")
    ids = np.empty(ROWS, dtype=object)
    ids[order] = [f"c{number:04d}" for number in range(ROWS)]
    looked_at = case({"x": NOISE})
    assert found(look, looked_at) == {}
    told = found(look, replace(looked_at, ids=ids))
    assert {name: one.severity for name, one in told.items()} == {ENTITY_ID: "warning"}


def test_few_winners_leave_running_numbers_to_be_found() -> None:
    few = PLACE < 10
    assert set(found(look, case({"number": PLACE}, label=few))) == {"number"}
