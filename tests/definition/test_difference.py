"""What changed between two definitions, line by line."""

from __future__ import annotations

from pqlml.definition import diff_definitions
from tests.helpers.definitions import small

RULE = "{feature: a.count.7d, at_least: 3, points: %s, dimension: %s}"


def lines(old: str, new: str) -> list[str]:
    return [str(difference) for difference in diff_definitions(small(old), small(new))]


def test_equal_definitions_do_not_differ() -> None:
    assert lines("tiers: {hot: 76}", "# nothing\n") == []


def test_each_kind_of_change_is_one_line() -> None:
    found = lines(
        "version: 1\npopulation: {min_age_days: 2, leaves_on: closed}\nwindows_days: [7]",
        "version: 2\npopulation: {max_age_days: 90, min_age_days: 0}\nwindows_days: [7, all]",
    )
    assert found == [
        "- population.leaves_on: ['closed']",
        "+ population.max_age_days: 90.0",
        "~ population.min_age_days: 2.0 -> 0.0",
        "~ version: 1 -> 2",
        "~ windows_days: [7] -> [7, 'all']",
    ]


def test_points_are_matched_by_their_condition_whatever_their_order() -> None:
    other = "{feature: plan, values: [team, pro], points: 5, dimension: fit}"
    found = lines(
        f"points: [{RULE % (10, 'team')}, {other}]",
        f"points: [{other}, {RULE % (25, 'team')}]",
    )
    assert found == ["~ points[a.count.7d at_least 3.0]: 10 (team) -> 25 (team)"]


def test_rules_that_come_and_go() -> None:
    bounded = "{feature: size, at_least: 50, at_most: 500, points: 20, dimension: fit}"
    assert lines("", f"points: [{bounded}]") == ["+ points[size at_least 50.0 at_most 500.0]: 20 (fit)"]
    assert lines(f"points: [{bounded}]", "") == ["- points[size at_least 50.0 at_most 500.0]: 20 (fit)"]


def test_one_condition_may_give_points_twice() -> None:
    once, twice = RULE % (10, "team"), f"{RULE % (10, 'team')}, {RULE % (5, 'value')}"
    assert lines(f"points: [{once}]", f"points: [{twice}]") == ["+ points[a.count.7d at_least 3.0] #2: 5 (value)"]
