"""Upgrade: limits hit and how near they are, paid features tried, pricing viewed, hands raised, the trial's clock."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.features.dimensions.common import other_features, signal_features
from pqlml.features.plan import limit_features, trial_features
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary


def upgrade(definition: Definition, _: Vocabulary) -> Iterator[Feature]:
    """Yield the signals of upgrade, then limits and trial as far as the definition states them."""
    if definition.sources.events is not None:
        yield from signal_features(definition, "upgrade")
        yield from other_features(definition, "upgrade")
    yield from limit_features(definition)
    yield from trial_features(definition)
