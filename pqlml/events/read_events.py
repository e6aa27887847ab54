"""Events: from the user's table to the canonical one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import EventSource
from pqlml.errors import DataError
from pqlml.events.columns import require_columns, require_exact_ids, text
from pqlml.events.event_findings import event_findings
from pqlml.events.identity.identity import Identity
from pqlml.events.properties import KIND
from pqlml.events.sift import EARLY, REASON, reason, sift_by_time
from pqlml.events.tables import Finding, TableRead
from pqlml.events.time_columns import UNREADABLE, TimeColumns, time_columns, unreadable_of
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER, holds


def read_events(
    warehouse: Warehouse,
    source: EventSource,
    raw: ir.Table,
    now: dt.datetime,
    observed_until: dt.datetime | None,
    identity: Identity | None = None,
) -> tuple[ir.Table, TableRead, list[Finding]]:
    """Return canonical events, the account of the rows, and what was found.

    Set aside: null entity or event, time missing or not readable, time in the future (after ``now``) or at or after
    ``observed_until``, time before 1990 (unless most are: then the data has a clock of its own), and repeated
    ``event_id`` (the one known first stays). An event is never known before it happened: ``known_at`` is the later of
    its own time and of the given one.

    Parameters
    ----------
    identity
        Where the people behind the events belong; null where events name their entity themselves.
    """
    times = time_columns("events", source, ts=source.ts, known_at=source.known_at)
    reasoned = event_reasons(warehouse, source, raw, now, observed_until, identity)

    def judged(earliest: dt.datetime) -> ir.Table:
        return _mark_duplicates(warehouse, reasoned(earliest)) if source.event_id else reasoned(earliest)

    used, account = sift_by_time(warehouse, "events", judged, unreadable_of("ts"))
    findings = event_findings(warehouse, source, times, used, account)
    return used.drop("_known_early", "_contradicts", "_nobody", *times.carried), account, findings


def event_reasons(
    warehouse: Warehouse,
    source: EventSource,
    raw: ir.Table,
    now: dt.datetime,
    observed_until: dt.datetime | None,
    identity: Identity | None = None,
) -> Callable[[dt.datetime], ir.Table]:
    """Return what gives each row its canonical values, and a reason where it cannot be used; copies are not looked for.

    It takes the instant before which times are set aside. Parameters are those of :func:`read_events`.
    """
    _require(warehouse, source, raw)
    times = time_columns("events", source, ts=source.ts, known_at=source.known_at)
    table = _placed(_canonical(source, raw, times), source, identity)
    end = observed_until if observed_until is not None else dt.datetime.max
    return lambda earliest: _reasoned(table, now, end, earliest)


def _canonical(source: EventSource, raw: ir.Table, times: TimeColumns) -> ir.Table:
    values = times.values(raw)
    ts, given = values["ts"], values.get("known_at", values["ts"])
    columns: dict[str, ir.Value] = {
        "entity_id": text(raw[source.entity_id]) if source.entity_id else ibis.null("string"),
        "user_id": text(raw[source.user_id]) if source.user_id else ibis.null("string"),
        "event": text(raw[source.event]),
        "ts": ts,
        "known_at": ibis.greatest(ts, ibis.coalesce(given, ts)),
        "event_id": text(raw[source.event_id]) if source.event_id else ibis.null("string"),
        "session_id": text(raw[source.session_id]) if source.session_id else ibis.null("string"),
        **{f"p_{name}": raw[measure.column].cast("float64") for name, measure in source.properties.items()},
        **{f"d_{name}": text(raw[measure.column]) for name, measure in source.distinct.items()},
        **({"kind": raw[KIND]} if KIND in raw.columns else {}),
    }
    return raw.select(**columns, **times.flags(raw), _known_early=(given < ts) if source.known_at else NEVER)


def _placed(table: ir.Table, source: EventSource, identity: Identity | None) -> ir.Table:
    """Give events their account, and say of those that have none why (``_nobody``)."""
    if identity is None:
        missing = table.entity_id.isnull().ifelse("entity_id is null", ibis.null("string"))
        return table.mutate(_contradicts=NEVER, _nobody=missing)
    placed = identity.place(table)
    nobody = ibis.cases(
        (placed.entity_id.notnull(), ibis.null("string")),
        (placed.user_id.isnull(), f"{'entity_id' if source.entity_id else 'user_id'} is null"),
        else_="no account of its user is known",
    )
    return placed.mutate(_nobody=nobody)


def _reasoned(table: ir.Table, now: dt.datetime, observed_until: dt.datetime, earliest: dt.datetime) -> ir.Table:
    return table.mutate(
        **{
            REASON: reason(
                (table["_nobody"].notnull(), table["_nobody"]),
                (table.event.isnull(), "event is null"),
                (table[unreadable_of("ts")].notnull(), UNREADABLE),
                (table.ts.isnull(), "time is null"),
                (table.ts < ibis.literal(earliest, "timestamp(6)"), EARLY),
                (table.ts > ibis.literal(now, "timestamp(6)"), "time lies in the future"),
                (table.ts >= ibis.literal(observed_until, "timestamp(6)"), "time at or after observed_until"),
            )
        }
    )


def _require(warehouse: Warehouse, source: EventSource, raw: ir.Table) -> None:
    keys = ("entity_id", "event", "ts", "user_id", "known_at", "event_id", "session_id")
    mapped = {key: getattr(source, key) for key in keys}
    if source.user_id is not None:
        mapped["entity_id (null if events carry no account)"] = mapped.pop("entity_id")
    mapped |= {f"properties.{name}": measure.column for name, measure in source.properties.items()}
    mapped |= {f"distinct.{name}": measure.column for name, measure in source.distinct.items()}
    require_columns(raw, mapped, "events")
    ids = ("entity_id", "user_id", "event_id", "session_id")
    require_exact_ids(warehouse, raw, {key: getattr(source, key) for key in ids}, "events")
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
    judged = holds(table[REASON].isnull() & table.event_id.isin(repeated.event_id))
    position = ibis.row_number().over(ibis.window(group_by=table.event_id, order_by=first_known(table)))
    marked = table.filter(judged).mutate(**{REASON: (position > 0).ifelse("event_id repeated", ibis.null("string"))})
    return ibis.union(marked, table.filter(~judged))


def first_known(table: ir.Table) -> list[ir.Value]:
    """Return by what rows with one ``event_id`` are ordered: the first one stays."""
    order = [table.known_at, table.ts, table.entity_id, table.event, table.user_id, table.session_id]
    return order + [table[name] for name in table.columns if name.startswith(("p_", "d_")) or name == "kind"]
