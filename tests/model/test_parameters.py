"""Each parameter is what it may be, or is refused by name before anything is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from pqlml.errors import InputError
from pqlml.model.binary import BinaryClassifier
from pqlml.model.linear import LinearClassifier
from pqlml.model.parameters import LINE, TREES, Number
from pqlml.model.propensity import PropensityClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = (X[:, 0] + RNG.normal(size=120) > 0).astype(int)

NO_TREES: dict[str, list[Any]] = {
    "n_trees": [0, -5, 1.5, "10", np.nan, np.inf, True],
    "learning_rate": [0, -1, np.nan, np.inf, None, "fast"],
    "num_leaves": [0, 1, 2.5, 200_000],
    "min_child_rows": [-3, 2.5, None],
    "feature_share": [0, 2, -0.1],
    "row_share": [0, 1.5, None],
    "l2": [-1, np.inf],
    "linear_start": ["no", None, 2],
    "forests": [0, -1, 2.5, "4"],
    "further_forests": ["yes", 2],
    "stop_after": [0, -1, 2.5],
    "purge_days": [-3, None, np.inf],
    "seed": [None, 1.5, np.random.RandomState(0)],
    "n_threads": [1.5, None],
}
NO_LINE: dict[str, list[Any]] = {"penalty_scale": [0, -1, None, np.nan], "max_steps": [-1, 2.5, None]}
REFUSED = [
    (learner, name, value)
    for learner, refused in ((PropensityClassifier, NO_TREES), (LinearClassifier, NO_LINE))
    for name, values in refused.items()
    for value in values
]


@pytest.mark.parametrize(("learner", "name", "value"), REFUSED, ids=lambda value: str(value)[-20:])
def test_what_no_fit_could_use_is_refused_by_name(learner: type[BinaryClassifier], name: str, value: Any) -> None:
    model = clone(learner()).set_params(**{name: value})
    with pytest.raises(InputError, match=rf"^{name}=.*; expected (a (whole )?number|true or false)"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    "given",
    [
        {"n_trees": np.int64(3), "num_leaves": np.int32(4), "seed": np.uint8(2), "min_child_rows": 0},
        {"n_trees": 3.0, "num_leaves": 4.0, "forests": 2.0, "seed": 1.0, "n_threads": 1.0, "min_child_rows": 5.0},
        {"l2": 0, "feature_share": 1, "row_share": np.float32(1), "learning_rate": np.float64(1.5)},
        {"linear_start": np.bool_(0), "further_forests": 0, "forests": 1, "n_threads": -1},
        {"seed": -7, "resample": None, "stop_after": 2.0},
    ],
    ids=str,
)
def test_numbers_of_any_kind_will_do(given: dict[str, Any]) -> None:
    PropensityClassifier(**{"n_trees": 3, **given}).fit(X, Y)


def test_the_line_takes_an_endless_scale() -> None:
    LinearClassifier(penalty_scale=np.inf, max_steps=0).fit(X, Y)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"forests": 4, "linear_start": False}, "forests=4 with linear_start=False.*Leave out either"),
        (
            {"further_forests": True, "linear_start": False},
            "further_forests=True with linear_start=False.*Leave out either",
        ),
        ({"further_forests": True, "monotone": {0: 1}}, "further_forests=True with monotone=.*may break a direction"),
    ],
)
def test_what_would_be_left_out_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        PropensityClassifier(n_trees=3, **given).fit(X, Y)


@pytest.mark.parametrize("given", [{"monotone": {0: 1}}, {"monotone": [0, -1, 0]}, {"linear_start": False}])
def test_the_size_for_labels_is_one_that_can_be_fitted(given: dict[str, Any]) -> None:
    label = np.tile([0, 1], 2_000)
    sized = PropensityClassifier(**given).sized(label)
    assert sized.further_forests is False
    sized.set_params(n_trees=3).fit(X, Y)
    assert PropensityClassifier(monotone=[0, 0, 0]).sized(label).further_forests is True, "no column has a direction"


def test_each_number_says_what_it_may_be() -> None:
    assert str(Number(2, whole=True, optional=True)) == "a whole number from 2 on, or null"
    assert str(Number(0, 1, above=True)) == "a number above 0 and up to 1"
    assert str(Number(0, 9)) == "a number from 0 up to 9"
    assert str(Number(whole=True, advice="for example 3")) == "a whole number, for example 3"


def test_the_tables_name_parameters_that_there_are() -> None:
    assert set(TREES) <= set(PropensityClassifier().get_params())
    assert set(LINE) <= set(LinearClassifier().get_params())
    for learner, allowed in ((PropensityClassifier(), TREES), (LinearClassifier(), LINE)):
        assert all(kind.allows(learner.get_params()[name]) for name, kind in allowed.items())
