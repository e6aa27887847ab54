from __future__ import annotations

from pqlml.definition import parse_definition
from pqlml.review.changes import changes_in_words
from tests.review.improvable import TEXT

OLD = parse_definition(TEXT)


def test_criteria_are_told_in_words_with_their_key() -> None:
    new = parse_definition(
        TEXT.replace("at_least: 5, points: 40, dimension: engagement", "at_least: 6, points: 40, dimension: engagement")
        .replace("at_least: 1, points: 40, dimension: value", "at_least: 1, points: 55, dimension: upgrade")
        .replace("hot: 60", "hot: 65")
        .replace("horizon_days: 28", "horizon_days: 14")
    )
    assert changes_in_words(OLD, new) == [
        "added: Sign-ins or page views in the last 28 days: 6 or more, 40 points, engagement [active.count.28d]",
        "changed: “reports” actions in the last 28 days: 1 or more, 40 -> 55 points [reports.count.28d]",
        "changed: “reports” actions in the last 28 days: 1 or more, from value to upgrade [reports.count.28d]",
        "dropped: Sign-ins or page views in the last 28 days: 5 or more, 40 points [active.count.28d]",
        "threshold of hot: 60 -> 65 points [tiers.hot]",
        "~ conversion.horizon_days: 28.0 -> 14.0",
    ]
    assert changes_in_words(OLD, OLD) == []


def test_the_same_criterion_twice_is_two_criteria() -> None:
    line = "  - {feature: pricing.count.28d, at_least: 1, points: 20, dimension: upgrade}\n"
    twice = parse_definition(TEXT.replace(line, line + line))
    assert changes_in_words(OLD, twice) == [
        "added: Pricing page views in the last 28 days: 1 or more, 20 points, upgrade [pricing.count.28d]"
    ]


def test_what_only_the_data_know_is_told_by_its_key() -> None:
    rule = "points:\n  - {feature: event.gone_away.count.28d, at_least: 1, points: 5, dimension: value}\n"
    new = parse_definition(TEXT.replace("points:\n", rule))
    (told,) = changes_in_words(OLD, new)
    assert told.endswith("1 or more, 5 points, value [event.gone_away.count.28d]")
