"""What a product's events and attributes mean, by dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from pqlml.definition.part import Part
from pqlml.definition.relations import Limit, Ratio, Trial
from pqlml.definition.selection import Selected, Selection
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


ROLES: Final = ("company_size", "industry", "revenue", "technologies", "country", "role", "plan")
"""What attributes usually tell of; a language has a noun for each."""


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
        return {name: getattr(self, name) for name in ROLES if getattr(self, name) is not None}

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


BEHAVIOURAL: Final[tuple[Dimension, ...]] = ("engagement", "team", "value", "upgrade")
"""The dimensions that are made of events."""

EVERYTHING: Final = "any"
"""Name of the signal that every event belongs to."""


class Signals(Part):
    """What this product's events mean: per dimension, signal name -> events. ``fit`` maps attributes.

    ``ratios`` relate two signals, ``limits`` are those of the plan, ``trial`` is its clock.
    """

    engagement: Mapping[str, Selected] = Field(default_factory=dict)
    team: Mapping[str, Selected] = Field(default_factory=dict)
    value: Mapping[str, Selected] = Field(default_factory=dict)
    upgrade: Mapping[str, Selected] = Field(default_factory=dict)
    fit: FitSignals = FitSignals()
    ratios: Mapping[str, Ratio] = Field(default_factory=dict)
    limits: Mapping[str, Limit] = Field(default_factory=dict)
    trial: Trial | None = None

    def selections(self) -> list[tuple[Dimension, str, Selection]]:
        """Every behavioural signal as (dimension, name, selection), in the order of the dimensions."""
        return [(dim, name, selected) for dim in BEHAVIOURAL for name, selected in getattr(self, dim).items()]

    def behaviour(self) -> list[tuple[Dimension, str, tuple[str, ...]]]:
        """Every behavioural signal as (dimension, name, events), in the order of the dimensions."""
        return [(dimension, name, selection.events) for dimension, name, selection in self.selections()]

    def by_property(self) -> dict[str, Selection]:
        """Return the signals that select events by their properties."""
        return {name: selection for _, name, selection in self.selections() if selection.where}

    def attributes(self) -> list[str]:
        """Return the attributes that limits and the trial read."""
        limits = [name for limit in self.limits.values() for name in limit.attributes()]
        return list(dict.fromkeys([*limits, *(self.trial.attributes() if self.trial is not None else [])]))

    @model_validator(mode="after")
    def _relations_are_of_signals(self) -> Self:
        known = [EVERYTHING, *(name for _, name, _ in self.selections())]
        named = [(f"ratios.{name}", signal) for name, it in self.ratios.items() for signal in (it.part, it.whole)]
        named += [(f"limits.{name}", limit.signal) for name, limit in self.limits.items() if limit.signal is not None]
        unknown = [
            f"{place!r} speaks of the signal {name!r}; {nearest(name, known)}"
            for place, name in named
            if name not in known
        ]
        if unknown:
            raise ValueError("; ".join(unknown))
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [name for _, name, _ in self.behaviour()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"signal names must be unique across dimensions; twice: {', '.join(twice)}"
            raise ValueError(msg)
        return self
