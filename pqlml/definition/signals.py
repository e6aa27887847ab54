"""What a product's events and attributes mean, by dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from pqlml.definition.part import Names, Part
from pqlml.errors import nearest
from pqlml.schema import Dimension

Bound = Annotated[float, Field(strict=True)] | None
Range = tuple[Bound, Bound]
"""Inclusive bounds; null is open."""


def _range_or_values(value: object) -> object:
    items = (value,) if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not items:
        msg = "give two bounds [low, high] or a list of texts"
        raise ValueError(msg)
    if all(isinstance(item, str) for item in items):
        return items
    numbers = [item for item in items if isinstance(item, int | float)]
    if len(items) != 2 or not numbers or len(numbers) + items.count(None) != 2:  # noqa: PLR2004 - low and high
        msg = f"{list(items)} is neither two bounds [low, high], one of them null where open, nor a list of texts"
        raise ValueError(msg)
    if numbers != sorted(numbers):
        msg = f"the bounds {list(items)} hold no value; give the lower one first"
        raise ValueError(msg)
    return items


Fit = Annotated[
    Range | tuple[str, ...],
    BeforeValidator(_range_or_values, json_schema_input_type=str | Range | tuple[str, ...]),
]
"""Two numbers are a range, texts are a set of values."""


class FitSignals(Part):
    """Which attribute plays which firmographic role, the ideal profile and the negative persona (by role)."""

    company_size: str | None = None
    industry: str | None = None
    revenue: str | None = None
    technologies: str | None = None
    country: str | None = None
    role: str | None = None
    plan: str | None = None
    ideal: Mapping[str, Fit] = Field(default_factory=dict)
    negative: Mapping[str, Fit] = Field(default_factory=dict)

    @property
    def roles(self) -> dict[str, str]:
        """Role -> attribute column, for the roles that are mapped."""
        names = ("company_size", "industry", "revenue", "technologies", "country", "role", "plan")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @model_validator(mode="after")
    def _roles_have_columns_of_their_own(self) -> Self:
        by_column: dict[str, list[str]] = {}
        for role, column in self.roles.items():
            by_column.setdefault(column, []).append(role)
        shared = [f"{' and '.join(map(repr, roles))} ({column!r})" for column, roles in by_column.items() if roles[1:]]
        if shared:
            msg = f"roles share a column: {'; '.join(shared)}; keep the role that fits best"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _roles_are_mapped(self) -> Self:
        for part in ("ideal", "negative"):
            for role in getattr(self, part):
                if role not in self.roles:
                    msg = f"{part!r} speaks of {role!r}, which no attribute is mapped to; {nearest(role, self.roles)}"
                    raise ValueError(msg)
        return self


class Signals(Part):
    """What this product's events mean: per dimension, signal name -> events. ``fit`` maps attributes."""

    engagement: Mapping[str, Names] = Field(default_factory=dict)
    team: Mapping[str, Names] = Field(default_factory=dict)
    value: Mapping[str, Names] = Field(default_factory=dict)
    upgrade: Mapping[str, Names] = Field(default_factory=dict)
    fit: FitSignals = FitSignals()

    def behaviour(self) -> list[tuple[Dimension, str, tuple[str, ...]]]:
        """Every behavioural signal as (dimension, name, events), in the order of the dimensions."""
        dimensions: tuple[Dimension, ...] = ("engagement", "team", "value", "upgrade")
        return [(dim, name, events) for dim in dimensions for name, events in getattr(self, dim).items()]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [name for _, name, _ in self.behaviour()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"signal names must be unique across dimensions; twice: {', '.join(twice)}"
            raise ValueError(msg)
        return self
