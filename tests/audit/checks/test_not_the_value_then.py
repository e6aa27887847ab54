from __future__ import annotations

from pqlml.audit.checks.not_the_value_then import look
from tests.audit.cases import NOISE, found, timed, why_not
from tests.audit.checks.replayed import replayed, told


def test_a_column_that_is_not_its_feature_is_a_warning() -> None:
    one = found(look, replayed(told(None, verdict="differs")))["x"]
    assert one.severity == "warning"
    assert "is not what it should be" in one.evidence
    assert one.numbers["winners_that_differ"] > 0.3


def test_what_is_explained_or_confirmed_passes() -> None:
    assert found(look, replayed(told("at"))) == {}
    assert found(look, replayed(told(None, verdict="confirmed"))) == {}


def test_without_events_it_cannot_look() -> None:
    assert "no events" in why_not(look, timed({"x": NOISE}))
