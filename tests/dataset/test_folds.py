"""Parts of a split add up, entities are dealt evenly, and a part that cannot be used is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.dataset import Fold, Split
from pqlml.dataset.folds import entity_parts, require_parts
from pqlml.errors import NotEnoughDataError

ORIGINS = pd.to_datetime(["2026-01-01", "2026-02-01"])


def positions(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.intp)


FIRST = Fold(positions(1, 2), positions(4), {"purged": positions(3), "older": positions(0), "later": positions(5, 6)})
SECOND = Fold(positions(2, 3), positions(5), {"purged": positions(4, 6), "older": positions(0, 1)})


def test_a_row_counts_as_judged_then_as_fitted_on_then_as_purged() -> None:
    parts = Split((FIRST, SECOND), 1, forward=True, headline="").parts(7)
    assert {name: rows.tolist() for name, rows in parts.items()} == {
        "train": [1, 2, 3],
        "purged": [6],
        "test": [4, 5],
        "unused": [0],
    }


def test_only_rows_that_no_fold_wants_are_unused() -> None:
    assert list(Split((Fold(positions(0), positions(1)),), 1, forward=True, headline="").parts(2)) == [
        "train",
        "purged",
        "test",
    ]


def test_over_entities_every_judged_row_counts_once() -> None:
    folds = (Fold(positions(0, 1), positions(2)), Fold(positions(2), positions(0, 1)), Fold(positions(0), positions(2)))
    assert Split(folds, 2, forward=False, headline="").parts(3)["judged in folds"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ([0, 1, 0, 1], "the test part of fold 2 of 2 (training: 2 rows with 1 conversions, test: 0 rows with 0"),
        ([0, 0, 1, 0], "the training part of fold 1 of 2 (training: 2 rows with 0 conversions"),
    ],
)
def test_the_part_of_a_fold_that_cannot_be_used_is_named_with_its_counts(label: list[int], said: str) -> None:
    folds = (Fold(positions(0, 1), positions(2, 3)), Fold(positions(0, 1), positions()))
    with pytest.raises(NotEnoughDataError) as caught:
        require_parts(folds, np.array(label), "how", "Do better.")
    assert said in str(caught.value)
    assert str(caught.value).endswith("(how). Do better.")


def test_without_labels_only_empty_parts_are_refused() -> None:
    require_parts((Fold(positions(0), positions(1)),), None, "how", "Do better.")
    with pytest.raises(NotEnoughDataError, match="the training part cannot be used: it has no rows"):
        require_parts((Fold(positions(), positions(1)),), None, "how", "Do better.")


@pytest.mark.parametrize("seed", [0, 1, 10])
def test_an_entity_has_one_part_and_parts_are_even(seed: int) -> None:
    entity = np.array([f"acc_{number}" for number in range(5000)], dtype=object)
    parts = entity_parts(entity, 5, seed)
    assert np.bincount(parts, minlength=5).min() > 900
    np.testing.assert_array_equal(entity_parts(entity[::-1], 5, seed), parts[::-1])
    np.testing.assert_array_equal(entity_parts(entity, 5, seed), entity_parts(entity.astype("U"), 5, seed))
