"""Outcomes: from the user's table of stage changes to the canonical one."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import OutcomeSource
from pqlml.errors import DataError
from pqlml.events.columns import instant, require_columns, require_instant_type, text
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.tables import TableRead
from pqlml.warehouse import Warehouse


def read_outcomes(
    warehouse: Warehouse, source: OutcomeSource, raw: ir.Table, now: dt.datetime, observed_until: dt.datetime | None
) -> tuple[ir.Table, TableRead]:
    """Return canonical outcomes and the account of the rows; broken rows are set aside with their reason."""
    mapped = {key: getattr(source, key) for key in ("entity_id", "stage", "ts", "known_at", "amount")}
    require_columns(raw, mapped, "outcomes")
    require_instant_type(raw[source.ts], "ts", "outcomes")
    if source.known_at:
        require_instant_type(raw[source.known_at], "known_at", "outcomes")
    if source.amount and not raw[source.amount].type().is_numeric():
        msg = f"outcomes: the amount {source.amount!r} holds {raw[source.amount].type()}; expected numbers."
        raise DataError(msg)
    ts = instant(raw[source.ts], source.timezone)
    given = instant(raw[source.known_at], source.timezone) if source.known_at else ts
    table = raw.select(
        entity_id=text(raw[source.entity_id]),
        stage=text(raw[source.stage]),
        ts=ts,
        known_at=ibis.greatest(ts, ibis.coalesce(given, ts)),
        amount=raw[source.amount].cast("float64") if source.amount else ibis.null("float64"),
        _unreadable=raw[source.ts].notnull() & ts.isnull(),
    )
    end = observed_until if observed_until is not None else dt.datetime.max
    table = table.mutate(
        **{
            REASON: reason(
                (table.entity_id.isnull(), "entity_id is null"),
                (table.stage.isnull(), "stage is null"),
                (table["_unreadable"], "time cannot be read"),
                (table.ts.isnull(), "time is null"),
                (table.ts > ibis.literal(now, "timestamp(6)"), "time lies in the future"),
                (table.ts >= ibis.literal(end, "timestamp(6)"), "time at or after observed_until"),
            )
        }
    )
    used, account = sift(warehouse, "outcomes", table)
    return used.drop("_unreadable"), account
