"""Columns of a data frame are what they were in fit, whatever their names are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pqlml.errors import InputError
from pqlml.model.binary import BinaryClassifier
from pqlml.model.frames import FrameColumns
from pqlml.model.linear import LinearClassifier
from pqlml.model.propensity import PropensityClassifier

MODELS = pytest.mark.parametrize(
    "model", [LinearClassifier, lambda: PropensityClassifier(n_trees=5)], ids=["linear", "trees"]
)
Model = Callable[[], BinaryClassifier]


def rows() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    plan = rng.choice(["free", "team", "trial"], 400)
    values = pd.DataFrame({"visits": rng.normal(size=400), "plan": plan, "users": rng.poisson(3, 400)})
    return values, (rng.random(400) < np.where(plan == "team", 0.7, 0.2)).astype(int)


NUMBERED = [0, 1, 2]
PAIRS = pd.MultiIndex.from_tuples([("x", "visits"), ("x", "plan"), ("y", "users")])


@MODELS
@pytest.mark.parametrize("names", [NUMBERED, PAIRS], ids=["numbers", "pairs"])
def test_texts_are_categories_whatever_columns_are_called(model: Model, names: Any) -> None:
    values, label = rows()
    named = model().fit(values, label).margin(values)
    other = values.set_axis(names, axis=1)
    np.testing.assert_array_equal(model().fit(other, label).margin(other), named)


@MODELS
@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([1, 0, 2], "they come in another order.*expected 0, 1, 2, in that order"),
        ([0, 1], "missing: 2"),
        ([0, 1, 2, 7], "unseen in fit: 7"),
        ([0, 1, 7], "unseen in fit: 7; missing: 2"),
    ],
)
def test_columns_with_numbers_for_names_are_compared(model: Model, places: list[int], words: str) -> None:
    values, label = rows()
    learned = model().fit(values.set_axis(NUMBERED, axis=1), label)
    with pytest.raises(InputError, match=words):
        learned.predict_proba(values.set_axis(NUMBERED, axis=1).reindex(columns=places))


@MODELS
def test_names_are_texts_alone_or_none_are(model: Model) -> None:
    values, label = rows()
    with pytest.raises(InputError, match=r"texts \('plan'\) and others are not \(0\).*astype\(str\)"):
        model().fit(values.set_axis([0, "plan", "users"], axis=1), label)


def test_of_many_columns_the_first_few_are_told() -> None:
    wide = pd.DataFrame(np.zeros((2, 9)))
    with pytest.raises(InputError, match=r"missing: 1, 2, 3, 4, 5 and 3 more"):
        FrameColumns.of(wide).require_same(wide[[0]])
