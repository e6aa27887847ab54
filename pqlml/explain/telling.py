"""How the leads of a run are told: language, words, and how many reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from pqlml.definition.model import Definition
from pqlml.features.catalogue import catalogue
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary
from pqlml.language import Language, language
from pqlml.model.bundle import PropensityModel


@dataclass(frozen=True)
class Telling:
    """The language of a run, what its leads are, and how many reasons they get at most.

    Attributes
    ----------
    entity
        ``account`` or ``user``.
    features
        The model's features with the phrases of the language.
    """

    language: Language
    entity: str
    most_for: int
    most_against: int
    features: tuple[Feature, ...]

    @classmethod
    def of(cls, model: PropensityModel, code: str | None = None) -> Self:
        """Tell a model's leads in a language; by default in that of its definition.

        Raises
        ------
        DefinitionError
            If there is no such language.
        """
        definition, features = model.definition, model.features
        if code is not None and code != definition.reasons.language:
            definition = definition.told_in(code)
            features = retold(features, definition, model.vocabulary)
        plan = definition.reasons
        return cls(language(plan.language), definition.entity, plan.most_for, plan.most_against, features)


def retold(features: Sequence[Feature], definition: Definition, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """Return the features with the phrases that the definition gives them now."""
    words = {feature.name: feature for feature in catalogue(definition, vocabulary)}
    return tuple(_in_words_of(words[one.name], one) if one.name in words else one for one in features)


def _in_words_of(told: Feature, feature: Feature) -> Feature:
    return replace(feature, did=told.did, noun=told.noun, inputs=told.inputs)
