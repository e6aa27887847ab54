"""The definition as a whole: sections that fit together, and a hash of the content alone."""

from __future__ import annotations

import random

import pytest
import yaml

from pqlml.definition import parse_definition
from pqlml.definition.shipped import shipped_definitions
from tests.helpers.definitions import SMALL, refusal, small

SAAS = shipped_definitions()["saas"].read_text(encoding="utf-8")
LEADS = "name: leads\nsources: {entities: {path: leads.csv}}\nconversion: {label: converted}\n"


def shuffled(value: object, order: random.Random) -> object:
    """Put the keys of every section into another order; lists stay as they are."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, order) for item in value]
    return value


@pytest.mark.parametrize("seed", range(3))
def test_the_hash_ignores_order_and_layout(seed: int) -> None:
    content = shuffled(yaml.safe_load(SAAS), random.Random(seed))
    text = yaml.safe_dump(content, sort_keys=False, indent=6)
    assert text != SAAS
    assert parse_definition(text).hash == parse_definition(SAAS).hash


def test_the_hash_ignores_comments_and_defaults_that_are_said() -> None:
    said = SMALL.replace("{event: paid}", "{event: paid, horizon_days: 30, gap_days: 0}  # a month")
    assert parse_definition(said + "windows_days: [7, 14, 28, all]\ntiers: {hot: 76.0}\n").hash == small().hash


def test_the_hash_is_known() -> None:
    assert small().hash == parse_definition(SMALL).hash
    assert len(small().hash) == 16
    assert int(small().hash, 16) > 0


@pytest.mark.parametrize(
    "more",
    [
        "version: 2",
        "description: other",
        "entity: user",
        "windows_days: [7, 14]",
        "population: {min_age_days: 1}",
        "signals: {engagement: {active: a}}",
        "tiers: {hot: 77}",
        "points: [{feature: a.count.7d, at_least: 3, points: 5, dimension: fit}]",
        "evaluation: {folds: 5}",
    ],
)
def test_the_hash_tells_contents_apart(more: str) -> None:
    assert small(more).hash != small().hash


@pytest.mark.parametrize("name", ["../../etc", "a/b", "it's", "a:b", "", " a", "a\nb"])
def test_a_name_is_fit_for_files_and_registries(name: str) -> None:
    content = yaml.safe_load(SMALL) | {"name": name}
    assert "  name: String should match pattern" in refusal(yaml.safe_dump(content))


@pytest.mark.parametrize("name", ["saas-trial", "Größe 2.0_EU", "a"])
def test_a_name_may_be_readable(name: str) -> None:
    assert parse_definition(SMALL.replace("small", name)).name == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SMALL.replace("snapshots: {every_days: 7}", ""), "'snapshots' is missing: say at which cutoffs"),
        (
            SMALL.replace("every_days: 7", "after_signup_days: [1]"),
            "'after_signup_days' needs 'sources.entities.signup_at'",
        ),
        (
            SMALL.replace("every_days: 7", "after_signup_days: [1]").replace(
                "{events:", "{entities: {path: e.csv}, events:"
            ),
            "'after_signup_days' needs 'sources.entities.signup_at'",
        ),
        (SMALL.replace("{events: {path: events.csv}}", "{entities: {path: a.csv}}"), "'conversion.event' needs"),
        (SMALL.replace("event: paid", "stage: won"), "'conversion.stage' needs 'sources.outcomes'"),
        (
            SMALL.replace("event: paid", "label: y").replace("snapshots: {every_days: 7}", ""),
            "needs the table of leads",
        ),
        (LEADS + "snapshots: {monthly: true}", "a 'label' column has no time: leave 'snapshots' out"),
        (SMALL + "windows_days: [7, 7]", "'windows_days' names a window twice: [7, 7]"),
        (SMALL + "phrases: {zzz: {did: a, noun: b}}", "'phrases' speaks of the signal 'zzz'; valid: age"),
        (
            SMALL + "signals: {team: {invited: i}}\nphrases: {invite: {did: a, noun: b}}",
            "'phrases' speaks of the signal 'invite'; did you mean 'invited'?",
        ),
    ],
)
def test_sections_fit_together(text: str, said: str) -> None:
    assert said in refusal(text)


def test_sign_up_times_allow_cutoffs_after_them() -> None:
    entities = "{entities: {path: a.csv, signup_at: created}, events:"
    text = SMALL.replace("every_days: 7", "after_signup_days: [1, 3.5]").replace("{events:", entities)
    snapshots = parse_definition(text).snapshots
    assert snapshots is not None
    assert snapshots.after_signup_days == (1, 3.5)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("reasons: {language: dee}", "no language 'dee'; "),
        ("translations: {dee: {any: {did: a, noun: b}}}", "no language 'dee'; "),
        ("translations: {de: {ani: {did: a, noun: b}}}", "'translations.de' speaks of the signal 'ani'"),
        ("phrases: {any: {noun: b}}", "'phrases' lacks 'did' for the signal 'any'"),
        (
            "phrases: {any: {did: a b c d e f g h, noun: b}}",
            "'did' has 8 words ('a b c d e f g h'); say",
        ),
        ("phrases: {any: {did: a, noun: a b c d e f}}", "'noun' has 6 words ('a b c d e f'); say"),
    ],
)
def test_words_for_sales_are_checked(more: str, problem: str) -> None:
    assert problem in refusal(SMALL + more)


def test_phrases_may_name_what_nobody_does() -> None:
    phrases = small("phrases: {attribute.team_size: {noun: people}, age: {noun: age}}").phrases
    assert phrases["attribute.team_size"].did == ""


def test_told_in_another_language_it_has_the_phrases_of_that_language() -> None:
    text = "phrases: {any: {did: a, noun: b}}\ntranslations: {de: {any: {did: c, noun: d}}}"
    definition = small(text)
    assert definition.told_in("en") is definition
    german = definition.told_in("de")
    assert (german.reasons.language, german.phrases["any"].did) == ("de", "c")
    assert small("phrases: {any: {did: a, noun: b}}").told_in("de").phrases == {}


def test_phrases_may_speak_of_any_use_and_of_unmapped_events() -> None:
    phrases = small("phrases: {any: {did: a, noun: b}, event.opened: {did: a, noun: b}}").phrases
    assert list(phrases) == ["any", "event.opened"]


def test_a_table_of_leads_has_no_times() -> None:
    assert parse_definition(LEADS).timeless
    assert not small().timeless


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("population: {min_age_days: 1}", "leave 'population' out (take the rows that are no leads out of the table)"),
        ("signals: {team: {invited: i}}", "leave 'signals.team' out (it would be ignored)"),
        ("evaluation: {test_from: 2026-01-01}", "leave 'evaluation.test_from' out"),
    ],
)
def test_a_table_of_leads_ignores_nothing(more: str, said: str) -> None:
    assert said in refusal(LEADS + more)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{path: leads.csv}", "{path: leads.csv}, events: {path: e.csv}", "'sources.events' out (without times they c"),
        ("{path: leads.csv}", "{path: leads.csv}, outcomes: {path: e.csv}", "leave 'sources.outcomes' out"),
        ("{path: leads.csv}", "{path: leads.csv}, observed_until: 2026-01-01", "leave 'sources.observed_until' out"),
        ("leads.csv", "leads.csv, valid_from: since", "leave 'sources.entities.valid_from' out"),
        ("converted", "converted, horizon_days: 7", "leave 'conversion.horizon_days' out"),
    ],
)
def test_a_table_of_leads_takes_nothing_that_has_times(old: str, new: str, said: str) -> None:
    assert said in refusal(LEADS.replace(old, new))
