from __future__ import annotations

import datetime as dt

import numpy as np

from pqlml.events.simulate.columns import identifiers, instants, midnight, texts


def test_identifiers_have_equal_length_and_nulls_where_missing() -> None:
    made = identifiers("s", np.array([3, 0, 120]), 4, np.array([False, True, False]))
    assert made.to_pylist() == ["s0003", None, "s0120"]


def test_instants_are_utc() -> None:
    day = midnight(dt.date(2026, 3, 1))
    made = instants(np.array([day, day + 1]), np.array([False, True]))
    assert made.to_pylist() == [dt.datetime(2026, 3, 1, tzinfo=dt.UTC), None]


def test_texts_are_looked_up() -> None:
    assert texts(("a", "b"), np.array([1, 0, 1]), np.array([False, False, True])).to_pylist() == ["b", "a", None]
