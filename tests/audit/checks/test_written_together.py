from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.checks.written_together import look, shared
from pqlml.audit.columns import read_column
from tests.audit.cases import NOISE, case, either, found, timed, why_not

CHANCE = np.random.default_rng(0)
WINS = CHANCE.random(4_000) < 0.3
TOUCHED = CHANCE.random(4_000) < np.where(WINS, 0.8, 0.5)
TAG = either(TOUCHED, either(WINS, "will buy", CHANCE.choice(["busy", "no answer"], 4_000)), None)
COLUMNS = {
    "tag": TAG,
    "job": either(TOUCHED & (CHANCE.random(4_000) < 0.95), CHANCE.choice(["student", "clerk"], 4_000), None),
    "country": CHANCE.choice(["US", "DE"], 4_000),
    "honest": CHANCE.normal(size=4_000) + WINS,
}


def test_what_is_filled_in_with_a_leak_is_found_and_nothing_else() -> None:
    told = found(look, case(COLUMNS, label=WINS))
    assert set(told) == {"job"}
    assert "with 'tag', which leaks" in told["job"].evidence
    assert told["job"].severity == "warning"


def test_without_a_leak_nothing_is_written_together_with_one() -> None:
    harmless = {**COLUMNS, "tag": either(TOUCHED, "touched", None)}
    assert found(look, case(harmless, label=WINS)) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [(TAG, 1.0), (CHANCE.choice(list("abcdefgh"), 4_000), 0.0), (CHANCE.normal(size=4_000) + 2 * WINS, 0.0)],
)
def test_only_what_the_outcome_does_not_explain_counts(values: np.ndarray, expected: float) -> None:
    column, tag = (read_column(pd.Series(one), "x") for one in (values, TAG))
    assert shared(column, tag, WINS) == pytest.approx(expected, abs=0.01)


def test_where_rows_have_cutoffs_or_few_win_it_does_not_look() -> None:
    assert "have cutoffs" in why_not(look, timed({"x": NOISE}))
    assert "figures need" in why_not(look, case({"x": NOISE}, label=np.arange(len(NOISE)) < 10))
