from __future__ import annotations

import numpy as np

from pqlml.audit.checks.events_after_conversion import look
from tests.audit.cases import NOISE, ROWS, WINS, case, found, why_not
from tests.audit.checks.replayed import replayed, told

INVOICES = np.where(WINS & (np.arange(ROWS) % 6 > 0), 1 + np.arange(ROWS) % 4, 0)


def test_a_count_to_the_end_of_the_data_is_found() -> None:
    assert set(found(look, replayed(told("ever")))) == {"x"}
    assert found(look, replayed(told("beyond"))) == {}


def test_a_count_that_only_winners_have_is_found_and_once() -> None:
    columns = {"invoices": INVOICES, "visits": np.random.default_rng(0).poisson(2 + WINS)}
    one = found(look, case(columns))["invoices"]
    assert "where 'invoices' is not 0, 97 of 97 rows convert" in one.evidence
    assert set(found(look, case(columns))) == {"invoices"}


def test_flags_and_measures_belong_to_another_check() -> None:
    assert found(look, case({"flag": (INVOICES > 0) * 1, "amount": np.where(WINS, 9.5, NOISE)})) == {}


def test_few_winners_tell_nothing_by_figures() -> None:
    few = np.arange(ROWS) < 10
    assert "figures need" in why_not(look, case({"x": NOISE}, label=few))
