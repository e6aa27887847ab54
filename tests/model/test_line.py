"""A linear model as plain numbers: it says what the classifier says, and its shares add up."""

from __future__ import annotations

import json

import numpy as np

from pqlml.model.line import Column, Line
from pqlml.model.linear import LinearClassifier

RNG = np.random.default_rng(3)
MATRIX = np.column_stack([RNG.lognormal(0, 2, 400), RNG.poisson(0.1, 400), RNG.integers(0, 4, 400), np.full(400, 7.0)])
MATRIX[RNG.random(400) < 0.2, 0] = np.nan
MATRIX[RNG.random(400) < 0.1, 2] = np.nan
LABEL = (RNG.random(400) < np.where(MATRIX[:, 2] == 1, 0.6, 0.2)).astype(float)
FITTED = LinearClassifier(penalty_scale=1.0, categorical=(2,)).fit(MATRIX, LABEL)
STRANGE = np.array([[np.nan, np.nan, np.nan, np.nan], [1e12, -5.0, 9.0, 7.0], [0.0, 3.0, 1.0, -7.0]])


def test_a_line_says_what_its_classifier_says() -> None:
    line = FITTED.line(MATRIX)
    for matrix in (MATRIX, STRANGE):
        np.testing.assert_allclose(line.margin(matrix), FITTED.margin(matrix), rtol=0, atol=1e-12)


def test_shares_add_up_and_are_nothing_for_the_average_row() -> None:
    line = FITTED.line(MATRIX)
    shares = line.shares(STRANGE)
    np.testing.assert_allclose(line.base + shares.sum(axis=1), line.margin(STRANGE), rtol=0, atol=1e-12)
    np.testing.assert_allclose(line.shares(MATRIX).mean(axis=0), 0, atol=1e-12)
    assert np.ptp(line.shares(MATRIX)[:, 2]) > 0.5


def test_it_is_plain_data() -> None:
    line = FITTED.line(MATRIX)
    again = Line.from_dict(json.loads(json.dumps(line.as_dict())))
    assert again == line
    np.testing.assert_array_equal(again.margin(STRANGE), line.margin(STRANGE))


def test_what_a_column_adds_can_be_counted() -> None:
    number = Column(weight=2.0, centre=1.0, spread=2.0, missing=-0.5)
    np.testing.assert_allclose(number.added(np.array([1.0, np.nan, 1e9]), farthest=6.0), [0, -0.5, 12])
    category = Column(levels={0.0: 0.3, 2.0: -0.1})
    np.testing.assert_allclose(category.added(np.array([0.0, 1.0, 2.0, np.nan]), farthest=6.0), [0.3, 0, -0.1, 0])
    none = Line(-1.5, (), 6.0)
    np.testing.assert_array_equal(none.margin(np.zeros((2, 0))), [-1.5, -1.5])
