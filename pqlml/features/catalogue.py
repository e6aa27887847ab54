"""The catalogue: which features a definition and a vocabulary give, in a fixed order, and features by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqlml.definition.model import Definition
from pqlml.definition.parts import Measure
from pqlml.errors import DefinitionError, nearest
from pqlml.features.behaviour import (
    WINDOWED,
    Signal,
    activity_features,
    label,
    parse_window,
    usual_features,
)
from pqlml.features.fit import fit_features, matches, profile_features
from pqlml.features.spec import Aggregate, Feature
from pqlml.features.vocabulary import Vocabulary

AGE = Feature(
    name="age_days",
    dimension="engagement",
    group="age",
    aggregate="age",
    unit="days since sign-up",
    null="sign-up unknown",
    noun="days since sign-up",
)


def catalogue(definition: Definition, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """Return every feature of the definition, unique by name: the usual ones, then those that only points name.

    Raises
    ------
    DefinitionError
        If the points name a feature that cannot exist; says the nearest that can.
    """
    features = {feature.name: feature for feature in _usual(definition, vocabulary)}
    for rule in definition.points:
        if rule.feature not in features:
            features[rule.feature] = feature_by_name(definition, vocabulary, rule.feature)
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
    for prefix, signal in _signals(definition, vocabulary).items():
        if name.startswith(f"{prefix}."):
            return signal.by_name(name.removeprefix(f"{prefix}."))
    parts = name.split(".")
    source = definition.sources.events
    if source is not None and len(parts) == 3:  # noqa: PLR2004 - name.kind.window
        head, kind, window = parts
        if head in source.properties and kind in ("sum", "mean"):
            return _property(head, source.properties[head], "sum" if kind == "sum" else "mean", window)
        if head in source.distinct and kind == "distinct":
            return _distinct(head, source.distinct[head], window)
        if head == "session" and kind in ("count", "mean_minutes") and source.session_id is not None:
            return _session(definition, kind, window)
    names = [*known, *(f"{signal}.{kind}.28d" for signal in _signals(definition, vocabulary) for kind in WINDOWED)]
    msg = f"no feature {name!r}; {nearest(name, names)}"
    raise DefinitionError(msg)


def check_points(definition: Definition) -> list[str]:
    """Return a problem for each rule whose feature cannot exist, as far as the definition alone tells.

    Attributes and unmapped events are known only with the data, so a bare name or ``event.<name>.<kind>`` passes here.
    """
    problems = []
    for rule in definition.points:
        if "." not in rule.feature or rule.feature.startswith("event."):
            continue
        try:
            feature_by_name(definition, Vocabulary(), rule.feature)
        except DefinitionError as error:
            problems.append(f"points: {error}")
    return problems


def slug(event: str) -> str:
    """Write an event name as part of a feature name: lower case, other signs as ``_``.

    Examples
    --------
    >>> slug("Report Built (v2)")
    'report_built_v2'
    """
    return re.sub(r"[^\w]+", "_", event.lower()).strip("_") or "unnamed"


def activity_group(definition: Definition) -> str:
    """Return the group of activity as a whole: sign-ins, sessions and all events together tell one and the same story.

    A signal named ``active`` lends its name, so that a rep does not read three reasons that say "they use it a lot".
    """
    return "active" if "active" in definition.signals.engagement else "any"


def _signals(definition: Definition, vocabulary: Vocabulary) -> dict[str, Signal]:
    signals = {
        name: Signal(definition, name, dimension, events) for dimension, name, events in definition.signals.behaviour()
    }
    for event in vocabulary.unmapped:
        name = f"event.{slug(event)}"
        while name in signals:  # two events may differ only in signs
            name += "_"
        signals[name] = Signal(definition, name, "engagement", (event,))
    signals["any"] = Signal(definition, "any", "engagement", None, activity_group(definition))
    return signals


def _usual(definition: Definition, vocabulary: Vocabulary) -> Iterator[Feature]:
    if definition.sources.events is not None:
        yield from _behavioural(definition, vocabulary)
    if not definition.timeless and definition.dated:
        yield AGE
    if vocabulary.attributes:
        yield from fit_features(definition, vocabulary)
    else:
        yield from profile_features(definition)


def _behavioural(definition: Definition, vocabulary: Vocabulary) -> Iterator[Feature]:
    for name, signal in _signals(definition, vocabulary).items():
        yield from usual_features(signal, definition)
        if name == "any":
            yield from activity_features(signal, definition, people=vocabulary.users)
    source = definition.sources.events
    windows = [label(window) for window in definition.windows_days]
    if source is None:
        return
    for name, measure in source.properties.items():
        for window in windows:
            yield _property(name, measure, "sum", window)
        yield _property(name, measure, "mean", windows[-1])
    for name, measure in source.distinct.items():
        for window in windows:
            yield _distinct(name, measure, window)
    if source.session_id is not None:
        for window in windows:
            yield _session(definition, "count", window)
            yield _session(definition, "mean_minutes", window)


def _property(name: str, measure: Measure, aggregate: Aggregate, window: str) -> Feature:
    days = parse_window(window, f"{name}.{aggregate}.{window}")
    plain = measure.noun or name.replace("_", " ")
    return Feature(
        name=f"{name}.{aggregate}.{window}",
        dimension=measure.dimension,
        group=name,
        aggregate=aggregate,
        source=name,
        window_days=None if days == "all" else days,
        unit=plain if aggregate == "sum" else f"{plain} per event",
        null="never null; nothing adds up to 0" if aggregate == "sum" else f"no event with {plain}",
        noun=plain,
    )


def _distinct(name: str, measure: Measure, window: str) -> Feature:
    days = parse_window(window, f"{name}.distinct.{window}")
    noun = measure.noun or f"different values of {name.replace('_', ' ')}"
    return Feature(
        name=f"{name}.distinct.{window}",
        dimension=measure.dimension,
        group=name,
        aggregate="distinct",
        source=name,
        window_days=None if days == "all" else days,
        unit=noun,
        null="never null",
        noun=noun,
    )


def _session(definition: Definition, kind: str, window: str) -> Feature:
    days = parse_window(window, f"session.{kind}.{window}")
    minutes = kind == "mean_minutes"
    return Feature(
        name=f"session.{kind}.{window}",
        dimension="engagement",
        group=activity_group(definition),
        aggregate="session_minutes" if minutes else "sessions",
        window_days=None if days == "all" else days,
        unit="minutes per session" if minutes else "sessions",
        null="no session in the window" if minutes else "never null",
        noun="minutes per session" if minutes else "sessions",
    )
