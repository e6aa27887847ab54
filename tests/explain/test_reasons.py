"""Reasons: the strongest few groups, each told once, through the feature that pushes most."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pqlml.explain import Contributions, contributions, reasons
from pqlml.explain.reasons import MOST_AGAINST, MOST_FOR, SMALLEST, Reason
from pqlml.features import Feature
from pqlml.model.bundle import PropensityModel
from pqlml.model.encoding import Encoder
from tests.helpers.synthetic import fitted, make_rows


def signals(count: int) -> tuple[Feature, ...]:
    return tuple(
        Feature(f"s{n}.count.7d", "upgrade", f"s{n}", "count", window_days=7, did=f"did {n}", noun=f"things {n}")
        for n in range(count)
    )


def model_of(features: tuple[Feature, ...]) -> PropensityModel:
    """A model with these features; its trees are not asked."""
    encoder = Encoder(tuple(feature.name for feature in features), tuple(None for _ in features))
    return dataclasses.replace(fitted()[0], features=features, encoder=encoder, typical={})


def told(features: tuple[Feature, ...], shares: list[float], cells: list[object]) -> list[Reason]:
    """Return the reasons of one lead with these contributions and values."""
    values = pd.DataFrame({feature.name: [cell] for feature, cell in zip(features, cells, strict=True)})
    return reasons(model_of(features), values, Contributions(-2.0, np.array([shares]), features))[0]


def test_the_strongest_come_first_at_most_four_for_and_two_against() -> None:
    shares = [0.3, -0.9, 0.8, -0.4, 0.5, 0.7, -0.6, 0.4]
    found = told(signals(8), shares, [2.0] * 8)
    assert [reason.contribution for reason in found] == [-0.9, 0.8, 0.7, -0.6, 0.5, 0.4]
    assert sum(reason.contribution > 0 for reason in found) == MOST_FOR == 4
    assert sum(reason.contribution < 0 for reason in found) == MOST_AGAINST == 2
    assert found[1] == Reason("s2", "upgrade", 0.8, 2.0, "Did 2 2 times in the last 7 days")


def test_it_stops_when_both_sides_are_full() -> None:
    found = told(signals(9), [0.9, 0.8, 0.7, 0.6, -0.9, -0.8, 0.5, -0.5, 0.4], [2.0] * 9)
    assert [reason.contribution for reason in found] == [0.9, -0.9, 0.8, -0.8, 0.7, 0.6]


def test_small_contributions_are_no_reasons() -> None:
    found = told(signals(3), [SMALLEST, SMALLEST - 1e-6, -SMALLEST + 1e-6], [1.0] * 3)
    assert [reason.group for reason in found] == ["s0"]
    assert told(signals(2), [0.0, 0.0], [1.0, 1.0]) == []


def test_equal_contributions_keep_the_order_of_the_features() -> None:
    found = told(signals(4), [0.5, 0.5, 0.5, 0.5], [1.0] * 4)
    assert [reason.group for reason in found] == ["s0", "s1", "s2", "s3"]


def test_a_group_is_told_through_the_feature_that_pushes_most_its_way() -> None:
    count, recency = (
        Feature("a.count.7d", "team", "a", "count", window_days=7, did="invited", noun="invitations"),
        Feature("a.recency", "team", "a", "recency", did="invited", noun="invitations"),
    )
    (forward,) = told((count, recency), [-0.2, 0.9], [0.0, 3.0])
    assert forward.contribution == pytest.approx(0.7)
    assert forward.sentence == "Most recently invited 3 days ago"
    (against,) = told((count, recency), [-0.9, 0.2], [0.0, 3.0])
    assert against.sentence == "No invitations in the last 7 days"
    assert against.fact == 0.0
    people = dataclasses.replace(count, name="a.users.7d", aggregate="users")
    (outvoted,) = told((count, recency, people), [-0.5, 0.3, 0.4], [0.0, 3.0, 2.0])
    assert outvoted.sentence == "2 people invited in the last 7 days", "what pushes against cannot speak for"


def test_two_groups_never_say_the_same() -> None:
    twins = tuple(dataclasses.replace(feature, did="paid", noun="payments") for feature in signals(3))
    found = told(twins, [0.9, 0.8, 0.7], [1.0, 1.0, 2.0])
    assert [reason.group for reason in found] == ["s0", "s2"]


@pytest.mark.parametrize(
    ("cell", "fact", "sentence"),
    [
        ("saas", None, "Industry: saas"),
        (None, None, "Industry not known"),
        (np.nan, None, "Industry not known"),
        (pd.NA, None, "Industry not known"),
        (np.inf, None, "Industry not known"),
        (np.float32(2.5), 2.5, "Industry: 2.5"),
        (3, 3.0, "Industry: 3"),
    ],
)
def test_a_fact_is_a_number_or_null(cell: object, fact: float | None, sentence: str) -> None:
    feature = Feature("industry", "fit", "industry", "attribute", noun="industry")
    (found,) = told((feature,), [0.4], [cell])
    assert (found.fact, found.sentence) == (fact, sentence)


def test_reasons_of_a_fitted_model_hold_and_repeat() -> None:
    model, _ = fitted()
    values = make_rows(entities=30, seed=4).values
    shares = contributions(model, values)
    found = reasons(model, values, shares)
    assert len(found) == len(values)
    groups, by_group = shares.by_group()
    for row, lead in enumerate(found):
        assert len({reason.sentence for reason in lead}) == len(lead)
        weights = [abs(reason.contribution) for reason in lead]
        assert weights == sorted(weights, reverse=True)
        for reason in lead:
            assert reason.contribution == by_group[row, groups.index((reason.group, reason.dimension))]
    shuffled = np.random.default_rng(0).permutation(len(values))
    moved = reasons(model, values.iloc[shuffled], contributions(model, values.iloc[shuffled]))
    assert [found[row] for row in shuffled] == moved
