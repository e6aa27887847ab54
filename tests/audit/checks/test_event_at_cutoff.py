from __future__ import annotations

import pytest

from pqlml.audit.checks.event_at_cutoff import look
from tests.audit.cases import NOISE, found, timed, why_not
from tests.audit.checks.replayed import replayed, told


def test_a_column_that_counts_the_cutoff_itself_is_found_with_who_gains() -> None:
    one = found(look, replayed(told("at")))["x"]
    assert one.severity == "error"
    assert one.evidence.startswith("is what it is; the nearest that could be known is what it should be, and ")
    assert one.numbers["winners_that_differ"] > 3 * one.numbers["others_that_differ"]
    assert one.rows == one.numbers["rows_that_differ"]


@pytest.mark.parametrize("reach", ["late", "beyond", "ever", "attribute"])
def test_other_ways_of_seeing_too_much_have_their_own_codes(reach: str) -> None:
    assert found(look, replayed(told(reach))) == {}


def test_a_confirmed_column_passes() -> None:
    assert found(look, replayed(told(None, verdict="confirmed"))) == {}


def test_without_events_it_cannot_look() -> None:
    assert "no events" in why_not(look, timed({"x": NOISE}))
    assert "no events" in why_not(look, replayed(no_events="none"))
