"""Reasons: the strongest few groups, each told once, through the feature that pushes most."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pqlml.explain import Contributions, Telling, contributions, reasons
from pqlml.explain.reasons import SMALLEST
from pqlml.features import Feature
from pqlml.language import language
from tests.helpers.synthetic import fitted, make_rows


def signals(count: int) -> tuple[Feature, ...]:
    return tuple(
        Feature(f"s{n}.count.7d", "upgrade", f"s{n}", "count", window_days=7, did=f"did {n}", noun=f"things {n}")
        for n in range(count)
    )


def telling(features: tuple[Feature, ...], most_for: int = 4, most_against: int = 2, code: str = "en") -> Telling:
    return Telling(language(code), "account", most_for, most_against, features)


def told(
    features: tuple[Feature, ...], shares: list[float], cells: list[object], most_for: int = 4, most_against: int = 2
) -> list[tuple[str, float, float | None, str]]:
    """Return the reasons of one lead with these contributions and values: group, contribution, fact, sentence."""
    values = pd.DataFrame({feature.name: [cell] for feature, cell in zip(features, cells, strict=True)})
    given = Contributions(-2.0, np.array([shares]), features)
    groups, _ = given.by_group()
    found = reasons(values, given, telling(features, most_for, most_against))
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found[["typical", "similar"]].isna().all(axis=None), "one lead is compared with nobody"
    columns = (found[name].tolist() for name in ("group", "contribution", "fact", "sentence"))
    return [
        (groups[group][0], contribution, None if np.isnan(fact) else fact, text)
        for group, contribution, fact, text in zip(*columns, strict=True)
    ]


def test_the_strongest_come_first_at_most_four_for_and_two_against() -> None:
    shares = [0.3, -0.9, 0.8, -0.4, 0.5, 0.7, -0.6, 0.4]
    found = told(signals(8), shares, [2.0] * 8)
    assert [contribution for _, contribution, *_ in found] == [-0.9, 0.8, 0.7, -0.6, 0.5, 0.4]
    assert found[1] == ("s2", 0.8, 2.0, "Did 2 2 times in the last 7 days")


@pytest.mark.parametrize(
    ("most_for", "most_against", "kept"), [(1, 1, [-0.9, 0.8]), (0, 3, [-0.9, -0.6, -0.4]), (2, 0, [0.8, 0.7])]
)
def test_at_most_as_many_as_are_asked_for(most_for: int, most_against: int, kept: list[float]) -> None:
    shares = [0.3, -0.9, 0.8, -0.4, 0.5, 0.7, -0.6, 0.4]
    found = told(signals(8), shares, [2.0] * 8, most_for=most_for, most_against=most_against)
    assert [contribution for _, contribution, *_ in found] == kept


def test_it_stops_when_both_sides_are_full() -> None:
    found = told(signals(9), [0.9, 0.8, 0.7, 0.6, -0.9, -0.8, 0.5, -0.5, 0.4], [2.0] * 9)
    assert [contribution for _, contribution, *_ in found] == [0.9, -0.9, 0.8, -0.8, 0.7, 0.6]


def test_small_contributions_are_no_reasons() -> None:
    found = told(signals(3), [SMALLEST, SMALLEST - 1e-6, -SMALLEST + 1e-6], [1.0] * 3)
    assert [group for group, *_ in found] == ["s0"]
    assert told(signals(2), [0.0, 0.0], [1.0, 1.0]) == []


def test_equal_contributions_keep_the_order_of_the_features() -> None:
    found = told(signals(4), [0.5, 0.5, 0.5, 0.5], [1.0] * 4)
    assert [group for group, *_ in found] == ["s0", "s1", "s2", "s3"]


def test_a_group_is_told_through_the_feature_that_pushes_most_its_way() -> None:
    count, recency = (
        Feature("a.count.7d", "team", "a", "count", window_days=7, did="invited", noun="invitations"),
        Feature("a.recency", "team", "a", "recency", did="invited", noun="invitations"),
    )
    (forward,) = told((count, recency), [-0.2, 0.9], [0.0, 3.0])
    assert forward[1] == pytest.approx(0.7)
    assert forward[3] == "Most recently invited 3 days ago"
    (against,) = told((count, recency), [-0.9, 0.2], [0.0, 3.0])
    assert against[2:] == (0.0, "No invitations in the last 7 days")
    people = dataclasses.replace(count, name="a.users.7d", aggregate="users")
    (outvoted,) = told((count, recency, people), [-0.5, 0.3, 0.4], [0.0, 3.0, 2.0])
    assert outvoted[3] == "2 people invited over the last 7 days", "what pushes against cannot speak for"


def test_two_groups_never_say_the_same() -> None:
    twins = tuple(dataclasses.replace(feature, did="paid", noun="payments") for feature in signals(3))
    found = told(twins, [0.9, 0.8, 0.7], [1.0, 1.0, 2.0])
    assert [group for group, *_ in found] == ["s0", "s2"]


@pytest.mark.parametrize(
    ("cell", "fact", "sentence"),
    [
        ("saas", None, "Industry: saas"),
        (None, None, "Industry not known; more likely with this profile"),
        (np.nan, None, "Industry not known; more likely with this profile"),
        (pd.NA, None, "Industry not known; more likely with this profile"),
        (np.inf, None, "Industry not known; more likely with this profile"),
        (np.float32(2.5), 2.5, "Industry: 2.5"),
        (3, 3.0, "Industry: 3"),
    ],
)
def test_a_fact_is_a_number_or_null(cell: object, fact: float | None, sentence: str) -> None:
    feature = Feature("industry", "fit", "industry", "attribute", category=isinstance(cell, str), noun="industry")
    (found,) = told((feature,), [0.4], [cell])
    assert found[2:] == (fact, sentence)


def test_reasons_of_a_fitted_model_hold_and_repeat() -> None:
    model, _ = fitted()
    values = make_rows(entities=30, seed=4).values
    words = Telling.of(model)
    shares = contributions(model, values)
    found = reasons(values, shares, words)
    assert set(found["lead"]) == set(range(len(values)))
    assert not found.duplicated(["lead", "statement"]).any()
    groups, by_group = shares.by_group()
    for _, lead in found.groupby("lead"):
        weights = lead["contribution"].abs().tolist()
        assert weights == sorted(weights, reverse=True)
    assert (found["contribution"] == by_group[found["lead"], found["group"]]).all()
    assert (found["dimension"] == [groups[group][1] for group in found["group"]]).all()
    shuffled = np.random.default_rng(0).permutation(len(values))
    moved = reasons(values.iloc[shuffled], contributions(model, values.iloc[shuffled]), words)
    moved["lead"] = shuffled[moved["lead"]]
    again = moved.sort_values(["lead", "rank"], kind="stable").reset_index(drop=True)
    pd.testing.assert_frame_equal(again, found)


def test_a_rounding_error_changes_no_order() -> None:
    features, values = signals(3), pd.DataFrame({f"s{n}.count.7d": [1.0, 1.0] for n in range(3)})
    noisy = np.array([[0.5, 0.5 + 1e-12, 0.4], [0.5 + 1e-12, 0.5, 0.4]])
    found = reasons(values, Contributions(0.0, noisy, features), telling(features))
    assert found["group"].tolist() == [0, 1, 2, 0, 1, 2]


def test_a_lead_is_compared_with_the_leads_of_its_age() -> None:
    hits = signals(1)[0]
    age = Feature("age_days", "engagement", "age", "age")
    features = (hits, age)
    young, old, few = 31, 40, 5
    values = pd.DataFrame(
        {
            hits.name: [9.0] + [0.0] * (young - 1) + [3.0] * old + [5.0] * few,
            "age_days": [5.0] * young + [60.0] * old + [400.0] * few,
        }
    )
    pushes = np.column_stack([np.full(len(values), 0.5), np.zeros(len(values))])
    found = reasons(values, Contributions(0.0, pushes, features), telling(features)).set_index("lead")
    first, last = found.loc[0], found.loc[len(values) - 1]
    assert first["sentence"] == "Did 0 9 times in the last 7 days; similar accounts: 0"
    assert first["statement"] == "Did 0 9 times in the last 7 days"
    assert (first["typical"], first["similar"]) == (0.0, "31 scored accounts that signed up within 7 days")
    assert last["sentence"] == "Did 0 5 times in the last 7 days; similar accounts: 3", "too few are of its age"
    assert last["similar"] == "all 76 scored accounts"
    assert found.loc[1 : young + old - 1, "similar"].isna().all(), "what is as usual is not compared"
    german = reasons(values, Contributions(0.0, pushes, features), telling(features, code="de"))
    assert german["sentence"][0] == "In den letzten 7 Tagen 9-mal did 0; ähnliche Konten: 0"
    low = reasons(values, Contributions(0.0, -pushes, features), telling(features)).set_index("lead")
    assert low.loc[0, "sentence"] == "Did 0 9 times in the last 7 days; less likely with this profile", "9 are many"
    assert low.loc[1, "sentence"] == "No things 0 in the last 7 days", "as of all of its age, and a minus by itself"
    assert low["typical"].isna()[0]


def test_a_group_is_told_through_a_feature_that_makes_sense_if_it_pushes_nearly_as_much() -> None:
    week, month = (
        Feature(f"a.count.{days}d", "team", "a", "count", window_days=days, did="invited", noun="invitations")
        for days in (7, 28)
    )
    (nearly,) = told((week, month), [-0.5, -0.9], [0.0, 8.0])
    assert nearly[2:] == (0.0, "No invitations in the last 7 days")
    assert nearly[1] == pytest.approx(-1.4), "the weight is that of the group"
    (far,) = told((week, month), [-0.4, -0.9], [0.0, 8.0])
    assert far[3] == "Invited 8 times in the last 28 days; less likely with this profile"
    (agreed,) = told((week, month), [-0.5, -0.9], [0.0, 0.0])
    assert agreed[3] == "No invitations in the last 28 days", "of those that make sense, the strongest"


def test_few_leads_are_compared_with_nobody() -> None:
    feature = signals(1)[0]
    values = pd.DataFrame({feature.name: [9.0] + [1.0] * 28})
    found = reasons(values, Contributions(0.0, np.full((29, 1), 0.5), (feature,)), telling((feature,)))
    assert found["similar"].isna().all()
    assert (found["statement"] == found["sentence"]).all()
