from __future__ import annotations

import numpy as np
import pytest

from pqlml.audit.checks.status_follows_outcome import look
from tests.audit.cases import NOISE, ROWS, WINS, case, found, why_not

LETTERS = np.array(list("abcdef"))[np.arange(ROWS) % 6]


def test_a_text_that_is_the_outcome_is_found_with_the_value_that_tells() -> None:
    status = np.where(WINS & (np.arange(ROWS) % 5 > 0), "customer", LETTERS)
    one = found(look, case({"status": status, "letters": LETTERS}))["status"]
    assert one.severity == "error"
    assert "where 'status' is 'customer', " in one.evidence
    assert one.numbers["rate_inside"] == 1


def test_a_text_that_tells_nearly_too_well_is_a_warning() -> None:
    chance = np.random.default_rng(0)
    wins = chance.random(6_000) < 0.3
    good = np.where(wins, chance.random(6_000) < 0.64, chance.random(6_000) < 0.095)
    one = found(look, case({"quality": np.where(good, "high", "low")}, label=wins))["quality"]
    assert one.severity == "warning"


@pytest.mark.parametrize("values", [LETTERS, NOISE, np.where(WINS, 9.0, NOISE)])
def test_plain_texts_and_numbers_pass(values: np.ndarray) -> None:
    assert found(look, case({"x": values})) == {}


def test_a_proven_text_has_to_go_further() -> None:
    chance = np.random.default_rng(0)
    wins = chance.random(6_000) < 0.3
    good = np.where(wins, chance.random(6_000) < 0.8, chance.random(6_000) < 0.1)
    columns = {"x": np.where(good, "high", "low")}
    assert set(found(look, case(columns, label=wins))) == {"x"}
    assert found(look, case(columns, label=wins, proven=frozenset({"x"}))) == {}


def test_few_winners_tell_nothing() -> None:
    few = np.arange(ROWS) < 19
    assert why_not(look, case({"x": few * 1.0}, label=few)) == "19 rows of the rarer outcome; figures need 20"
