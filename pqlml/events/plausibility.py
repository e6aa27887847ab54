"""Checks of loaded tables that no single row shows: vocabulary, coverage, strangers."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.errors import nearest
from pqlml.events.conditions import condition_findings
from pqlml.events.spellings import spelling_findings
from pqlml.events.tables import Finding, Severity, Tables
from pqlml.events.values import value_findings

_FORTNIGHT = 14
_MANY = 20
_HARDLY_ANY = 0.05


def plausibility(definition: Definition, tables: Tables) -> list[Finding]:
    """Return findings on what the definition names but the data lacks, strangers, silent entities and silent days."""
    named = [*_unknown_departures(definition, tables), *value_findings(definition, tables)]
    named += spelling_findings(definition, tables)
    events = tables.events
    if events is None:
        return named
    return [
        *_unknown_events(definition, tables, events),
        *condition_findings(definition, tables),
        *named,
        *_strangers(tables, events),
        *_outages(tables, events),
    ]


def named_events(definition: Definition) -> set[str]:
    """Every event name that the definition speaks of."""
    names = {event for _, _, events in definition.signals.behaviour() for event in events}
    return names | ({definition.conversion.event} if definition.conversion.event else set())


def _unknown_events(definition: Definition, tables: Tables, events: ir.Table) -> list[Finding]:
    present = set(tables.warehouse.fetch(events.select("event").distinct())["event"].to_pylist())
    findings = []
    for name in sorted(named_events(definition) - present):
        severity: Severity = "error" if name == definition.conversion.event else "warning"
        detail = f"the definition names the event {name!r}, which never occurs; {nearest(name, present)}"
        findings.append(Finding("PQD020", severity, "event never occurs", detail, 0))
    return findings


def _unknown_departures(definition: Definition, tables: Tables) -> list[Finding]:
    """Find names under ``leaves_on`` that are neither an event nor a stage of the data."""
    sources = [(tables.events, "event"), (tables.outcomes, "stage")]
    present = {
        name
        for table, column in sources
        if table is not None
        for name in tables.warehouse.fetch(table.select(column).distinct())[column].to_pylist()
    }
    return [
        Finding(
            "PQD020",
            "warning",
            "event never occurs",
            f"'leaves_on' names {name!r}, which is no event and no stage of the data; {nearest(name, present)}",
            0,
        )
        for name in definition.population.leaves_on
        if name not in present
    ]


def _strangers(tables: Tables, events: ir.Table) -> list[Finding]:
    entities = tables.entities
    known = entities.select("entity_id").distinct()
    active = events.group_by("entity_id").agg(rows=events.count())
    strangers = active.anti_join(known, "entity_id")
    silent = known.anti_join(active, "entity_id")
    counts = tables.warehouse.fetch(strangers.agg(entities=strangers.count(), rows=strangers.rows.sum())).to_pylist()[0]
    findings = []
    if counts["entities"]:
        detail = (
            f"{counts['rows']} events belong to {counts['entities']} entities that the entity table lacks; "
            f"they are in no row."
        )
        findings.append(Finding("PQD021", "warning", "events of unknown entities", detail, int(counts["rows"])))
    quiet = tables.warehouse.fetch(silent.agg(n=silent.count())).to_pylist()[0]["n"]
    if quiet:
        detail = "they stay candidates: silence is information."
        findings.append(Finding("PQD022", "note", "entities without an event", detail, quiet))
    return findings


def _outages(tables: Tables, events: ir.Table) -> list[Finding]:
    """Find days with hardly any event amid days with many: the collection was probably down."""
    day = events.ts.truncate("D")
    daily = tables.warehouse.fetch(events.group_by(day=day).agg(rows=ibis._.count()).order_by("day")).to_pandas()
    if len(daily) < _FORTNIGHT:
        return []
    series = daily.set_index("day")["rows"].asfreq("D", fill_value=0)
    usual = series.rolling(_FORTNIGHT + 1, center=True, min_periods=1).median()
    whole = series.iloc[1:-1]  # the first and the last day may be partial
    silent = whole.index[(whole < _HARDLY_ANY * usual.iloc[1:-1]) & (usual.iloc[1:-1] >= _MANY)]
    if silent.empty:
        return []
    shown = ", ".join(str(instant.date()) for instant in silent[:5])
    more = " and more" if len(silent) > len(silent[:5]) else ""
    detail = f"hardly any event on {shown}{more}, amid days with many: was the collection down?"
    return [Finding("PQD023", "warning", "days with hardly any event", detail, len(silent))]
