"""Value: milestones reached, workflows completed, goals, things created, and how fast."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.features.dimensions.common import other_features, signal_features
from pqlml.features.signals import named_signals
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary


def value(definition: Definition, _: Vocabulary) -> Iterator[Feature]:
    """Yield the signals of value; for those of several events also when all of them had happened."""
    if definition.sources.events is not None:
        yield from signal_features(definition, "value")
        for signal in named_signals(definition).values():
            if signal.dimension == "value" and len(signal.events or ()) > 1:
                yield signal.point("complete")
        yield from other_features(definition, "value")
