"""Events: from the user's table to the canonical one."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import EventSource
from pqlml.errors import DataError
from pqlml.events.columns import (
    instant,
    lacks_zone,
    require_columns,
    require_instant_type,
    text,
)
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.tables import Finding, TableRead
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER, holds


def read_events(
    warehouse: Warehouse, source: EventSource, raw: ir.Table, now: dt.datetime, observed_until: dt.datetime | None
) -> tuple[ir.Table, TableRead, list[Finding]]:
    """Return canonical events, the account of the rows, and what was found.

    Set aside: null entity or event, time missing or not readable, time in the future (after ``now``) or at or after
    ``observed_until``, and repeated ``event_id`` (the one known first stays). An event is never known before it
    happened: ``known_at`` is the later of its own time and of the given one.
    """
    _require(source, raw)
    ts = instant(raw[source.ts], source.timezone)
    given = instant(raw[source.known_at], source.timezone) if source.known_at else ts
    columns: dict[str, ir.Value] = {
        "entity_id": text(raw[source.entity_id]),
        "user_id": text(raw[source.user_id]) if source.user_id else ibis.null("string"),
        "event": text(raw[source.event]),
        "ts": ts,
        "known_at": ibis.greatest(ts, ibis.coalesce(given, ts)),
        "event_id": text(raw[source.event_id]) if source.event_id else ibis.null("string"),
        "session_id": text(raw[source.session_id]) if source.session_id else ibis.null("string"),
        **{f"p_{name}": raw[measure.column].cast("float64") for name, measure in source.properties.items()},
        **{f"d_{name}": text(raw[measure.column]) for name, measure in source.distinct.items()},
    }
    flags = {
        "_no_zone": lacks_zone(raw[source.ts]),
        "_unreadable": raw[source.ts].notnull() & ts.isnull(),
        "_known_early": (given < ts) if source.known_at else NEVER,
        "_unknown_arrival": given.isnull() & ts.notnull() if source.known_at else NEVER,
    }
    table = raw.select(**columns, **flags)
    end = observed_until if observed_until is not None else dt.datetime.max
    table = table.mutate(
        **{
            REASON: reason(
                (table.entity_id.isnull(), "entity_id is null"),
                (table.event.isnull(), "event is null"),
                (table["_unreadable"], "time cannot be read"),
                (table.ts.isnull(), "time is null"),
                (table.ts > ibis.literal(now, "timestamp(6)"), "time lies in the future"),
                (table.ts >= ibis.literal(end, "timestamp(6)"), "time at or after observed_until"),
            )
        }
    )
    table = _mark_duplicates(warehouse, table) if source.event_id else table
    used, account = sift(warehouse, "events", table)
    findings = _findings(warehouse, source, used)
    return used.drop("_no_zone", "_unreadable", "_known_early", "_unknown_arrival"), account, findings


def _require(source: EventSource, raw: ir.Table) -> None:
    keys = ("entity_id", "event", "ts", "user_id", "known_at", "event_id", "session_id")
    mapped = {key: getattr(source, key) for key in keys}
    mapped |= {f"properties.{name}": measure.column for name, measure in source.properties.items()}
    mapped |= {f"distinct.{name}": measure.column for name, measure in source.distinct.items()}
    require_columns(raw, mapped, "events")
    require_instant_type(raw[source.ts], "ts", "events")
    if source.known_at:
        require_instant_type(raw[source.known_at], "known_at", "events")
    for name, measure in source.properties.items():
        kind = raw[measure.column].type()
        if not (kind.is_numeric() or kind.is_boolean()):
            msg = (
                f"events: the property {name!r} is column {measure.column!r}, which holds {kind}; expected numbers. "
                f"Name it under 'distinct' if its different values are what counts."
            )
            raise DataError(msg)


def _mark_duplicates(warehouse: Warehouse, table: ir.Table) -> ir.Table:
    """Give all but the first known row of an ``event_id`` a reason; ties go by content, never by row order.

    Only ids that occur twice among the usable rows are ordered: they are few, and ordering all events is not cheap.
    """
    table = warehouse.save("events_with_repeats", table)
    usable = table.filter(table[REASON].isnull() & table.event_id.notnull())
    repeated = usable.group_by("event_id").having(usable.count() > 1).agg()
    order = [table.known_at, table.ts, table.entity_id, table.event, table.user_id, table.session_id]
    order += [table[name] for name in table.columns if name.startswith(("p_", "d_"))]
    judged = holds(table[REASON].isnull() & table.event_id.isin(repeated.event_id))
    position = ibis.row_number().over(ibis.window(group_by=table.event_id, order_by=order))
    marked = table.filter(judged).mutate(**{REASON: (position > 0).ifelse("event_id repeated", ibis.null("string"))})
    return ibis.union(marked, table.filter(~judged))


def _findings(warehouse: Warehouse, source: EventSource, table: ir.Table) -> list[Finding]:
    counts = warehouse.fetch(
        table.agg(
            no_zone=table["_no_zone"].sum(),
            early=table["_known_early"].sum(),
            unknown=table["_unknown_arrival"].sum(),
            late=(table.known_at > table.ts + ibis.interval(days=1)).sum(),
        )
    ).to_pylist()[0]
    counts = {name: int(count or 0) for name, count in counts.items()}
    findings = []
    if counts["no_zone"]:
        detail = f"{source.ts!r} states no zone; read as {source.timezone}. Set 'timezone' if the clock was another."
        findings.append(Finding("PQD001", "note", "event times without a zone", detail, counts["no_zone"]))
    if counts["early"]:
        detail = f"{source.known_at!r} lies before {source.ts!r}; such events count as known when they happened."
        findings.append(Finding("PQD002", "warning", "events known before they happened", detail, counts["early"]))
    if counts["unknown"]:
        detail = f"{source.known_at!r} is null or unreadable; such events count as known when they happened."
        findings.append(Finding("PQD003", "warning", "events with unknown arrival", detail, counts["unknown"]))
    if counts["late"]:
        detail = "known more than a day after they happened; they enter features only from then on."
        findings.append(Finding("PQD004", "note", "late events", detail, counts["late"]))
    if not source.known_at:
        detail = "no 'known_at' is mapped: every event counts as known when it happened, late arrivals included."
        findings.append(Finding("PQD005", "note", "arrival of events is not recorded", detail, 0))
    return findings
