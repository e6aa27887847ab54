from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.columns import instants, read_column


@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        ([1, 2, 3], "number", [1, 2, 3]),
        ([True, False, True], "number", [1, 0, 1]),
        (pd.array([True, None, False], dtype="boolean"), "number", [1, np.nan, 0]),
        ([1.5, np.inf, np.nan], "number", [1.5, np.nan, np.nan]),
        (["1", "2.5", ""], "number", [1, 2.5, np.nan]),
        ([None, None, None], "number", [np.nan] * 3),
        (["b", "a", None], "category", [1, 0, np.nan]),
        (["b", " ", "b "], "category", [0, np.nan, 0]),
        (["b ", "a", "b", None, " a"], "category", [1, 0, 1, np.nan, 0]),
        (pd.Categorical(["b", "a", None], categories=["b", "a", "c"]), "category", [1, 0, np.nan]),
        ([1, "x", True, None], "category", [0, 2, 1, np.nan]),
        (["1970-01-02", "1970-01-03T12:00:00", None], "date", [1, 2.5, np.nan]),
        (["1970-01-02T02:00:00+02:00", None, None], "date", [1, np.nan, np.nan]),
        (pd.to_datetime(pd.Series(["1970-01-02", None, "1970-01-03"])), "date", [1, np.nan, 2]),
        (["2026-99-99", "a", "b"], "category", [0, 1, 2]),
    ],
)
def test_columns_are_read_as_what_they_hold(values: Any, kind: str, numbers: list[float]) -> None:
    column = read_column(pd.Series(values), "x")
    assert column.kind == kind
    np.testing.assert_array_equal(column.numbers, numbers)


def test_texts_that_differ_in_most_rows_are_names() -> None:
    assert read_column(pd.Series([f"lead {number}" for number in range(60)]), "x").kind == "name"
    assert read_column(pd.Series([f"lead {number % 20}" for number in range(60)]), "x").kind == "category"
    assert read_column(pd.Series(["x", "y", "z"]), "x").kind == "category", "three texts are too few to tell"


def test_missing_is_a_value_of_its_own_when_asked_whether_a_column_varies() -> None:
    assert read_column(pd.Series([1.0, 1.0]), "x").constant
    assert read_column(pd.Series([np.nan, np.nan]), "x").constant
    assert not read_column(pd.Series([1.0, np.nan]), "x").constant


def test_values_are_shown_as_a_person_writes_them() -> None:
    assert read_column(pd.Series(["1970-01-02"] * 2), "x").shown(1.0) == "1970-01-02"
    assert read_column(pd.Series([5.0, 2.25]), "x").shown(5.0) == "5"
    assert read_column(pd.Series(["won", "lost"]), "x").shown(1.0) == "'won'"


def test_instants_are_utc_without_a_zone() -> None:
    aware = pd.Series(pd.to_datetime(["2026-03-01T01:00:00+01:00"]))
    assert instants(aware)[0] == np.datetime64("2026-03-01T00:00:00")
    assert instants(pd.Series(["2026-03-01"]))[0] == np.datetime64("2026-03-01")
    assert np.isnat(instants(pd.Series([None, "2026-03-01"]))[0])
