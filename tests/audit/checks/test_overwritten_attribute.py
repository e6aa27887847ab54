from __future__ import annotations

import numpy as np

from pqlml.audit.checks.overwritten_attribute import look
from tests.audit.cases import NOISE, ROWS, WINS, found, timed, why_not
from tests.audit.checks.replayed import replayed, told


def test_a_value_that_replaced_another_is_found() -> None:
    assert set(found(look, replayed(told("attribute", late=np.zeros(ROWS, bool))))) == {"x"}


def test_a_value_that_only_became_known_belongs_to_another_check() -> None:
    assert found(look, replayed(told("attribute", late=WINS, differs=WINS))) == {}
    assert found(look, replayed(told("ever"))) == {}


def test_without_versions_it_cannot_look() -> None:
    assert "valid_from" in why_not(look, timed({"x": NOISE}))
    assert "valid_from" in why_not(look, replayed(no_versions="none"))
