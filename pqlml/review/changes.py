"""What differs between two definitions, in words: criteria by what they ask, with the key that stands in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from pqlml.definition import Definition, diff_definitions
from pqlml.definition.edit import number
from pqlml.definition.parts import PointsRule
from pqlml.errors import DefinitionError
from pqlml.features import Feature, feature_by_name, vocabulary_without_data
from pqlml.report.assemble import rule_in_words
from pqlml.schema import TIERS

_Key = tuple[object, ...]


def changes_in_words(old: Definition, new: Definition) -> list[str]:
    """List what differs in content: criteria, thresholds, then whatever else, by its place in the file.

    Criteria are matched by what they ask; their order does not matter.
    """
    elsewhere = [
        str(found)
        for found in diff_definitions(old, new)
        if not found.place.startswith(("points[", "tiers.")) or found.place == "tiers.by"
    ]
    return [*_criteria(old, new), *_thresholds(old, new), *elsewhere]


def _criteria(old: Definition, new: Definition) -> Iterator[str]:
    before, after = _by_condition(old.points), _by_condition(new.points)
    words = {**_words(old), **_words(new)}
    for key, rule in after.items():
        was = before.get(key)
        if was is None:
            yield f"added: {_told(rule, words)}, {number(rule.points)} points, {rule.dimension} [{rule.feature}]"
        elif was.points != rule.points:
            told = _told(rule, words)
            yield f"changed: {told}, {number(was.points)} -> {number(rule.points)} points [{rule.feature}]"
        if was is not None and was.dimension != rule.dimension:
            yield f"changed: {_told(rule, words)}, from {was.dimension} to {rule.dimension} [{rule.feature}]"
    for key, rule in before.items():
        if key not in after:
            yield f"dropped: {_told(rule, words)}, {number(rule.points)} points [{rule.feature}]"


def _thresholds(old: Definition, new: Definition) -> Iterator[str]:
    units = {"points": "points", "probability": "probability", "capacity": "leads"}
    for tier in TIERS:
        was, now = getattr(old.tiers, tier, None), getattr(new.tiers, tier, None)
        if was != now:
            told = " -> ".join("none" if bound is None else number(bound) for bound in (was, now))
            yield f"threshold of {tier}: {told} {units.get(new.tiers.by, new.tiers.by)} [tiers.{tier}]"


def _by_condition(rules: tuple[PointsRule, ...]) -> dict[_Key, PointsRule]:
    seen: Counter[_Key] = Counter()
    found: dict[_Key, PointsRule] = {}
    for rule in rules:
        condition = (rule.feature, rule.at_least, rule.at_most, rule.values)
        seen[condition] += 1
        found[*condition, seen[condition]] = rule
    return found


def _words(definition: Definition) -> Mapping[str, Feature]:
    """Return the features that the points name; what only the data know has no words."""
    vocabulary = vocabulary_without_data(definition)
    found = {}
    for rule in definition.points:
        try:
            found[rule.feature] = feature_by_name(definition, vocabulary, rule.feature)
        except DefinitionError:
            continue  # told by its key
    return found


def _told(rule: PointsRule, words: Mapping[str, Feature]) -> str:
    return rule_in_words(rule, words)
