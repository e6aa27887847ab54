"""A level is the same however its column is stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from pqlml.features import Feature
from pqlml.model.encoding import fit_encoder
from pqlml.model.levels import codes_of, levels_of
from pqlml.model.linear import LinearClassifier

WHOLE = [1, 2, 10]
FORMS = [
    pd.Series(WHOLE),
    pd.Series(WHOLE, dtype="int8"),
    pd.Series(WHOLE, dtype="float64"),
    pd.Series(WHOLE, dtype="float32"),
    pd.Series(WHOLE, dtype="Int64"),
    pd.Series(WHOLE, dtype="Float64"),
    pd.Series(WHOLE, dtype="int64[pyarrow]"),
    pd.Series(WHOLE, dtype=object),
    pd.Series([1.0, 2.0, 10.0], dtype=object),
    pd.Series(WHOLE, dtype="category"),
    pd.Series([1.0, 2.0, 10.0], dtype="category"),
]
TRUTHS = [
    pd.Series([False, True]),
    pd.Series([False, True], dtype="boolean"),
    pd.Series([False, True], dtype="category"),
    pd.Series([0, 1]),
    pd.Series([0.0, 1.0]),
]


@pytest.mark.parametrize("learned", FORMS, ids=lambda column: str(column.dtype))
@pytest.mark.parametrize("read", FORMS, ids=lambda column: str(column.dtype))
def test_a_whole_number_is_one_level(learned: pd.Series, read: pd.Series) -> None:
    assert codes_of(read, levels_of(learned)).tolist() == [0, 2, 1]  # in the order of texts


@pytest.mark.parametrize("learned", TRUTHS, ids=lambda column: str(column.dtype))
@pytest.mark.parametrize("read", TRUTHS, ids=lambda column: str(column.dtype))
def test_true_is_one_and_false_is_nought(learned: pd.Series, read: pd.Series) -> None:
    assert codes_of(read, levels_of(learned)).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("levels", "values", "codes"),
    [
        (("1.0", "2"), ["1", "1.0", "2.0", "2"], [np.nan, 0, np.nan, 1]),
        (("1",), [1, "1", "True"], [0, 0, np.nan]),
        (("2.5",), [2.5, 2, np.inf, None], [0, np.nan, np.nan, np.nan]),
        (("-3", str(10**400)), [-3.0, np.int8(-3), 10**400, np.nan], [0, 0, 1, np.nan]),
        ((), [1, "a"], [np.nan, np.nan]),
    ],
)
def test_a_text_stays_as_it_is_written(levels: Sequence[str], values: list[object], codes: list[float]) -> None:
    np.testing.assert_array_equal(codes_of(pd.Series(values, dtype=object), levels), codes)


def test_a_missing_value_does_not_change_the_levels_beside_it() -> None:
    rng = np.random.default_rng(0)
    code = rng.integers(1, 3, 200)
    label = (code == 2) ^ (rng.random(200) < 0.1)
    learned = LinearClassifier().fit(pd.DataFrame({"tier": pd.Categorical(code)}), label)
    whole = learned.margin(pd.DataFrame({"tier": code}))
    gaps = learned.margin(pd.DataFrame({"tier": pd.Series(code).where(np.arange(200) != 5)}))
    np.testing.assert_array_equal(np.delete(gaps, 5), np.delete(whole, 5))
    encoder = fit_encoder(pd.DataFrame({"tier": code}), (Feature("tier", "fit", "tier", "attribute", category=True),))
    assert encoder.matrix(pd.DataFrame({"tier": [1.0, 2.0, np.nan]}))[:2, 0].tolist() == [0, 1]
