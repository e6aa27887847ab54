"""Definition files: read, refused with the place, written back, and described to editors."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from pqlml.definition import dump_definition, json_schema, load_definition, parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.errors import DefinitionError
from tests.helpers.definitions import SMALL, refusal, small

SHIPPED = shipped_definitions()
FULL = """
name: every part
version: 3
description: Will they pay?
entity: user
sources:
  events:
    path: events.csv
    null_values: NA
    timezone: Europe/Berlin
    known_at: received_at
    properties: {minutes: watched, spend: {column: amount, dimension: value, noun: euros spent}}
    distinct: {courses: course_id}
  entities: {url: "postgres://db/crm", table: people, signup_at: created, attributes: [plan, country]}
  outcomes: {path: deals.parquet, amount: arr}
  observed_until: 2026-04-01T02:00:00+02:00
population: {min_age_days: 0.5, exclude: {plan: internal}, leaves_on: closed}
snapshots: {at: [2026-01-01, 2026-02-01T12:00:00Z]}
conversion: {stage: won, horizon_days: 60, gap_days: 7, repeatable: true}
signals:
  engagement: {active: [signed_in, "2"]}
  fit:
    plan: plan
    country: country
    company_size: employees
    ideal: {company_size: [50, null], country: [DE, "1"]}
    negative: {plan: legacy}
windows_days: [1, all]
phrases: {active: {did: signed in, noun: sign-ins}}
points:
  - {feature: active.count.1d, at_least: 3, points: 40, dimension: engagement}
  - {feature: plan, values: team, points: 61.5, dimension: fit}
tiers: {by: probability, critical: 0.5, hot: 0.2, warm: 0.05}
evaluation: {test_from: 2026-02-01}
"""


def test_every_part_survives_being_written_and_read() -> None:
    definition = parse_definition(FULL)
    again = parse_definition(dump_definition(definition))
    assert again == definition
    assert again.hash == definition.hash


@pytest.mark.parametrize("positive", ["1", "true", "'1'", "'yes'"])
def test_a_value_that_equals_the_default_keeps_its_kind(positive: str) -> None:
    text = f"name: t\nsources: {{entities: {{path: a.csv}}}}\nconversion: {{label: y, positive: {positive}}}\n"
    definition = parse_definition(text)
    again = parse_definition(dump_definition(definition))
    assert type(again.conversion.positive) is type(definition.conversion.positive)
    assert again.hash == definition.hash


def test_defaults_that_were_not_said_are_not_written() -> None:
    assert yaml.safe_load(dump_definition(small())) == yaml.safe_load(SMALL)


def test_a_file_is_read_like_its_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(SMALL + "description: Größe zählt\n", encoding="utf-8")
    assert load_definition(str(file)) == small("description: Größe zählt")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"cannot read the definition .*gone\.yaml: No such file"):
        load_definition(tmp_path / "gone.yaml")
    with pytest.raises(DefinitionError, match="Is a directory"):
        load_definition(tmp_path)
    table = tmp_path / "table.parquet"
    table.write_bytes(b"PAR1\xff\xfe")
    with pytest.raises(DefinitionError, match=r"table\.parquet is not text in UTF-8"):
        load_definition(table)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "definition holds nothing; expected sections like name"),
        ("- a\n- b", "definition holds list; expected sections"),
        ("name: [", "definition is not YAML"),
        ("name: a\nname: b", "definition: line 2: the key 'name' is written twice in one section"),
        ("a:\n  b: 1\n  c: 2\n  b: 3", "line 4: the key 'b' is written twice"),
        ("? [a, b]\n: c", "line 1: a key is a list or a section; expected a name"),
    ],
)
def test_what_is_no_mapping_with_unique_keys_is_refused(text: str, said: str) -> None:
    assert said in refusal(text)


def test_one_key_may_stand_in_several_sections_and_sections_may_be_merged() -> None:
    shared = "phrases:\n  active: &a {did: signed in, noun: sign-ins}\n  invited: {<<: *a, did: invited}\n"
    definition = small("signals: {engagement: {active: in}, team: {invited: inv}}\n" + shared)
    assert definition.phrases["invited"].did == "invited"
    assert definition.phrases["invited"].noun == "sign-ins"


@pytest.mark.parametrize(
    ("more", "place", "said"),
    [
        ("snapshot: {}", "(whole file)", "unknown key 'snapshot': did you mean 'snapshots'?"),
        ("population: {min_age: 1}", "population", "unknown key 'min_age': did you mean 'min_age_days'?"),
        ("signals: {enagement: {a: b}}", "signals", "did you mean 'engagement'?"),
        ("signals: {fit: {sector: a}}", "signals.fit", "unknown key 'sector'"),
        ("evaluation: {fold: 5}", "evaluation", "did you mean 'folds'?"),
        ("tiers: {hott: 3}", "tiers", "did you mean 'hot'?"),
        ("phrases: {any: {did: a, nouns: b}}", "phrases.any", "did you mean 'noun'?"),
        ("points: [{feature: a, atleast: 3, points: 1, dimension: fit}]", "points.0", "did you mean 'at_least'?"),
        ("points: [{feature: a, at_least: 3, points: 1, dimension: fitt}]", "points.0.dimension", "'team', 'value'"),
        ("population: 3", "population", "valid dictionary"),
        ("version: zero", "version", "(given: 'zero')"),
        ("evaluation: {test_from: soon}", "evaluation.test_from", "'soon' is no date or time"),
        ("evaluation: {test_from: 20260301}", "evaluation.test_from", "expected a date or time"),
        ("windows_days: [7, 28d]", "windows_days.1", "'28d' is no window; give a number of days, for example 28"),
        ("population: {exclude: {country: [no]}}", "population.exclude.country.0", "valid string (given: False)"),
    ],
)
def test_a_problem_is_told_with_its_place(more: str, place: str, said: str) -> None:
    text = refusal(SMALL + more)
    lines = [line for line in text.splitlines() if line.startswith(f"  {place}: ")]
    assert len(lines) == 1, text
    assert said in lines[0]


def test_an_unknown_key_of_a_source_is_told_with_its_place() -> None:
    text = refusal(SMALL.replace("path: events.csv", "path: events.csv, user: u, propertys: {}"))
    assert "sources.events: unknown key 'user': did you mean 'user_id'?" in text
    assert "unknown key 'propertys': did you mean 'properties'?" in text


def test_all_problems_are_told_at_once() -> None:
    text = refusal(SMALL + "version: 0\ntiers: {by: luck}\n")
    assert "  version: " in text
    assert "  tiers.by: " in text


def test_a_missing_section_is_named() -> None:
    text = refusal("name: small")
    assert "  sources: Field required" in text
    assert "  conversion: Field required" in text


def test_the_schema_is_valid_and_names_every_section() -> None:
    schema = json.loads(json_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {"sources", "conversion", "signals", "points", "evaluation"} <= set(schema["properties"])


def as_json(text: str) -> object:
    """Read YAML as an editor does for a schema: times stay texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_schema_accepts_each_shipped_file(name: str) -> None:
    jsonschema.validate(as_json(SHIPPED[name].read_text(encoding="utf-8")), json.loads(json_schema()))


def test_the_schema_accepts_short_forms() -> None:
    jsonschema.validate(as_json(FULL), json.loads(json_schema()))


@pytest.mark.parametrize("more", ["snapshot: {}", "version: zero", "tiers: {hott: 3}", "windows_days: [7, 28d]"])
def test_the_schema_refuses_what_the_reader_refuses(more: str) -> None:
    refusal(SMALL + more)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(SMALL + more), json.loads(json_schema()))
