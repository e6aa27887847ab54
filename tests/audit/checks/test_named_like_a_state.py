from __future__ import annotations

import numpy as np
import pytest

from pqlml.audit.checks.named_like_a_state import look, state_in
from tests.audit.cases import NOISE, ROWS, WINS, case, found, tells, timed, why_not


def test_a_state_that_goes_with_the_outcome_is_a_warning() -> None:
    columns = {"last_step": tells(WINS, 0.9), "Lead Grade": tells(WINS, 0.9, 1), "employees": tells(WINS, 0.9, 2)}
    told = found(look, case(columns))
    assert set(told) == {"last_step", "Lead Grade"}
    assert "speaks of a judgement on the lead" in told["Lead Grade"].evidence
    assert {one.severity for one in told.values()} == {"warning"}


def test_a_state_that_tells_nothing_passes() -> None:
    assert found(look, case({"status": np.array(["a", "b"])[np.arange(ROWS) % 2], "score": NOISE})) == {}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("lastModifiedBy", "last"),
        ("hs_lead_status", "status"),
        ("Deal Stage", "stage"),
        ("LEAD_SCORE", "score"),
        ("HTTPStatus", "status"),
        ("blast_radius", None),
        ("days_since_last_login", None),
        ("last_login_days_28", None),
        ("employees", None),
    ],
)
def test_words_are_found_in_names_of_any_style(name: str, word: str | None) -> None:
    assert state_in(name) == word


def test_where_rows_have_cutoffs_or_few_win_it_does_not_look() -> None:
    assert "have cutoffs" in why_not(look, timed({"status": NOISE}))
    assert "figures need" in why_not(look, case({"status": NOISE}, label=np.arange(ROWS) < 10))
