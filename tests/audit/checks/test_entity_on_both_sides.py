from __future__ import annotations

import numpy as np

from pqlml.audit.checks.entity_on_both_sides import look
from pqlml.audit.records import SPLIT
from tests.audit.cases import NOISE, ROWS, case, found, why_not

PLACE = np.arange(ROWS)
ENTITY = PLACE // 3
FIRST, SECOND = np.flatnonzero(PLACE < ROWS // 2), np.flatnonzero(PLACE >= ROWS // 2)


def test_entities_on_both_sides_are_counted_over_all_folds() -> None:
    odd, even = np.flatnonzero(PLACE % 2), np.flatnonzero(PLACE % 2 == 0)
    one = found(look, case({"x": NOISE}, entity=ENTITY, parts=((odd, even), (FIRST, SECOND))))[SPLIT]
    assert one.severity == "error"
    assert one.rows == 300
    assert one.numbers == {"entities_on_both_sides": 200.0, "share_of_judged_rows": 0.5}


def test_forward_in_time_known_entities_are_worth_a_note() -> None:
    odd, even = np.flatnonzero(PLACE % 2), np.flatnonzero(PLACE % 2 == 0)
    one = found(look, case({"x": NOISE}, entity=ENTITY, parts=((odd, even),), forward=True))[SPLIT]
    assert one.severity == "note"
    assert "later in time" in one.evidence


def test_a_split_over_entities_passes() -> None:
    assert found(look, case({"x": NOISE}, entity=ENTITY, parts=((FIRST, SECOND),))) == {}


def test_without_a_split_it_cannot_look() -> None:
    assert "pass 'split'" in why_not(look, case({"x": NOISE}, entity=ENTITY))
