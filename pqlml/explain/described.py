"""A feature in words: what it counts, what a missing value means, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pqlml.explain.sentences import sentence
from pqlml.explain.statements import Value
from pqlml.features.spec import Aggregate, Feature
from pqlml.schema import KIND_SEPARATOR, Dimension

_EXAMPLES: Final[Mapping[Aggregate, float]] = {
    "trend": 1.5,
    "recency": 2.0,
    "session_minutes": 12.0,
    "regularity": 1.5,
    "top_share": 0.6,
    "ratio": 0.8,
    "share_used": 0.5,
    "age": 20.0,
    "attribute": 120.0,
    "in_ideal": 1.0,
    "in_negative": 1.0,
    "seniority": 4.0,
}
"""Aggregate -> a value to tell as an example; 3 for the others."""


class Described(NamedTuple):
    """What a person may ask about a feature.

    Attributes
    ----------
    of
        What is counted: events, a property, an attribute or other features.
    window
        In words; empty where the feature has none.
    example, missing
        How a value and a missing value are told to sales.
    """

    name: str
    dimension: Dimension
    group: str
    of: str
    window: str
    unit: str
    null: str
    example: str
    missing: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return self._asdict()


def described(feature: Feature) -> Described:
    """Describe a feature.

    Examples
    --------
    >>> hits = Feature("hits.count.7d", "upgrade", "hits", "count", ("limit_hit",), window_days=7, did="hit a limit")
    >>> described(hits).of, described(hits).window, described(hits).example
    ('limit_hit', 'last 7 days', 'Hit a limit 3 times in the last 7 days')
    """
    value: Value = "…" if feature.category else _EXAMPLES.get(feature.aggregate, 3.0)
    return Described(
        name=feature.name,
        dimension=feature.dimension,
        group=feature.group,
        of=_of(feature),
        window=_window(feature),
        unit=feature.unit,
        null=feature.null,
        example=sentence(feature, value),
        missing="" if feature.null.startswith("never null") else sentence(feature, None),
    )


def _of(feature: Feature) -> str:
    if feature.inputs:
        constant = [] if feature.constant is None else [f"{feature.constant:g}"]
        return ", ".join([*(one.name for one in feature.inputs), *constant])
    if feature.source is not None:
        return feature.source
    if feature.aggregate == "age":
        return "sign-up"
    if feature.events is None:
        return "all events"
    return ", ".join(map(_event, feature.events))


def _event(name: str) -> str:
    event, *signals = name.split(KIND_SEPARATOR)
    return f"{event} (as {signals[0]} selects it)" if signals else event


def _window(feature: Feature) -> str:
    days = feature.window_days
    if feature.aggregate == "early":
        return f"first {days} days"
    if days is not None:
        return f"last {days} days"
    return "all history" if feature.name.endswith(".all") else ""
