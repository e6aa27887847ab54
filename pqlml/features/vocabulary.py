"""What the data adds to the definition: unmapped events, attributes and their kinds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ibis

from pqlml.definition.model import Definition
from pqlml.events.tables import AttributeKind, Tables

MAX_UNMAPPED_EVENTS = 40
"""The most widely used unmapped events get features of their own; the others count in ``any`` only."""


MIN_SHARE = 0.01
"""An event used by less than this share of the entities that use the most common one teaches nothing by itself."""


@dataclass(frozen=True)
class Vocabulary:
    """Learned from the training data and kept in the model, so that scoring builds the same columns.

    Attributes
    ----------
    unmapped
        Events that no signal names and that get features of their own, most widely used first.
    attributes
        Attribute -> kind.
    users, sessions
        Whether events name users and sessions.
    """

    unmapped: tuple[str, ...] = ()
    attributes: dict[str, AttributeKind] = field(default_factory=dict)
    users: bool = False
    sessions: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; ``Vocabulary(**data)`` reads it back."""
        return {**self.__dict__, "unmapped": list(self.unmapped)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Vocabulary:
        """Read what :meth:`as_dict` wrote."""
        return cls(**{**data, "unmapped": tuple(data["unmapped"])})


def learn_vocabulary(definition: Definition, tables: Tables, until: dt.datetime | None = None) -> Vocabulary:
    """Find the unmapped events (by the number of entities that use them) and note the attributes.

    Parameters
    ----------
    until
        Only events known before this instant are looked at, so that a test part cannot shape the columns.
    """
    if tables.events is None:
        return Vocabulary(attributes=dict(tables.attributes))
    mapped = {event for _, _, events in definition.signals.behaviour() for event in events}
    mapped |= {*definition.population.leaves_on, definition.conversion.event or ""}
    events = tables.events
    if until is not None:
        events = events.filter(events.known_at < ibis.literal(until, "timestamp(6)"))
    if definition.conversion.repeatable:
        mapped.discard(definition.conversion.event or "")
    used = events.group_by("event").agg(entities=events.entity_id.nunique())
    used = used.mutate(most=used.entities.max().over(ibis.window()))
    used = used.filter(~used.event.isin(sorted(mapped)), used.entities >= MIN_SHARE * used.most)
    ranked = used.order_by(ibis.desc("entities"), "event")
    names = tables.warehouse.fetch(ranked.limit(MAX_UNMAPPED_EVENTS))["event"].to_pylist()
    source = definition.sources.events
    return Vocabulary(
        unmapped=tuple(names),
        attributes=dict(tables.attributes),
        users=definition.entity == "account" and source is not None and source.user_id is not None,
        sessions=source is not None and source.session_id is not None,
    )
