"""The catalogue: which features a definition and a vocabulary give, in a fixed order, and features by name."""

from __future__ import annotations

from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError, nearest
from pqlml.features.behaviour import WINDOWED, label, parse_window
from pqlml.features.dimensions import BUILDERS
from pqlml.features.fit import matches
from pqlml.features.measures import measure_by_name, measure_names
from pqlml.features.ratios import ratio_feature, ratios
from pqlml.features.seniority import SENIORITY, seniority_feature
from pqlml.features.signals import all_signals
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary


def catalogue(definition: Definition, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """Return every feature of the definition, unique by name: the usual ones, then those that it asks for by name.

    Raises
    ------
    DefinitionError
        If it names a feature that cannot exist; says the nearest that can.
    """
    features = {feature.name: feature for feature in _usual(definition, vocabulary)}
    for _, name in _asked(definition):
        if name not in features:
            features[name] = feature_by_name(definition, vocabulary, name)
    return tuple(features.values())


def feature_by_name(definition: Definition, vocabulary: Vocabulary, name: str) -> Feature:
    """Make the feature of that name, whether or not it is among the usual ones.

    Raises
    ------
    DefinitionError
        If no feature can have that name; says the nearest valid one.
    """
    known = {feature.name: feature for feature in _usual(definition, vocabulary)}
    if name in known:
        return known[name]
    if name == "fit.matches" and definition.signals.fit.ideal:
        return matches(definition)
    if name in SENIORITY:
        return seniority_feature(definition, name)
    source = definition.sources.events
    if source is not None:
        signals = all_signals(definition, vocabulary)
        for prefix in sorted(signals, key=len, reverse=True):
            if name.startswith(f"{prefix}."):
                return signals[prefix].by_name(name.removeprefix(f"{prefix}."))
        head, _, rest = name.partition(".")
        if head in ratios(definition) and rest.startswith("ratio."):
            return ratio_feature(definition, head, parse_window(rest.removeprefix("ratio."), name))
        measured = measure_by_name(definition, source, name)
        if measured is not None:
            return measured
    msg = f"no feature {name!r}; {nearest(name, [*known, *_more_names(definition, vocabulary)])}"
    raise DefinitionError(msg)


def check_points(definition: Definition) -> list[str]:
    """Return a problem for each feature that points, ``features`` or ``model.monotone`` name and that cannot exist.

    Attributes and unmapped events are known only with the data, so a bare name or ``event.<name>.<kind>`` passes here.
    """
    problems = []
    for place, name in _asked(definition):
        if "." not in name or name.startswith("event."):
            continue
        try:
            feature_by_name(definition, Vocabulary(), name)
        except DefinitionError as error:
            problems.append(f"{place}: {error}")
    return problems


def _asked(definition: Definition) -> list[tuple[str, str]]:
    """Return where a feature is asked for by name, and the name."""
    return [
        *(("features", name) for name in definition.features),
        *(("points", rule.feature) for rule in definition.points),
        *(("model.monotone", name) for name in definition.model.monotone if "." in name),
    ]


def _usual(definition: Definition, vocabulary: Vocabulary) -> Iterator[Feature]:
    for build in BUILDERS.values():
        yield from build(definition, vocabulary)


def _more_names(definition: Definition, vocabulary: Vocabulary) -> list[str]:
    """Return examples of names beside the usual ones, to find the one that was meant."""
    source = definition.sources.events
    if source is None:
        return list(SENIORITY)
    windows = [*map(label, definition.windows_days), "28d"]
    counted = [
        f"{name}.{kind}.{w}" for name in all_signals(definition, vocabulary) for kind in WINDOWED for w in windows
    ]
    shares = [f"{name}.ratio.{w}" for name in ratios(definition) for w in windows]
    return [*counted, *shares, *measure_names(source), *SENIORITY]
