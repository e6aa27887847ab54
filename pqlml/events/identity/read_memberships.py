"""Memberships: who belonged to which account, from when to when, and since when that was known."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.definition.sources import MembershipSource
from pqlml.events.columns import filled, require_columns, require_exact_ids, text
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.tables import Finding, TableRead
from pqlml.events.time_columns import time_columns, unreadable_of
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER

_TIMES = ("valid_from", "valid_to", "known_at")


def read_memberships(
    warehouse: Warehouse, source: MembershipSource, raw: ir.Table
) -> tuple[ir.Table, TableRead, list[Finding]]:
    """Return canonical memberships, the account of the rows, and what was found.

    Set aside: a null user or account, a ``valid_from`` that is null or unreadable, an unreadable ``valid_to``, a stay
    that ends before it begins, and rows repeated word for word.

    Returns
    -------
    One row per stay: ``user_id``, ``entity_id``, ``role`` (null = unknown), ``valid_from`` and ``valid_to`` (half-open;
    null = unbounded), ``known_at`` (never before ``valid_from``; null = always known).
    """
    keys = ("user_id", "entity_id", "role", *_TIMES)
    require_columns(raw, {key: getattr(source, key) for key in keys}, "memberships")
    ids = {"user_id": source.user_id, "entity_id": source.entity_id}
    require_exact_ids(warehouse, raw, ids, "memberships")
    times = time_columns(
        "memberships",
        source,
        valid_from=source.valid_from,
        valid_to=filled(warehouse, raw, source.valid_to),
        known_at=filled(warehouse, raw, source.known_at),
    )
    values, unknown = times.values(raw), ibis.null("timestamp(6)")
    start, end, known = (values.get(key, unknown) for key in _TIMES)
    table = raw.select(
        user_id=text(raw[source.user_id]),
        entity_id=text(raw[source.entity_id]),
        role=text(raw[source.role]) if source.role else ibis.null("string"),
        valid_from=start,
        valid_to=end,
        known_at=ibis.greatest(start, ibis.coalesce(known, start)),
        _no_start=start.isnull() if source.valid_from else NEVER,
        _no_end=raw[source.valid_to].notnull() & end.isnull() if source.valid_to else NEVER,
        _unrecorded=known.isnull() if source.known_at else NEVER,
        **times.flags(raw),
    )
    copy = ibis.row_number().over(ibis.window(group_by=list(table.columns), order_by=[table.user_id]))
    table = table.mutate(
        **{
            REASON: reason(
                (table.user_id.isnull(), "user_id is null"),
                (table.entity_id.isnull(), "entity_id is null"),
                (table["_no_start"], "valid_from is null or cannot be read"),
                (table["_no_end"], "valid_to cannot be read"),
                (table.valid_to <= table.valid_from, "ends before it begins"),
                (copy > 0, "row repeated word for word"),
            )
        }
    )
    used, account = sift(warehouse, "memberships", table, unreadable_of("valid_from") if source.valid_from else None)
    about_times, _ = times.findings(warehouse, used, account)
    findings = [*about_times, *_findings(warehouse, source, used)]
    return used.drop("_no_start", "_no_end", "_unrecorded", *times.carried), account, findings


def _findings(warehouse: Warehouse, source: MembershipSource, table: ir.Table) -> list[Finding]:
    if source.valid_from is None:
        detail = "no 'valid_from' is mapped: who belongs to an account today counts as having always belonged to it."
        return [Finding("PQD051", "warning", "memberships have no times", detail, 0)]
    late = table.known_at > table.valid_from + ibis.interval(days=1)
    found = table.agg(late=late.cast("int64").sum(), unrecorded=table["_unrecorded"].cast("int64").sum())
    counts = warehouse.fetch(found).to_pylist()[0]
    findings = []
    if counts["late"]:
        detail = "recorded more than a day after they began: events that arrived before stay where they were."
        findings.append(Finding("PQD052", "note", "late memberships", detail, int(counts["late"])))
    if counts["unrecorded"]:
        detail = f"{source.known_at!r} is null or unreadable; such memberships count as known when they began."
        findings.append(
            Finding("PQD053", "warning", "memberships recorded at unknown times", detail, int(counts["unrecorded"]))
        )
    return findings
