from __future__ import annotations

import numpy as np

from pqlml.audit.checks.known_only_for_winners import look
from tests.audit.cases import NOISE, ROWS, WINS, case, either, found, why_not

SOME = np.arange(ROWS) % 4 > 0


def test_a_value_that_only_winners_have_is_found_whatever_it_is() -> None:
    columns = {
        "contract": either(WINS & SOME, "signed", None),
        "amount": np.where(WINS & SOME, NOISE, np.nan),
        "date": either(WINS & SOME, "2026-03-01", None),
        "gaps": np.where(SOME, NOISE, np.nan),
    }
    told = found(look, case(columns))
    assert set(told) == {"contract", "amount", "date"}
    assert "where 'contract' is known, 96 of 96 rows convert (100.0%; 20.0% of all do)" in told["contract"].evidence


def test_a_gap_that_only_winners_have_is_found() -> None:
    told = found(look, case({"reason_lost": either(WINS, None, "price")}))
    assert "where 'reason_lost' is missing" in told["reason_lost"].evidence


def test_values_that_tell_more_than_their_gaps_belong_to_another_check() -> None:
    assert found(look, case({"score": np.where(SOME, np.where(WINS, 9.0, 1.0), np.nan)})) == {}


def test_few_winners_tell_nothing() -> None:
    few = np.arange(ROWS) < 10
    assert "figures need" in why_not(look, case({"x": NOISE}, label=few))
