"""What a person should know about the events that are used."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import EventSource
from pqlml.events.sift import EARLY
from pqlml.events.tables import Finding, TableRead
from pqlml.events.time_columns import TimeColumns, read_of
from pqlml.warehouse import Warehouse

TOO_LARGE = 1e22
"""Properties are added up exactly, as decimals of 28 digits with six places; what has more digits counts as null."""

_LOOKED_AT = 2_000_000
_ENTITIES_LOOKED_AT = 1_000


def event_findings(
    warehouse: Warehouse, source: EventSource, times: TimeColumns, used: ir.Table, account: TableRead
) -> list[Finding]:
    """Return the findings on the events of a source."""
    about_times, advice = times.findings(warehouse, used, account)
    return [
        *about_times,
        *_arrival(warehouse, source, used, advice.get("known_at")),
        *early_times(account),
        *_contradictions(warehouse, used),
        *_too_large(warehouse, source, used),
        *_repeats(warehouse, source, used, account.used),
    ]


def early_times(account: TableRead) -> list[Finding]:
    """Tell of times that no product's event can have."""
    count = account.set_aside.get(EARLY, 0)
    if not count:
        return []
    detail = (
        f"{account.table}: such rows are set aside; the usual cause is a default of some system, such as 1970-01-01, "
        f"in place of an unknown time."
    )
    return [Finding("PQD007", "warning", "times before 1990", detail, count)]


def _arrival(warehouse: Warehouse, source: EventSource, used: ir.Table, advice: str | None) -> list[Finding]:
    if not source.known_at:
        detail = "no 'known_at' is mapped: every event counts as known when it happened, late arrivals included."
        return [Finding("PQD005", "note", "arrival of events is not recorded", detail, 0)]
    query = used.agg(
        early=used["_known_early"].cast("int64").sum(),
        unknown=(~used[read_of("known_at")]).cast("int64").sum(),
        late=(used.known_at > used.ts + ibis.interval(days=1)).cast("int64").sum(),
    )
    counts = {name: int(count or 0) for name, count in warehouse.fetch(query).to_pylist()[0].items()}
    findings = []
    if counts["early"]:
        detail = f"{source.known_at!r} lies before {source.ts!r}; such events count as known when they happened."
        findings.append(Finding("PQD002", "warning", "events known before they happened", detail, counts["early"]))
    if counts["unknown"]:
        why = f": {advice}" if advice else ""
        detail = f"{source.known_at!r} is null or cannot be read; they count as known when they happened{why}."
        findings.append(Finding("PQD003", "warning", "events with unknown arrival", detail, counts["unknown"]))
    if counts["late"]:
        detail = "known more than a day after they happened; they enter features only from then on."
        findings.append(Finding("PQD004", "note", "late events", detail, counts["late"]))
    return findings


def _contradictions(warehouse: Warehouse, used: ir.Table) -> list[Finding]:
    count = warehouse.fetch(used.agg(n=used["_contradicts"].cast("int64").sum())).to_pylist()[0]["n"]
    if not count:
        return []
    detail = "their user was a member of another account; the account that the event names counts."
    return [Finding("PQD057", "warning", "events contradict memberships", detail, int(count))]


def _too_large(warehouse: Warehouse, source: EventSource, used: ir.Table) -> list[Finding]:
    if not source.properties:
        return []
    values = {name: used[f"p_{name}"] for name in source.properties}
    beyond = {name: (~value.isnan() & (value.abs() >= TOO_LARGE)).cast("int64").sum() for name, value in values.items()}
    counts = warehouse.fetch(used.agg(**beyond)).to_pylist()[0]
    found = {name: int(count) for name, count in counts.items() if count}
    if not found:
        return []
    named = ", ".join(f"{name!r} ({source.properties[name].column!r}): {count}" for name, count in found.items())
    detail = f"infinite, or of more than 22 digits; they count as null. By property: {named}."
    return [Finding("PQD009", "warning", "property values too large to add up", detail, sum(found.values()))]


def _repeats(warehouse: Warehouse, source: EventSource, used: ir.Table, rows: int) -> list[Finding]:
    """Find events that are equal in all mapped columns; in a large table, among some entities."""
    if source.event_id:
        return []
    looked_at, where = used, ""
    if rows > _LOOKED_AT:
        some = used.select("entity_id").distinct().order_by("entity_id").limit(_ENTITIES_LOOKED_AT)
        looked_at = used.semi_join(some, "entity_id")
        where = f" among those of {_ENTITIES_LOOKED_AT} entities, which alone were looked at"
    columns = [name for name in used.columns if not name.startswith("_")]
    groups = looked_at.group_by(columns).agg(rows=ibis._.count())
    again = groups.filter(groups.rows > 1)
    count = warehouse.fetch(again.agg(n=(again.rows - 1).sum())).to_pylist()[0]["n"]
    if not count:
        return []
    detail = (
        f"equal to another event in every mapped column{where}; they all count. If they are repeated deliveries, map "
        f"'event_id'."
    )
    return [Finding("PQD008", "warning", "events repeated word for word", detail, int(count))]
