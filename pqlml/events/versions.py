"""Attributes and sign-up as they were known at an instant."""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from pqlml.events.tables import Tables
from pqlml.warehouse.logic import NEVER


def attributes_as_of(tables: Tables, pairs: ir.Table, names: Iterable[str]) -> ir.Table:
    """Add to each (entity, cutoff) the attributes of the newest version with ``valid_from <= cutoff``.

    Parameters
    ----------
    pairs
        One row per ``row_id``, with ``entity_id`` and ``cutoff``.
    names
        Attribute columns to look up.

    Returns
    -------
    One row per ``row_id`` with the attributes; null where no version was known yet.
    """
    names = list(names)
    versions = tables.entities.select("entity_id", "valid_from", "valid_to", *names)
    keys = pairs.select("row_id", "entity_id", "cutoff")
    joined = keys.join(
        versions,
        [
            keys.entity_id == versions.entity_id,
            versions.valid_from.isnull() | (versions.valid_from <= keys.cutoff),
            versions.valid_to.isnull() | (versions.valid_to > keys.cutoff),
        ],
    )
    known = joined.select(keys.row_id, *[versions[name] for name in names])
    return pairs.select("row_id").left_join(known, "row_id").drop("row_id_right")


def signup_periods(tables: Tables, *, recorded: bool) -> ir.Table:
    """Tell which sign-up each entity was known to have, and from when until when.

    A version that states no sign-up leaves the one known before it. What a later version corrects counts from then on:
    a back-filled date must not change who was a candidate, nor how old, in the past.

    Parameters
    ----------
    recorded
        Whether sign-ups come from a table of entities. Such an entity is known from its sign-up on, even where its
        first version is later (an export often begins late, or holds the newest row alone). Where an entity signs up
        with its first event, it is known when that event is.

    Returns
    -------
    One row per entity and known sign-up: ``entity_id``, ``signup_at`` (null = unknown), ``since`` and ``until``
    (half-open; null = unbounded). The rows of an entity cut all of time into periods.
    """
    entities = tables.entities
    instants = {name: entities[name].cast("timestamp(6)") for name in ("signup_at", "valid_from")}  # as unions want it
    versions = entities.select("entity_id", **instants)
    stated = versions.filter(versions.signup_at.notnull())
    in_order = ibis.window(group_by=stated.entity_id, order_by=stated.valid_from.asc(nulls_first=True))
    stated = stated.mutate(before=stated.signup_at.lag().over(in_order))
    first, nothing = stated.before.isnull(), ibis.null("timestamp(6)")
    dated_by_itself = first if recorded else NEVER
    changes = stated.filter(first | (stated.before != stated.signup_at)).select(
        "entity_id", "signup_at", since=dated_by_itself.ifelse(nothing, stated.valid_from)
    )
    unknown = versions.select("entity_id").distinct().anti_join(changes.filter(changes.since.isnull()), "entity_id")
    periods = ibis.union(changes, unknown.mutate(signup_at=nothing, since=nothing))
    following = ibis.window(group_by=periods.entity_id, order_by=periods.since.asc(nulls_first=True))
    return periods.mutate(until=periods.since.lead().over(following))


def in_period(periods: ir.Table, instant: ir.TimestampValue) -> ir.BooleanValue:
    """Tell whether an instant lies in the period of a row of :func:`signup_periods`."""
    return (periods.since.isnull() | (periods.since <= instant)) & (periods.until.isnull() | (periods.until > instant))
