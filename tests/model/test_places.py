"""Columns of categories are named in any way, and hold codes that trees can keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from pqlml.errors import InputError
from pqlml.model.binary import BinaryClassifier
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


@MODELS
@pytest.mark.parametrize(
    ("categorical", "words"),
    [
        ("plan", "categorical='plan'; expected a list of names or positions"),
        (None, "categorical=None; expected a list"),
        (1, "categorical=1; expected a list"),
        ([1.5], "categorical holds 1.5; expected names of columns, or whole numbers for their positions"),
        ([False, True, False], "categorical holds False"),
        ([None], "categorical holds None"),
    ],
)
def test_categories_are_a_list_of_columns(model: Model, categorical: Any, words: str) -> None:
    values, label = rows()
    with pytest.raises(InputError, match=words):
        model().set_params(categorical=categorical).fit(values, label)


@MODELS
@pytest.mark.parametrize("categorical", [["users"], (2,), np.array([2]), [np.int64(2)], [2.0], {"users"}])
def test_columns_of_codes_are_named_in_any_way(model: Model, categorical: Any) -> None:
    values, label = rows()
    found = model().set_params(categorical=categorical).fit(values, label).margin(values)
    np.testing.assert_array_equal(found, model().set_params(categorical=["users"]).fit(values, label).margin(values))


@pytest.mark.parametrize("linear_start", [True, False])
@pytest.mark.parametrize(
    ("change", "told"), [(lambda x: x - 5, "-"), (lambda x: x / 2, "0.5|1.5"), (lambda x: x * 1e12, "e")]
)
def test_codes_of_trees_are_whole_numbers(linear_start: bool, change: Callable[[Any], Any], told: str) -> None:
    values, label = rows()
    model = PropensityClassifier(n_trees=3, categorical=["users"], linear_start=linear_start)
    with pytest.raises(InputError, match=rf"the column 'users' is categorical and holds .*({told}).*type 'category'"):
        model.fit(values.assign(users=change(values["users"])), label)
    matrix = change(values[["users"]]).to_numpy()
    with pytest.raises(InputError, match="the column at position 0 is categorical"):
        clone(model).set_params(categorical=[0]).fit(matrix, label)
    model.fit(values.assign(users=values["users"].where(values["users"] > 1)), label)
