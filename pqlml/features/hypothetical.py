"""Tables with leads that do not exist: copies of real ones with more events just before their cutoff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.errors import DataError
from pqlml.events.identity.identity import Identity
from pqlml.events.tables import Tables
from pqlml.schema import KIND_SEPARATOR

APART: dt.timedelta = dt.timedelta(minutes=1)
"""The last event that is added is so long before the cutoff, and each other one so long before the next."""


@dataclass(frozen=True)
class Copy:
    """A lead with so many more events.

    Attributes
    ----------
    entity_id, cutoff, signup_at
        Of the real lead.
    event
        Name of the events that are added; with the signal that selects them behind a
        :data:`pqlml.schema.KIND_SEPARATOR` where a signal asks for properties.
    times
        How many; with 0 the copy is like the lead.
    """

    entity_id: str
    cutoff: dt.datetime
    signup_at: dt.datetime | None
    event: str
    times: int


def with_copies(tables: Tables, copies: Sequence[Copy]) -> tuple[Tables, ir.Table]:
    """Return tables that hold the copies alone, and their pairs, numbered as the copies are.

    The events that are added were known at once. They come from the user whose event is the lead's newest, and hold no
    properties.

    Raises
    ------
    DataError
        If the tables have no events.
    """
    events, keep = tables.events, tables.warehouse.save_arrow
    if events is None:
        msg = "what leads could do next is asked of events, and the tables have none."
        raise DataError(msg)
    pairs = pa.table(
        {
            "row_id": pa.array(range(len(copies)), pa.int64()),
            "entity_id": pa.array([str(number) for number in range(len(copies))], pa.string()),
            "cutoff": pa.array([copy.cutoff for copy in copies], pa.timestamp("us")),
            "signup_at": pa.array([copy.signup_at for copy in copies], pa.timestamp("us")),
        }
    )
    real = pa.array([copy.entity_id for copy in copies], pa.string())
    of = keep("copies", pa.table({"copy": pairs["entity_id"], "real": real, "seen_at": pairs["cutoff"]}))
    own = _of_copies(events, of)
    added = keep("added_events", _added(events, own, tables, copies))
    copied = replace(
        tables,
        events=ibis.union(own.select(*events.columns), added.select(*events.columns)),
        entities=_of_copies(tables.entities, of).select(*tables.entities.columns),
        identity=None if tables.identity is None else _identity_of_copies(tables.identity, of),
    )
    return copied, keep("copied_pairs", pairs)


def _of_copies(table: ir.Table, of: ir.Table) -> ir.Table:
    """Return the rows of the real leads once per copy, under its name."""
    joined = table.join(of, table.entity_id == of["real"])
    return joined.mutate(entity_id=joined["copy"])


def _identity_of_copies(identity: Identity, of: ir.Table) -> Identity:
    """Let the people of the real leads belong to each of their copies; all others belong elsewhere, as they did."""
    belonging, stays = identity.belonging, identity.memberships
    elsewhere = belonging.mutate(entity_id=ibis.literal("")).select(*belonging.columns)
    return replace(
        identity,
        belonging=ibis.union(_of_copies(belonging, of).select(*belonging.columns), elsewhere),
        memberships=None if stays is None else _of_copies(stays, of).select(*stays.columns),
    )


def _added(events: ir.Table, own: ir.Table, tables: Tables, copies: Sequence[Copy]) -> pa.Table:
    seen = own.filter(own.user_id.notnull(), own.ts < own.seen_at, own.known_at <= own.seen_at)
    newest = seen.group_by("entity_id").agg(user_id=seen.user_id.argmax(seen.ts))
    user = {row["entity_id"]: row["user_id"] for row in tables.warehouse.fetch(newest).to_pylist()}
    rows = []
    for number, copy in enumerate(copies):
        name = copy.event.partition(KIND_SEPARATOR)[0]
        for place in range(copy.times):
            at = copy.cutoff - (place + 1) * APART
            rows.append(
                {
                    "entity_id": str(number),
                    "user_id": user.get(str(number)),
                    "event": name,
                    "kind": copy.event,
                    "ts": at,
                    "known_at": at,
                }
            )
    return pa.Table.from_pylist(rows, schema=events.schema().to_pyarrow())
