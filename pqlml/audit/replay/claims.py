"""Columns that name a feature of the definition: computed anew by the toolkit's own engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np

from pqlml.audit.columns import Bools, Column, read_column
from pqlml.audit.replay.library import Reach
from pqlml.audit.replay.match import differing
from pqlml.audit.replay.told import Told
from pqlml.definition.model import Definition
from pqlml.errors import DefinitionError
from pqlml.events.tables import Tables
from pqlml.features import Feature, Vocabulary, build_features, feature_by_name, learn_vocabulary
from pqlml.features.spec import BEHAVIOUR

_EXPLAINS = 0.2


class _Way(NamedTuple):
    reach: Reach
    words: str
    tables: Tables
    pairs: ir.Table
    features: Sequence[Feature]
    beyond_days: float


def claimed(
    definition: Definition, tables: Tables, columns: Mapping[str, Column], claims: Mapping[str, str]
) -> dict[str, Feature]:
    """Return the feature that each column claims to be: by ``claims`` (column -> feature), else by its own name.

    Raises
    ------
    DefinitionError
        If a claim names a feature that cannot exist.
    """
    vocabulary = learn_vocabulary(definition, tables)
    found = {column: feature_by_name(definition, vocabulary, feature) for column, feature in claims.items()}
    for name in columns:
        feature = None if name in found else _named(definition, vocabulary, name)
        if feature is not None:
            found[name] = feature
    return found


def _named(definition: Definition, vocabulary: Vocabulary, name: str) -> Feature | None:
    try:
        return feature_by_name(definition, vocabulary, name)
    except DefinitionError:
        return None


def replay_claims(
    tables: Tables,
    pairs: ir.Table,
    columns: Mapping[str, Column],
    features: Mapping[str, Feature],
    beyond: Sequence[float],
) -> dict[str, Told]:
    """Compare each column with its feature as of the cutoff, and where they differ, with what sees too much.

    Parameters
    ----------
    pairs
        One row per audited row, in its order: ``row_id``, ``entity_id``, ``cutoff``, ``signup_at``.
    features
        Column -> the feature that it claims to be.
    beyond
        Days behind the cutoff at which windows may wrongly end, ascending.
    """
    if not features:
        return {}
    rows = np.arange(len(next(iter(columns.values())).numbers))
    honest = _values(tables, pairs, list(features.values()))
    told = {}
    for name, feature in features.items():
        differs = apart(columns[name], honest[feature.name])
        told[name] = Told(name, "differs" if differs.any() else "confirmed", _words(feature), rows, differs)
    amiss = {name: features[name] for name, found in told.items() if found.differs.any()}
    behaviour = {name: feature for name, feature in amiss.items() if feature.aggregate in BEHAVIOUR}
    if not behaviour or tables.events is None:
        return told
    least = {name: round(_EXPLAINS * float(told[name].differs.sum())) + 1 for name in behaviour}
    for way in _ways(tables, tables.events, pairs, list(behaviour.values()), beyond):
        values = _values(way.tables, way.pairs, way.features)
        for (name, feature), made in zip(behaviour.items(), way.features, strict=True):
            left = int(apart(columns[name], _shifted(values[made.name], feature, way.beyond_days)).sum())
            if left < least[name]:
                least[name] = left
                wrong = f"{feature.name} {way.words}"
                told[name] = replace(told[name], verdict="sees too much", reach=way.reach, wrong=wrong, exact=left == 0)
    return told


def _words(feature: Feature) -> str:
    return f"the feature {feature.name!r} as of the cutoff"


def _ways(
    tables: Tables, events: ir.Table, pairs: ir.Table, features: list[Feature], beyond: Sequence[float]
) -> Iterator[_Way]:
    """Yield the wrong ways, those first that see the least."""
    punctual = Tables(**{**tables.__dict__, "events": events.mutate(known_at=events.ts)})
    yield _Way("late", "with what was not known yet", punctual, pairs, features, 0)
    for known in (tables, punctual):
        at = pairs.mutate(cutoff=pairs.cutoff + ibis.interval(microseconds=1))
        yield _Way("at", "with the instant of the cutoff", known, at, features, 0)
    for days in beyond:
        later = pairs.mutate(cutoff=pairs.cutoff + ibis.interval(seconds=round(days * 86_400)))
        longer = [_longer(feature, days) for feature in features]
        yield _Way("beyond", f"to {days:g} days after the cutoff", punctual, later, longer, days)
        yield _Way("beyond", f"as of {days:g} days after the cutoff", punctual, later, features, days)
    end = ibis.literal(tables.observed_until, "timestamp(6)")
    whole = [replace(feature, window_days=None) for feature in features]
    yield _Way("ever", "over all of the data", punctual, pairs.mutate(cutoff=end), whole, 0)


def _longer(feature: Feature, days: float) -> Feature:
    return feature if feature.window_days is None else replace(feature, window_days=feature.window_days + round(days))


def _shifted(column: Column, feature: Feature, days: float) -> Column:
    """Count days since the last event from the cutoff itself again."""
    return column if feature.aggregate != "recency" else replace(column, numbers=column.numbers - days)


def _values(tables: Tables, pairs: ir.Table, features: Sequence[Feature]) -> dict[str, Column]:
    unique = list({feature.name: feature for feature in features}.values())
    table = build_features(tables, pairs, unique)
    return {feature.name: read_column(table[feature.name], feature.name) for feature in unique}


def apart(column: Column, other: Column) -> Bools:
    """Tell which rows differ; categories are compared by their texts."""
    if column.texts or other.texts:
        unequal: Bools = _labels(column) != _labels(other)
        return unequal
    return differing(column.numbers, other.numbers)


def _labels(column: Column) -> np.ndarray:
    values = np.unique(column.numbers[column.known])
    texts = [column.texts[int(value)] if column.texts else f"{value:g}" for value in values]
    place = np.where(column.known, np.searchsorted(values, column.numbers), len(values))
    labels: np.ndarray = np.array([*texts, ""], dtype=object)[place]
    return labels
