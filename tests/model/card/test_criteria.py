"""Conditions worth trying: the definition's own first, round thresholds, none that everybody or nobody meets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.model.card.criteria import find_criteria, round_number
from tests.helpers.synthetic import FEATURES, definition, make_rows

ROWS = make_rows(120)
OWN = definition().points


def test_the_definitions_own_come_first_with_their_points() -> None:
    found = find_criteria(ROWS.values, ROWS.features, OWN)
    assert found.rules[: found.own] == OWN
    assert {rule.points for rule in found.rules[found.own :]} == {0.0}
    assert len(found.rules) == len(found.group) == found.met.shape[1]


def test_new_conditions_are_round_and_set_some_apart() -> None:
    found = find_criteria(ROWS.values, ROWS.features, OWN)
    for rule, met in zip(found.rules[found.own :], found.met.T[found.own :], strict=True):
        assert 0.01 <= met.mean() <= 0.6
        for threshold in (rule.at_least, rule.at_most):
            assert threshold is None or threshold == round_number(threshold) or threshold == round(threshold)


def test_no_two_new_conditions_are_met_by_the_same_rows() -> None:
    met = find_criteria(ROWS.values, ROWS.features, ()).met
    assert len(np.unique(met, axis=1).T) == met.shape[1]


def test_levels_of_a_category_and_both_directions_of_a_number_are_tried() -> None:
    found = find_criteria(ROWS.values, ROWS.features, ())
    assert {rule.values for rule in found.rules if rule.feature == "industry"} >= {("saas",), ("retail",)}
    size = [rule for rule in found.rules if rule.feature == "company_size"]
    assert any(rule.at_least for rule in size)
    assert any(rule.at_most for rule in size)


def test_a_feature_that_is_always_null_gives_nothing() -> None:
    empty = ROWS.values.assign(**{"active.trend": np.nan})
    found = find_criteria(empty, FEATURES, ())
    assert "active.trend" not in {rule.feature for rule in found.rules}


def test_a_null_meets_no_condition() -> None:
    found = find_criteria(ROWS.values, ROWS.features, ())
    unknown = ROWS.values["limit_hit.recency"].isna().to_numpy()
    about = [place for place, rule in enumerate(found.rules) if rule.feature == "limit_hit.recency"]
    assert about
    assert not found.met[unknown][:, about].any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_left(value: float) -> None:
    assert str(round_number(value)) == str(value)


def test_days_have_whole_thresholds_of_at_least_one() -> None:
    early = ROWS.values.assign(**{"milestones.first": np.random.default_rng(0).exponential(0.3, len(ROWS.values))})
    about = [rule for rule in find_criteria(early, FEATURES, ()).rules if rule.feature == "milestones.first"]
    assert {rule.at_least for rule in about} == {1.0}


def test_counts_have_whole_thresholds() -> None:
    counts = pd.DataFrame({feature.name: ROWS.values[feature.name] for feature in FEATURES})
    for rule in find_criteria(counts, FEATURES, ()).rules:
        if rule.feature == "active.days.28d" and rule.at_least is not None:
            assert rule.at_least == round(rule.at_least)
