"""Outcomes: from the user's table of stage changes to the canonical one."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import OutcomeSource
from pqlml.errors import DataError
from pqlml.events.columns import require_columns, require_exact_ids, text
from pqlml.events.event_findings import early_times
from pqlml.events.sift import EARLY, REASON, reason, sift_by_time
from pqlml.events.tables import Finding, TableRead
from pqlml.events.time_columns import UNREADABLE, time_columns, unreadable_of
from pqlml.warehouse import Warehouse


def read_outcomes(
    warehouse: Warehouse, source: OutcomeSource, raw: ir.Table, now: dt.datetime, observed_until: dt.datetime | None
) -> tuple[ir.Table, TableRead, list[Finding]]:
    """Return canonical outcomes, the account of the rows, and what was found; broken rows are set aside."""
    mapped = {key: getattr(source, key) for key in ("entity_id", "stage", "ts", "known_at", "amount")}
    require_columns(raw, mapped, "outcomes")
    require_exact_ids(warehouse, raw, {"entity_id": source.entity_id}, "outcomes")
    if source.amount and not raw[source.amount].type().is_numeric():
        msg = f"outcomes: the amount {source.amount!r} holds {raw[source.amount].type()}; expected numbers."
        raise DataError(msg)
    times = time_columns("outcomes", source, ts=source.ts, known_at=source.known_at)
    values = times.values(raw)
    ts, given = values["ts"], values.get("known_at", values["ts"])
    table = raw.select(
        entity_id=text(raw[source.entity_id]),
        stage=text(raw[source.stage]),
        ts=ts,
        known_at=ibis.greatest(ts, ibis.coalesce(given, ts)),
        amount=raw[source.amount].cast("float64") if source.amount else ibis.null("float64"),
        **times.flags(raw),
    )
    end = observed_until if observed_until is not None else dt.datetime.max

    def judged(earliest: dt.datetime) -> ir.Table:
        return table.mutate(
            **{
                REASON: reason(
                    (table.entity_id.isnull(), "entity_id is null"),
                    (table.stage.isnull(), "stage is null"),
                    (table[unreadable_of("ts")].notnull(), UNREADABLE),
                    (table.ts.isnull(), "time is null"),
                    (table.ts < ibis.literal(earliest, "timestamp(6)"), EARLY),
                    (table.ts > ibis.literal(now, "timestamp(6)"), "time lies in the future"),
                    (table.ts >= ibis.literal(end, "timestamp(6)"), "time at or after observed_until"),
                )
            }
        )

    used, account = sift_by_time(warehouse, "outcomes", judged, unreadable_of("ts"))
    about_times, _ = times.findings(warehouse, used, account)
    return used.drop(*times.carried), account, [*about_times, *early_times(account)]
