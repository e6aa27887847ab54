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


def vocabulary_without_data(definition: Definition) -> Vocabulary:
    """Return what the definition alone tells: events and attributes that it names without saying what they are.

    An event is known by its feature's name only, in lower case and without signs; the kind of an attribute is guessed
    from what it is compared with.
    """
    named = [*definition.features, *(rule.feature for rule in definition.points)]
    events = dict.fromkeys(name.split(".")[1] for name in named if name.startswith("event."))
    source, fit = definition.sources.events, definition.signals.fit
    entities, profile = definition.entity_source, (*fit.ideal.items(), *fit.negative.items())
    texts = {fit.roles[role] for role, wanted in profile if isinstance(wanted[0], str)}
    texts |= {fit.roles.get(rule.feature, rule.feature) for rule in definition.points if rule.values is not None}
    columns = [*fit.roles.values(), *(entities.attributes or () if entities is not None else ())]
    columns += [fit.roles.get(name, name) for name in named if "." not in name and name != "age_days"]
    return Vocabulary(
        unmapped=tuple(events),
        attributes={column: "category" if column in texts else "number" for column in columns},
        users=definition.entity == "account" and source is not None and source.user_id is not None,
        sessions=source is not None and source.session_id is not None,
    )


def learn_vocabulary(definition: Definition, tables: Tables, until: dt.datetime | None = None) -> Vocabulary:
    """Find the unmapped events (by the number of entities that use them) and note the attributes.

    Parameters
    ----------
    until
        Only events known before this instant are looked at, so that a test part cannot shape the columns.
    """
    if tables.events is None:
        return Vocabulary(attributes=dict(tables.attributes))
    plain = [selection for _, _, selection in definition.signals.selections() if not selection.where]
    mapped = {event for selection in plain for event in selection.events}
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
