"""The matrix is the same for training and scoring, whatever form the table comes in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.errors import DataError
from pqlml.features import Feature
from pqlml.model.encoding import Encoder, fit_encoder

FEATURES = (
    Feature("size", "fit", "size", "attribute"),
    Feature("sector", "fit", "sector", "attribute", category=True),
    Feature("hits", "upgrade", "hits", "count"),
)
TRAINING = pd.DataFrame({"size": [10.0, None, 30.0], "sector": ["saas", "media", None], "hits": [1.0, 0.0, 2.0]})
ENCODER = fit_encoder(TRAINING, FEATURES)


def row(**values: object) -> pd.DataFrame:
    """One row, with some values replaced by others."""
    return pd.DataFrame({"size": [10.0], "sector": ["saas"], "hits": [1.0]} | values)


def test_levels_are_sorted_and_missing_is_none_of_them() -> None:
    assert fit_encoder(TRAINING, FEATURES) == Encoder(("size", "sector", "hits"), (None, ("media", "saas"), None))
    assert ENCODER.categorical == [1]
    np.testing.assert_array_equal(ENCODER.matrix(TRAINING), [[10, 1, 1], [np.nan, 0, 0], [30, np.nan, 2]])


def test_an_unseen_category_is_missing() -> None:
    np.testing.assert_array_equal(ENCODER.matrix(row(sector=["fintech"])), [[10, np.nan, 1]])


def test_order_and_extra_columns_do_not_matter() -> None:
    shuffled = row(more=["x"])[["hits", "more", "sector", "size"]]
    np.testing.assert_array_equal(ENCODER.matrix(shuffled), ENCODER.matrix(row()))


def test_missing_columns_are_named() -> None:
    with pytest.raises(DataError, match=r"the features \['size', 'hits'\] are missing \(2 in all\).* 3 columns"):
        ENCODER.matrix(row()[["sector"]])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([2.0, np.nan], dtype="float32"),
        pd.Series([2, None], dtype="Int64"),
        pd.Series([2, None], dtype="Float64"),
        pd.Series([2, None], dtype="object"),
        pd.Series([2, pd.NA], dtype="object"),
        pd.Series([2.0, np.inf]),
        pd.Series([2.0, -np.inf]),
        pd.Series([2, None], dtype="int64[pyarrow]"),
    ],
    ids=lambda column: f"{column.dtype}-{column.iloc[1]}",
)
def test_numbers_come_in_many_forms(column: pd.Series) -> None:
    values = pd.DataFrame({"size": [1.0, 1.0], "sector": ["saas", "saas"], "hits": column})
    np.testing.assert_array_equal(ENCODER.matrix(values)[:, 2], [2, np.nan])


def test_flags_are_numbers() -> None:
    values = pd.DataFrame(
        {"size": [True, False], "sector": ["saas"] * 2, "hits": pd.Series([True, None], dtype="boolean")}
    )
    np.testing.assert_array_equal(ENCODER.matrix(values), [[1, 1, 1], [0, 1, np.nan]])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["media", None], dtype="str"),
        pd.Series(["media", None], dtype="object"),
        pd.Series(["media", pd.NA], dtype="object"),
        pd.Series(["media", np.nan], dtype="object"),
        pd.Series(["media", None], dtype="category"),
        pd.Series(["media", None], dtype="string"),
    ],
    ids=lambda column: f"{column.dtype}-{column.iloc[1]}",
)
def test_texts_come_in_many_forms(column: pd.Series) -> None:
    values = pd.DataFrame({"size": [1.0, 1.0], "sector": column, "hits": [1.0, 1.0]})
    np.testing.assert_array_equal(ENCODER.matrix(values)[:, 1], [0, np.nan])
    assert fit_encoder(values, FEATURES).levels[1] == ("media",)


def test_a_text_that_spells_missing_is_a_text() -> None:
    values = pd.DataFrame({"size": [1.0, 1.0], "sector": ["nan", None], "hits": [1.0, 1.0]})
    encoder = fit_encoder(values, FEATURES)
    assert encoder.levels[1] == ("nan",)
    np.testing.assert_array_equal(encoder.matrix(values)[:, 1], [0, np.nan])


def test_texts_among_numbers_are_named() -> None:
    values = pd.DataFrame({"size": [None, "big"], "sector": ["saas"] * 2, "hits": [1.0, 1.0]})
    with pytest.raises(DataError, match=r"the feature 'size' holds .*, for example 'big'; expected numbers"):
        ENCODER.matrix(values)


def test_a_category_never_seen_in_training_is_always_missing() -> None:
    encoder = fit_encoder(TRAINING.assign(sector=pd.Series([None] * 3, dtype="str")), FEATURES)
    assert encoder.levels[1] == ()
    assert np.isnan(encoder.matrix(TRAINING)[:, 1]).all()


def test_a_feature_that_is_there_twice_is_named() -> None:
    with pytest.raises(DataError, match=r"the features \['hits'\] are there twice; expected each once"):
        ENCODER.matrix(pd.concat([row(), row()[["hits"]]], axis=1))
    more = row(more=1.0)
    np.testing.assert_array_equal(ENCODER.matrix(pd.concat([more, more[["more"]]], axis=1)), ENCODER.matrix(row()))


@pytest.mark.parametrize("name", ["hits", "sector"])
@pytest.mark.parametrize("value", [pd.Timestamp("2026-01-01"), pd.Timedelta(days=3)])
def test_instants_are_no_numbers(name: str, value: object) -> None:
    with pytest.raises(DataError, match=f"'{name}' holds (datetime|timedelta).*days between it and the cutoff"):
        ENCODER.matrix(row(**{name: [value]}))


def test_lists_and_endless_numbers_are_named() -> None:
    with pytest.raises(DataError, match="'sector' holds lists"):
        ENCODER.matrix(row(sector=[[1]]))
    with pytest.raises(DataError, match="'hits' holds object"):
        ENCODER.matrix(row(hits=[10**400]))


def test_no_rows_give_an_empty_matrix() -> None:
    assert ENCODER.matrix(row().head(0)).shape == (0, 3)
