"""Tables as they were known at an earlier cutoff, from which features can be asked at a later one."""

from __future__ import annotations

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from pqlml.events.tables import Tables


def without_new_events(tables: Tables, earlier: ir.Table) -> Tables:
    """Leave out the events that an entity's earlier cutoff did not see: later ones, and those that came in late.

    Parameters
    ----------
    earlier
        One row per entity: ``entity_id`` and ``cutoff``. Events of other entities are left out.
    """
    events = tables.events
    if events is None:
        return tables
    seen = events.join(_renamed(earlier), events.entity_id == _renamed(earlier).of)
    seen = seen.filter(seen.ts < seen.seen_at, seen.known_at <= seen.seen_at)
    return replace(tables, events=seen.select(*events.columns))


def without_new_versions(tables: Tables, earlier: ir.Table) -> Tables:
    """Leave out the versions of an entity that begin after its earlier cutoff; the one of then goes on.

    Parameters
    ----------
    earlier
        One row per entity: ``entity_id`` and ``cutoff``. Other entities are left out.
    """
    versions = tables.entities
    if "valid_from" not in versions.columns:
        return tables
    known = versions.join(_renamed(earlier), versions.entity_id == _renamed(earlier).of)
    known = known.filter(known.valid_from.isnull() | (known.valid_from <= known.seen_at))
    goes_on = known.valid_to > known.seen_at
    ended = goes_on.ifelse(ibis.null("timestamp(6)"), known.valid_to)
    return replace(tables, entities=known.mutate(valid_to=ended).select(*versions.columns))


def _renamed(earlier: ir.Table) -> ir.Table:
    return earlier.select(of=earlier.entity_id, seen_at=earlier.cutoff)
