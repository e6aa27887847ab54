"""Languages: a language is only a file, and nothing of another one is left in its sentences."""

from __future__ import annotations

import re
import string
from typing import get_args

import pandas as pd
import pytest

from pqlml.definition import Definition, load_definition, parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.errors import DefinitionError
from pqlml.explain import profile, sentence, told_features
from pqlml.explain.statements import MOST_WORDS, Value
from pqlml.features import Feature, Vocabulary, catalogue, feature_by_name, vocabulary_without_data
from pqlml.features.phrases import noun_for
from pqlml.features.spec import Aggregate
from pqlml.language import language, languages
from tests.helpers.definitions import small

WORD = re.compile(r"[^\W\d_]+")
VALUES: tuple[Value, ...] = (None, 0.0, 0.3, 1.0, 2.5, -3.0, 1234.0)


def words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def everything(code: str) -> Definition:
    """A definition with every kind of feature, whose own names are said in no language."""
    return parse_definition(
        f"""
name: everything
sources:
  events:
    path: events.csv
    user_id: user
    session_id: session
    properties: {{xx: {{column: xx, dimension: value}}}}
    distinct: {{yy: {{column: yy, dimension: value}}}}
  entities: {{path: accounts.csv, signup_at: created}}
  users: {{path: users.csv, role: title}}
snapshots: {{monthly: true}}
conversion: {{event: paid}}
reasons: {{language: {code}}}
signals:
  engagement: {{active: [aa, bb], features: cc, advanced: dd}}
  team: {{invited: ee, joined: ff, workspace: gg, admins: hh}}
  value: {{milestones: [ii, jj], workflows: kk, records: ll, goals: mm}}
  upgrade: {{limit_hit: nn, paid_feature: oo, pricing: pp, upgrade_clicked: qq, hand_raised: rr, zz: ss}}
  ratios: {{vv: {{part: zz, whole: limit_hit}}}}
  limits: {{ww: {{signal: records, limit: 10, days: 7}}, uu: {{attribute: tt, limit: 5}}}}
  trial: {{days: 14}}
  fit:
    {{company_size: c1, industry: c2, revenue: c3, technologies: c4, country: c5, role: c6, plan: c7,
      ideal: {{company_size: [1, 2], industry: [x]}}, negative: {{country: [y]}}}}
features: [active.weeks.7d, active.regularity.28d, active.top_share.28d, active.complete, active.acceleration,
  active.current_streak, active.week_streak, active.early.1d, active.early.10d, active.days.1d, active.days.all,
  xx.newest, xx.largest.28d, depth.ratio.7d, depth.ratio.all, vv.ratio.28d, fit.matches,
  person.seniority, person.seniority.most_active]
"""
    )


def features(definition: Definition) -> list[Feature]:
    vocabulary = Vocabulary(
        unmapped=("Aaa_Bbb",),
        attributes={"qqq_rrr": "number", **{f"c{n}": "category" for n in range(2, 8)}, "c1": "number", "tt": "number"},
        users=True,
        sessions=True,
    )
    extra = [
        Feature(
            "since", "upgrade", "trial", "since", noun=language(definition.reasons.language).text("nouns.trial_end")
        )
    ]
    return [*catalogue(definition, vocabulary), *extra]


def told(definition: Definition) -> list[str]:
    """Every sentence of every feature for values where grammar turns, with a comparison."""
    spoken = language(definition.reasons.language)
    return [
        sentence(feature, value, 17.5, told_in=spoken, entity=entity)
        for feature in features(definition)
        for value in ((None, "xxx") if feature.category else VALUES)
        for entity in ("account", "user")
    ]


def test_there_is_english_and_another_one() -> None:
    assert {"en", "de"} <= set(languages())


@pytest.mark.parametrize("code", languages())
def test_every_language_has_the_same_keys_with_the_same_slots(code: str) -> None:
    english, other = language("en").texts, language(code).texts
    assert list(english) == list(other)
    for key, text in english.items():
        here = slots(other[key])
        assert here <= slots(text) | {"did", "noun"}, key
        assert {"n", "share", "typical", "leads"} & slots(text) <= here, f"{key} loses a number"
        assert other[key].strip(), key


def test_an_unknown_language_is_refused_with_the_nearest() -> None:
    with pytest.raises(DefinitionError, match="no language 'du'; valid: de, en"):
        language("du")


def test_every_kind_of_feature_is_among_them() -> None:
    assert {feature.aggregate for feature in features(everything("de"))} == set(get_args(Aggregate))


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_no_english_is_left_over(code: str) -> None:
    of_english = set().union(*map(words, language("en").texts.values()))
    own = set().union(*map(words, language(code).texts.values()))
    foreign = of_english - own
    assert len(foreign) > 100
    for text in told(everything(code)):
        assert not words(text) & foreign, text
    listed = told_features(tuple(features(everything(code))))
    rows = pd.DataFrame({each.name: ["xxx"] if each.category else [2.0] for each in listed})
    for label in profile(listed, rows, language(code))["label"]:
        assert not words(label) & foreign, label


@pytest.mark.parametrize("code", languages())
def test_every_sentence_is_short_and_in_words(code: str) -> None:
    for text in told(everything(code)):
        assert len(text.split()) <= MOST_WORDS, text
        assert text[0] == text[0].upper(), text
        assert not re.search(r"_|[a-z]\.[a-z]|  |[{}]", text), text


@pytest.mark.parametrize("name", shipped_definitions())
def test_shipped_definitions_are_told_in_every_language(name: str) -> None:
    definition = load_definition(shipped_definitions()[name])
    for code in languages():
        spoken = language(code)
        for feature in catalogue(definition.told_in(code), vocabulary_without_data(definition)):
            text = sentence(feature, None if feature.category else 2.5, 17.5, told_in=spoken)
            assert 0 < len(text.split()) <= MOST_WORDS, text


def test_translations_stand_in_for_the_phrases_of_the_definition() -> None:
    more = """
phrases: {limit_hit: {did: hit the storage limit, noun: storage limits hit}}
translations: {de: {limit_hit: {did: das Speicherlimit erreicht, noun: Speicherlimits}}}
"""
    definition = small("signals: {upgrade: {limit_hit: hit}}" + more)
    for code, text in (("en", "Hit the storage limit"), ("de", "In den letzten 7 Tagen 2-mal das Speicherlimit")):
        feature = feature_by_name(definition.told_in(code), Vocabulary(), "limit_hit.count.7d")
        assert sentence(feature, 2.0, told_in=language(code)).startswith(text)


def test_an_attribute_called_as_a_role_is_told_as_that_and_no_other_is() -> None:
    definition = load_definition(shipped_definitions()["saas"]).told_in("de")
    nouns = {name: noun_for(definition, f"attribute.{name}", name=name) for name in ("country", "Plan", "age", "trial")}
    assert nouns == {"country": "Land", "Plan": "Tarif", "age": "age", "trial": "trial"}
