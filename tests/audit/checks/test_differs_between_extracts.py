from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.case import Case, Earlier
from pqlml.audit.checks.differs_between_extracts import look
from pqlml.audit.columns import read_column
from tests.audit.cases import NOISE, ROWS, WINS, case, found, why_not

BEFORE = {"size": np.round(np.abs(NOISE) * 100), "plan": np.array(["free", "paid"])[np.arange(ROWS) % 2]}


def compared(**now: Any) -> Case:
    rows = np.arange(0, ROWS, 2)
    earlier = {name: read_column(pd.Series(BEFORE[name][rows]), name) for name in now}
    return case(now, earlier=Earlier(rows, earlier))


def test_the_same_values_pass_within_the_last_digits() -> None:
    assert found(look, compared(size=BEFORE["size"] * (1 + 1e-13), plan=BEFORE["plan"])) == {}


def test_what_changed_for_winners_is_an_error_with_how_many() -> None:
    size = np.where(WINS, BEFORE["size"] + 50, BEFORE["size"])
    plan = np.where(WINS & (np.arange(ROWS) % 4 == 0), "enterprise", BEFORE["plan"])
    told = found(look, compared(size=size, plan=plan))
    assert {name: one.severity for name, one in told.items()} == {"size": "error", "plan": "error"}
    assert told["size"].numbers["winners_that_differ"] == 1
    assert told["size"].numbers["others_that_differ"] == 0


def test_a_few_corrections_that_do_not_favour_winners_are_a_warning() -> None:
    size = BEFORE["size"].copy()
    size[np.flatnonzero(~WINS & (np.arange(ROWS) % 2 == 0))[:2]] += 1
    assert found(look, compared(size=size))["size"].severity == "warning"


def test_what_was_empty_then_is_counted() -> None:
    filled = BEFORE["size"].copy()
    earlier = np.where(WINS, np.nan, filled)
    looked_at = case(
        {"size": filled}, earlier=Earlier(np.arange(ROWS), {"size": read_column(pd.Series(earlier), "size")})
    )
    assert found(look, looked_at)["size"].numbers["filled_since"] == WINS.sum()


@pytest.mark.parametrize(
    ("earlier", "why"), [(None, "pass 'earlier'"), (Earlier(np.array([], int), {}), "none of these rows")]
)
def test_without_an_earlier_extract_it_cannot_look(earlier: Earlier | None, why: str) -> None:
    assert why in why_not(look, case({"x": NOISE}, earlier=earlier))
