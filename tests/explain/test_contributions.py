"""Contributions: exact shares that add up, by feature, by group and by dimension."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from pqlml.explain import contributions, points_by_dimension
from pqlml.features import Feature
from pqlml.model.bundle import PropensityModel
from pqlml.model.fit import fit_model
from pqlml.model.scale import PointsScale
from pqlml.schema import DIMENSIONS
from tests.helpers.synthetic import FEATURES, VOCABULARY, definition, fitted, make_rows

VALUES = make_rows(entities=60, seed=9).values


def test_shares_add_up_to_the_log_odds_that_sales_see() -> None:
    model, _ = fitted()
    shares = contributions(model, VALUES)
    np.testing.assert_allclose(shares.log_odds, model.log_odds(VALUES), rtol=0, atol=1e-9)


def test_shares_are_those_of_the_trees_times_the_slope() -> None:
    model, _ = fitted()
    shares = contributions(model, VALUES)
    assert isinstance(model.core, lgb.Booster)
    raw = np.asarray(model.core.predict(model.encoder.matrix(VALUES), pred_contrib=True))
    assert model.calibrator.slope != pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(shares.values, raw[:, :-1] * model.calibrator.slope, rtol=0, atol=1e-12)
    assert shares.base == pytest.approx(model.calibrator.intercept + model.calibrator.slope * raw[0, -1])
    np.testing.assert_array_equal(raw[:, -1], raw[0, -1])


def test_shares_of_a_linear_model_add_up_too(tmp_path: Path) -> None:
    rows = make_rows()
    model = fit_model(definition(), VOCABULARY, rows, np.arange(len(rows.label)), kind="linear")
    shares = contributions(model, VALUES, tmp_path)
    np.testing.assert_allclose(shares.log_odds, model.log_odds(VALUES), rtol=0, atol=1e-9)
    assert np.abs(contributions(model, rows.values).values.mean(axis=0)).max() < 1e-9
    by_group = dict(zip(shares.by_group()[0], np.abs(shares.by_group()[1]).mean(axis=0), strict=True))
    assert max(by_group, key=lambda group: by_group[group]) == ("limit_hit", "upgrade")


def test_groups_add_up_their_features() -> None:
    model, _ = fitted()
    shares = contributions(model, VALUES)
    groups, by_group = shares.by_group()
    assert groups[0] == ("limit_hit", "upgrade")
    assert len(groups) == 6
    np.testing.assert_allclose(by_group[:, 0], shares.values[:, :2].sum(axis=1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(by_group.sum(axis=1) + shares.base, shares.log_odds, rtol=0, atol=1e-9)


def test_one_name_in_two_dimensions_is_two_groups() -> None:
    model, _ = fitted()
    shares = contributions(model, VALUES)
    renamed = tuple(dataclasses.replace(feature, group="revenue") for feature in FEATURES)
    groups, by_group = dataclasses.replace(shares, features=renamed).by_group()
    assert sorted(groups) == sorted({("revenue", feature.dimension) for feature in FEATURES})
    np.testing.assert_allclose(by_group.sum(axis=1) + shares.base, shares.log_odds, rtol=0, atol=1e-9)


def test_points_by_dimension_add_up_to_the_points() -> None:
    model, _ = fitted()
    found = points_by_dimension(model, contributions(model, VALUES))
    assert tuple(found.columns) == DIMENSIONS
    np.testing.assert_allclose(found.sum(axis=1), model.scale.points(model.log_odds(VALUES)), rtol=0, atol=1e-7)


def only(features: tuple[Feature, ...]) -> PropensityModel:
    rows = make_rows(entities=60)
    kept = rows.values[[feature.name for feature in features]]
    some = dataclasses.replace(rows, values=kept, features=features)
    plan = definition().model_copy(update={"points": ()})
    return fit_model(plan, VOCABULARY, some, np.arange(len(rows.label)))


def test_a_dimension_without_features_has_no_points() -> None:
    features = tuple(feature for feature in FEATURES if feature.dimension in ("upgrade", "fit"))
    model = dataclasses.replace(only(features), scale=PointsScale(20.0, 90.0, "usual"))
    shares = contributions(model, VALUES)
    found = points_by_dimension(model, shares)
    assert found[["engagement", "team", "value"]].to_numpy().sum() == 0
    np.testing.assert_allclose(found.sum(axis=1), model.scale.points(shares.log_odds), rtol=0, atol=1e-9)
    alike = dataclasses.replace(shares, values=np.zeros_like(shares.values))
    assert points_by_dimension(model, alike)["fit"].iloc[0] == pytest.approx((90 + 20 * shares.base) / 2)


def test_a_model_that_found_nothing_explains_nothing() -> None:
    rows = make_rows(entities=60)
    constant = dataclasses.replace(rows, values=rows.values.assign(**{f.name: 1.0 for f in FEATURES if not f.category}))
    constant = dataclasses.replace(constant, values=constant.values.assign(industry="saas"))
    model = fit_model(definition(), VOCABULARY, constant, np.arange(len(rows.label)))
    shares = contributions(model, VALUES)
    assert np.abs(shares.values).max() == 0
    np.testing.assert_allclose(shares.log_odds, model.log_odds(VALUES), rtol=0, atol=1e-9)


def test_one_row_is_explained_as_among_others() -> None:
    model, _ = fitted()
    np.testing.assert_array_equal(
        contributions(model, VALUES.iloc[[5]]).values[0], contributions(model, VALUES).values[5]
    )
