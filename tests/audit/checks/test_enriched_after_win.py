from __future__ import annotations

import numpy as np
import pytest

from pqlml.audit.checks.enriched_after_win import look
from tests.audit.cases import NOISE, ROWS, WINS, case, either, found, tells, why_not
from tests.audit.checks.replayed import replayed, told

CHANCE = np.random.default_rng(0)
MANY = CHANCE.random(4_000) < 0.2
KNOWN = np.where(MANY, CHANCE.random(4_000) < 0.93, CHANCE.random(4_000) < 0.4)
SIZE = CHANCE.lognormal(3, 1, 4_000)


def test_a_value_that_was_not_known_at_the_cutoff_is_found() -> None:
    assert set(found(look, replayed(told("attribute", late=WINS, differs=WINS)))) == {"x"}
    assert found(look, replayed(told("attribute", late=np.zeros(ROWS, bool)))) == {}


@pytest.mark.parametrize("values", [SIZE, np.array(["saas", "retail"])[np.arange(4_000) % 2]])
def test_gaps_that_tell_more_than_values_are_found(values: np.ndarray) -> None:
    columns = {"x": either(KNOWN, values.astype(object), None), "other": CHANCE.normal(size=4_000)}
    one = found(look, case(columns, label=MANY))["x"]
    assert one.severity == "warning"
    assert "where 'x' is known, " in one.evidence


def test_gaps_of_things_that_never_happened_pass() -> None:
    count = np.where(KNOWN, 1 + CHANCE.poisson(2, 4_000), 0)
    columns = {"since": np.where(KNOWN, SIZE, np.nan), "count": count}
    assert found(look, case(columns, label=MANY)) == {}


def test_gaps_pass_where_the_values_tell_much_or_the_gaps_little() -> None:
    telling = np.where(KNOWN, tells(MANY, 1.4), np.nan)
    assert found(look, case({"x": telling}, label=MANY)) == {}
    few_gaps = np.where(CHANCE.random(4_000) < np.where(MANY, 0.95, 0.85), SIZE, np.nan)
    assert found(look, case({"x": few_gaps}, label=MANY)) == {}
    known_for_losers = np.where(~KNOWN, SIZE, np.nan)
    assert found(look, case({"x": known_for_losers}, label=MANY)) == {}


def test_few_winners_tell_nothing_by_figures() -> None:
    few = np.arange(ROWS) < 10
    assert "figures need" in why_not(look, case({"x": NOISE}, label=few))
