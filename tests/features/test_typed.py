from __future__ import annotations

import numpy as np
import pytest

from pqlml.features import Feature
from pqlml.features.typed import LARGEST, is_whole, typed

COUNT = Feature("active.count.all", "engagement", "active", "count")
RECENCY = Feature("active.recency", "engagement", "active", "recency")


def test_counts_are_whole_numbers_and_what_may_be_null_is_not() -> None:
    assert is_whole(COUNT)
    assert not is_whole(RECENCY)
    made = typed(COUNT, np.array([0.0, 3.0, LARGEST]))
    assert made.dtype == np.int32
    assert made.tolist() == [0, 3, LARGEST]
    assert typed(COUNT, made) is made
    assert typed(COUNT, np.empty(0)).dtype == np.int32
    assert typed(RECENCY, np.array([0.5, np.nan])).dtype == np.float64


def test_counts_that_are_too_large_stay_doubles() -> None:
    assert typed(COUNT, np.array([1.0, LARGEST + 1.0])).tolist() == [1, LARGEST + 1]


def test_a_null_among_counts_shows() -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        typed(COUNT, np.array([1.0, np.nan]))
