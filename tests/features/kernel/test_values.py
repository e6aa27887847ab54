from __future__ import annotations

import numpy as np

from pqlml.features import Feature
from pqlml.features.kernel.values import Values, places
from pqlml.features.typed import LARGEST

FEATURES = [
    Feature("recency", "engagement", "active", "recency"),
    Feature("count", "engagement", "active", "count"),
    Feature("sum", "engagement", "active", "sum", source="amount"),
    Feature("users", "engagement", "active", "users"),
]


def test_each_feature_has_its_place_among_those_of_its_type() -> None:
    assert places(FEATURES) == [0, 0, 1, 1]
    values = Values(FEATURES, rows=3)
    for number, column in enumerate(values.columns):
        column[:] = number
    assert [column.dtype for column in values.columns] == [np.float64, np.int32, np.float64, np.int32]
    assert values.whole.tolist() == [[1] * 3, [3] * 3]
    assert values.real.tolist() == [[0] * 3, [2] * 3]


def test_counts_are_doubles_where_there_may_be_too_many() -> None:
    assert Values(FEATURES, 1, largest=LARGEST).whole.dtype == np.int32
    assert Values(FEATURES, 1, largest=LARGEST + 1).whole.dtype == np.float64
