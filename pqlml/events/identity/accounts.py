"""Accounts that follow from their people, where no table lists them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.events.identity.claims import ALWAYS_SINCE, bound
from pqlml.events.identity.identity import Identity
from pqlml.events.read_entities import entities_from_news
from pqlml.warehouse import Warehouse


def accounts_of_people(warehouse: Warehouse, events: ir.Table, identity: Identity) -> ir.Table:
    """Make the table of accounts out of memberships, mail domains and events.

    An account signs up with the first of its people, and is known when it is known that this user belongs to it: when
    the user signed up, or when their membership began if that was later; users without a time count with their first
    event.

    Returns
    -------
    One row per version of an account: ``entity_id``, ``signup_at`` (null where none of its people has a time),
    ``valid_from`` and ``valid_to``.
    """
    always, nothing = ibis.literal(ALWAYS_SINCE, "timestamp(6)"), ibis.null("timestamp(6)")
    joined = _joined(identity)
    news = joined.filter(joined.ts > always)
    both = [_alike(table, "ts", "known_at") for table in (events, news)]
    dated = _alike(entities_from_news(warehouse, ibis.union(*both)), "signup_at", "valid_from", "valid_to")
    undated = joined.filter(joined.ts == always).select("entity_id").distinct().anti_join(dated, "entity_id")
    undated = undated.mutate(signup_at=nothing, valid_from=nothing, valid_to=nothing)
    return warehouse.save("accounts", ibis.union(dated, undated.select(dated.columns)))


def _alike(table: ir.Table, *instants: str) -> ir.Table:
    """Keep the entity and the instants, with the type that unions want: engines give tables types of their own."""
    return table.select("entity_id", **{name: table[name].cast("timestamp(6)") for name in instants})


def _joined(identity: Identity) -> ir.Table:
    """Return when users became people of an account: ``entity_id``, ``ts``, ``known_at``, one row or more per user.

    That is when they first were, as it was known then. Where only the knowledge came late, ``ts`` looks back.
    """
    spans = identity.belonging
    if identity.users is not None:
        signups = identity.users.group_by("user_id").agg(signup_at=identity.users.signup_at.min())
        spans = spans.left_join(signups, "user_id").drop("user_id_right")
    else:
        spans = spans.mutate(signup_at=ibis.null("timestamp(6)"))
    always = ibis.literal(ALWAYS_SINCE, "timestamp(6)")
    signup = bound(spans.signup_at, ALWAYS_SINCE)
    first = ibis.greatest(spans.since, spans.known_at, signup)
    began = ibis.greatest(spans.began, signup)
    looks_back = (first == spans.known_at) & (began > always)
    found = spans.select(
        "entity_id",
        ts=looks_back.ifelse(began, first),
        known_at=first,
        lasts=first < ibis.least(spans.until, spans.arrived_until),
    )
    return found.filter(found.lasts).drop("lasts")
