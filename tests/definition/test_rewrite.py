"""A new version of a definition keeps the lines of what did not change."""

from __future__ import annotations

import pytest

from pqlml.definition import Definition, dump_definition, load_definition, parse_definition
from pqlml.definition.rewrite import rewrite
from pqlml.definition.shipped import shipped_definitions

TEXT = """\
# who is looked at
name: small      # as sales call it
sources: {events: {path: events.csv}}

# twice a month
snapshots: {every_days: 14}
conversion: {event: paid}
points:
- {feature: any.count.7d, at_least: 3, points: 10, dimension: engagement}   # agreed in March
# a rule on two lines
- feature: any.days.28d
  at_least: 5   # of 28
  points: 20
  dimension: engagement
# the end
"""


def changed(text: str, **update: object) -> Definition:
    old = parse_definition(text).model_dump(mode="json", exclude_unset=True)
    return Definition.model_validate(old | update)


def rules(*points: int) -> list[dict[str, object]]:
    return [
        {"feature": "any.count.7d", "at_least": 3, "points": points[0], "dimension": "engagement"},
        {"feature": "any.days.28d", "at_least": 5, "points": points[1], "dimension": "engagement"},
    ]


def test_only_what_changed_is_written_anew() -> None:
    new = changed(TEXT, version=2, snapshots={"every_days": 7})
    written = rewrite(TEXT, new)
    assert parse_definition(written) == new
    assert written == TEXT.replace("every_days: 14", "every_days: 7").replace(
        "as sales call it\n", "as sales call it\nversion: 2\n"
    )


def test_a_new_section_stands_at_the_end() -> None:
    new = changed(TEXT, model={"l2": 5.0, "search": {"l2": {"low": 1.0, "high": 9.0}}})
    written = rewrite(TEXT, new)
    assert written == TEXT + "model:\n  l2: 5.0\n  search:\n    l2: {low: 1.0, high: 9.0}\n"
    assert parse_definition(written) == new


def test_a_hash_above_is_that_of_the_new_version() -> None:
    new = changed(TEXT, snapshots={"every_days": 7})
    assert rewrite(f"# hash: {parse_definition(TEXT).hash}\n{TEXT}", new).startswith(f"# hash: {new.hash}\n")


def test_rules_that_stay_keep_their_comments() -> None:
    new = changed(TEXT, points=rules(10, 25))
    written = rewrite(TEXT, new, notes={1: "was 20"})
    assert parse_definition(written) == new
    assert "points: 10, dimension: engagement}   # agreed in March\n" in written
    assert "{feature: any.days.28d, at_least: 5.0, points: 25.0, dimension: engagement}  # was 20\n# the end" in written
    assert "# of 28" not in written


def test_a_rule_on_several_lines_is_kept_whole() -> None:
    written = rewrite(TEXT, changed(TEXT, points=rules(15, 20)))
    lines = ["  - feature: any.days.28d", "    at_least: 5   # of 28", "    points: 20", "    dimension: engagement"]
    assert "\n".join(lines) in written


def test_a_section_left_out_goes_back_to_its_default() -> None:
    new = parse_definition(TEXT).model_copy(update={"points": ()})
    assert parse_definition(rewrite(TEXT, new)).points == ()


@pytest.mark.parametrize(
    "text",
    [
        "{name: small, sources: {events: {path: events.csv}}, snapshots: {every_days: 7}, conversion: {event: paid}}",
        TEXT.replace("every_days: 14", "every_days: &number 14").replace("at_least: 3,", "at_least: *number,"),
    ],
)
def test_where_lines_cannot_be_kept_all_is_written_anew(text: str) -> None:
    new = changed(text, version=2, snapshots={"every_days": 9})
    assert rewrite(text, new) == dump_definition(new)


@pytest.mark.parametrize("name", sorted(shipped_definitions()))
def test_shipped_definitions_keep_their_comments(name: str) -> None:
    path = shipped_definitions()[name]
    text = path.read_text()
    old = load_definition(path)
    new = old.model_copy(update={"version": old.version + 1})
    assert rewrite(text, new) == text.replace(f"version: {old.version}", f"version: {new.version}")
