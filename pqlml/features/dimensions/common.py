"""What every dimension of behaviour gets: its signals, its measures, its ratios."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.features.behaviour import usual_features
from pqlml.features.measures import measure_features
from pqlml.features.ratios import ratio_feature, ratios
from pqlml.features.signals import named_signals
from pqlml.features.spec import Feature
from pqlml.schema import Dimension


def signal_features(definition: Definition, dimension: Dimension) -> Iterator[Feature]:
    """Yield the usual features of the dimension's signals."""
    for signal in named_signals(definition).values():
        if signal.dimension == dimension:
            yield from usual_features(signal, definition)


def other_features(definition: Definition, dimension: Dimension) -> Iterator[Feature]:
    """Yield the features of the dimension's properties, distinct-counted columns and ratios."""
    yield from measure_features(definition, dimension)
    for name in ratios(definition):
        feature = ratio_feature(definition, name, definition.windows_days[-1])
        if feature.dimension == dimension:
            yield feature
