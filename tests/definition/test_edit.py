from __future__ import annotations

import datetime as dt
import difflib

import pytest

from pqlml.definition import PointsRule, diff_definitions, parse_definition
from pqlml.definition.changelog import Adoption
from pqlml.definition.edit import add_to_changelog, change_points, change_tiers, change_version
from pqlml.definition.shipped import shipped_definitions
from pqlml.errors import DefinitionError

TEXT = """\
# Our definition; ask Kim.
name: small            # also the model's name
sources: {events: {path: events.csv}}
snapshots: {every_days: 7}
conversion: {event: paid}
signals: {engagement: {active: [signed_in]}}
points:
  # what sales believes
  - {feature: active.count.7d, at_least: 5, points: 20, dimension: engagement}   # daily
  - feature: active.count.28d
    at_least: 9
    points: 10         # a guess
    dimension: value
  # the last word
  - {feature: active.recency, at_most: 3, points: 7.5, dimension: engagement}
tiers: {warm: 10, hot: 20}   # agreed in May
"""
RULE = PointsRule(feature="active.days.28d", at_least=3, points=15, dimension="engagement")


def changed_lines(text: str) -> list[str]:
    lines = difflib.unified_diff(TEXT.splitlines(), text.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_only_the_spots_change_and_comments_stay() -> None:
    assert changed_lines(change_points(TEXT, {0: 25, 1: -5})) == [
        "-  - {feature: active.count.7d, at_least: 5, points: 20, dimension: engagement}   # daily",
        "+  - {feature: active.count.7d, at_least: 5, points: 25, dimension: engagement}   # daily",
        "-    points: 10         # a guess",
        "+    points: -5         # a guess",
    ]
    assert changed_lines(change_tiers(TEXT, {"hot": 35.5})) == [
        "-tiers: {warm: 10, hot: 20}   # agreed in May",
        "+tiers: {warm: 10, hot: 35.5}   # agreed in May",
    ]


def test_rules_go_and_come_with_their_lines() -> None:
    text = change_points(TEXT, {}, [1], [(RULE, "found in May")])
    assert changed_lines(text) == [
        "-  - feature: active.count.28d",
        "-    at_least: 9",
        "-    points: 10         # a guess",
        "-    dimension: value",
        "+  - {feature: active.days.28d, at_least: 3, points: 15, dimension: engagement}  # found in May",
    ]
    assert [rule.points for rule in parse_definition(text).points] == [20, 7.5, 15]
    assert "# the last word" in text


def test_all_rules_may_go_and_a_list_may_begin() -> None:
    none = change_points(TEXT, {}, [0, 1, 2])
    assert parse_definition(none).points == ()
    assert "tiers" in none
    again = change_points(none, {}, [], [(RULE, "first")])
    assert parse_definition(again).points == (RULE,)
    replaced = change_points(TEXT, {}, [0, 1, 2], [(RULE, "the only one")])
    assert parse_definition(replaced).points == (RULE,)


def test_missing_thresholds_and_versions_are_stated() -> None:
    assert parse_definition(change_tiers(TEXT, {"critical": 90})).tiers.critical == 90
    block = TEXT.replace("tiers: {warm: 10, hot: 20}   # agreed in May", "tiers:\n  warm: 10\n  hot: 20")
    assert parse_definition(change_tiers(block, {"critical": 90, "warm": 5})).tiers.warm == 5
    without = TEXT.replace("tiers: {warm: 10, hot: 20}   # agreed in May\n", "")
    assert parse_definition(change_tiers(without, {"warm": 5, "hot": 9})).tiers.hot == 9
    assert changed_lines(change_version(TEXT, 2)) == ["+version: 2"]
    assert parse_definition(change_version(change_version(TEXT, 2), 3)).version == 3


def test_changelog_grows_newest_first_and_does_not_touch_the_hash() -> None:
    adopted = Adoption(version=2, date=dt.date(2026, 5, 1), by="Kim", why="sales: too many", changes=("~ a: 1 -> 2",))
    once = add_to_changelog(TEXT, adopted)
    twice = add_to_changelog(once, adopted.model_copy(update={"version": 3}))
    found = parse_definition(twice)
    assert [entry.version for entry in found.changelog] == [3, 2]
    assert found.changelog[1] == adopted
    assert found.hash == parse_definition(TEXT).hash
    assert diff_definitions(parse_definition(TEXT), found) == []
    assert parse_definition(add_to_changelog(TEXT + "changelog: []\n", adopted)).changelog == (adopted,)


def test_without_a_line_end_at_the_end() -> None:
    bare = TEXT[: TEXT.index("tiers")].rstrip("\n")
    assert parse_definition(change_points(bare, {}, [], [(RULE, "x")])).points[-1] == RULE


def test_lists_in_one_line_are_refused() -> None:
    flow = "points: [{feature: active.count.7d, at_least: 5, points: 20, dimension: value}]\n"
    with pytest.raises(DefinitionError, match="one rule per line"):
        change_points(TEXT[: TEXT.index("points:")] + flow, {0: 3})
    with pytest.raises(DefinitionError, match="one section per line"):
        change_version("{name: x}", 2)


@pytest.mark.parametrize("name", sorted(shipped_definitions()))
def test_every_shipped_file_can_be_changed(name: str) -> None:
    text = shipped_definitions()[name].read_text()
    before = parse_definition(text)
    if not before.points:
        return
    changed = change_version(change_points(text, {0: 99}, [], [(RULE, "x")]), before.version + 1)
    after = parse_definition(changed)
    assert after.version == before.version + 1
    assert after.points == (before.points[0].model_copy(update={"points": 99.0}), *before.points[1:], RULE)
