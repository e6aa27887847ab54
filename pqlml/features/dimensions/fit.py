"""Fit: what is known about the company, the ideal profile, and the negative persona."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.features.dimensions.common import other_features
from pqlml.features.fit import attribute, profile_features
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary


def fit(definition: Definition, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Yield one feature per attribute, then whether each role lies in the profile."""
    if definition.sources.events is not None:
        yield from other_features(definition, "fit")
    for column, kind in vocabulary.attributes.items():
        yield attribute(definition, column, kind)
    yield from profile_features(definition)
