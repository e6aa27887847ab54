"""Reading aliases: which id was given up for which, and since when that was known."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.definition.sources import AliasSource
from pqlml.events.columns import require_columns, require_exact_ids, text
from pqlml.events.identity.claims import ALWAYS_SINCE, bound
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.tables import Finding, TableRead
from pqlml.events.time_columns import time_columns, unreadable_of
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER


def read_aliases(warehouse: Warehouse, source: AliasSource, raw: ir.Table) -> tuple[ir.Table, TableRead, list[Finding]]:
    """Return canonical aliases, the account of the rows, and what was found.

    Set aside: a null id, an id given up for itself, a ``known_at`` that is null or unreadable, and all but the first
    known row of an id: what is known later moves nothing.

    Returns
    -------
    One row per id that was given up: ``user_id``, ``canonical_id``, ``known_at`` (never null).
    """
    require_columns(raw, {key: getattr(source, key) for key in ("user_id", "canonical_id", "known_at")}, "aliases")
    ids = {"user_id": source.user_id, "canonical_id": source.canonical_id}
    require_exact_ids(warehouse, raw, ids, "aliases")
    times = time_columns("aliases", source, known_at=source.known_at)
    known = times.values(raw).get("known_at", ibis.null("timestamp(6)"))
    table = raw.select(
        user_id=text(raw[source.user_id]),
        canonical_id=text(raw[source.canonical_id]),
        known_at=bound(known, ALWAYS_SINCE),
        _unknown=known.isnull() if source.known_at else NEVER,
        **times.flags(raw),
    )
    table = table.mutate(
        **{
            REASON: reason(
                (table.user_id.isnull(), "user_id is null"),
                (table.canonical_id.isnull(), "canonical_id is null"),
                (table["_unknown"], "known_at is null or cannot be read"),
                (table.user_id == table.canonical_id, "an id given up for itself"),
            )
        }
    )
    by_arrival = ibis.window(
        group_by=[table.user_id, table[REASON].isnull()], order_by=[table.known_at, table.canonical_id]
    )
    first = table.canonical_id.first().over(by_arrival)
    table = table.mutate(_place=ibis.row_number().over(by_arrival), _first=first)
    again = ibis.cases(
        (table["_place"] == 0, ibis.null("string")),
        (table.canonical_id == table["_first"], "id repeated"),
        else_="id of another user already",
    )
    table = table.mutate(**{REASON: ibis.coalesce(table[REASON], again)}).drop("_place", "_first")
    used, account = sift(warehouse, "aliases", table, unreadable_of("known_at") if source.known_at else None)
    about_times, _ = times.findings(warehouse, used, account)
    findings = [*about_times, *_findings(source)]
    return used.drop("_unknown", *times.carried), account, findings


def _findings(source: AliasSource) -> list[Finding]:
    if source.known_at is not None:
        return []
    detail = "no 'known_at' is mapped: that two ids are one person counts as always known."
    return [Finding("PQD058", "warning", "aliases have no times", detail, 0)]
