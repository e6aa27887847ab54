"""Engagement: how often and how regularly the product is used, how broadly, how deeply, how long at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pqlml.definition.model import Definition
from pqlml.features.age import AGE
from pqlml.features.behaviour import activity_features, usual_features
from pqlml.features.dimensions.common import other_features, signal_features
from pqlml.features.measures import session_features
from pqlml.features.phrases import noun_for
from pqlml.features.signals import everything, unmapped_signals
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary


def engagement(definition: Definition, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Yield the signals of engagement, events that no signal names, activity as a whole, sessions, and age."""
    if definition.sources.events is not None:
        yield from signal_features(definition, "engagement")
        for signal in unmapped_signals(definition, vocabulary).values():
            yield from usual_features(signal, definition)
        yield from usual_features(everything(definition), definition)
        yield from activity_features(everything(definition), definition, people=vocabulary.users)
        yield from other_features(definition, "engagement")
        yield from session_features(definition)
    if not definition.timeless and definition.dated:
        yield replace(AGE, noun=noun_for(definition, "age"))
