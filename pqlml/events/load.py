"""Load the tables of a definition: contracts checked, every row accounted for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.events.identity.accounts import accounts_of_people
from pqlml.events.identity.read_identity import read_identity
from pqlml.events.instants import how_to_read
from pqlml.events.plausibility import plausibility
from pqlml.events.properties import with_properties
from pqlml.events.read_entities import entities_from_news, read_entities
from pqlml.events.read_events import read_events
from pqlml.events.read_outcomes import read_outcomes
from pqlml.events.tables import AttributeKind, Finding, TableRead, Tables, in_order
from pqlml.times import iso, utc_now
from pqlml.warehouse import Warehouse, read_source

_TOMORROW = dt.timedelta(days=1)
"""An exclusive end is often the midnight that comes, on some clock of the world."""
_ORDER = ("events", "outcomes", "entities", "users", "memberships", "aliases")
"""In which order the tables are told of."""


def load_tables(
    warehouse: Warehouse,
    definition: Definition,
    data: Path,
    now: dt.datetime | None = None,
    *,
    events: ir.Table | None = None,
    events_end: dt.datetime | None = None,
) -> Tables:
    """Read, check and canonicalise the tables that the definition names.

    Parameters
    ----------
    data
        Folder that relative paths of the definition start from.
    now
        Instant (zone-less UTC) after which a time counts as lying in the future; the clock's by default.
    events
        Canonical events that were read and checked before, as a stored state keeps them: their source is left alone.
    events_end
        The last time among them, if that is known; else it is looked for.

    Raises
    ------
    DataError
        If a table or column is missing, has the wrong type, is empty, or contradicts itself.
    """
    given, now = events is not None, now if now is not None else utc_now()
    sources = definition.sources
    reads: dict[str, TableRead] = {}
    findings: dict[str, list[Finding]] = {}
    outcomes = entities = None
    attributes: dict[str, AttributeKind] = {}
    source, event_source = definition.entity_source, definition.event_source
    if source is not None:
        called = "entities" if sources.entities is not None else "users"
        raw = _with_rows(warehouse, read_source(warehouse, source, data, called), called)
        entities, attributes, account, found = read_entities(warehouse, definition, source, raw, now)
        reads[called] = _not_all_set_aside(account, source)
        findings[called] = found
    people = read_identity(warehouse, definition, data, entities)
    identity = people.identity if people is not None else None
    if people is not None:
        reads |= {account.table: account for account in people.reads}
        findings["memberships"] = people.findings
    if event_source is not None and not given:
        raw = _with_rows(warehouse, read_source(warehouse, event_source, data, "events"), "events")
        raw = with_properties(raw, event_source, definition.signals.by_property())
        events, account, found = read_events(warehouse, event_source, raw, now, sources.observed_until, identity)
        reads["events"] = _not_all_set_aside(account, event_source)
        findings["events"] = found
    if sources.outcomes is not None:
        raw = read_source(warehouse, sources.outcomes, data, "outcomes")
        outcomes, account, found = read_outcomes(warehouse, sources.outcomes, raw, now, sources.observed_until)
        reads["outcomes"] = _not_all_set_aside(account, sources.outcomes)
        findings["outcomes"] = found
    if entities is None:  # then the definition has events
        entities = (
            accounts_of_people(warehouse, events, identity)
            if identity is not None and sources.people
            else entities_from_news(warehouse, events)
        )
    tables = Tables(
        warehouse=warehouse,
        events=events,
        entities=entities,
        outcomes=outcomes,
        observed_until=_observed_until(warehouse, definition, (events, outcomes), events_end, now),
        attributes=attributes,
        reads=tuple(reads[name] for name in _ORDER if name in reads),
        findings=(),
        identity=identity,
    )
    told = [finding for name in _ORDER for finding in findings.get(name, [])]
    told += [] if given else plausibility(definition, tables)
    return replace(tables, findings=in_order(told))


def require_sound(definition: Definition, tables: Tables) -> Tables:
    """Return the tables, unless something about them stands in the way of training or scoring.

    Raises
    ------
    DataError
        Lists the findings that are errors.
    """
    errors = [finding for finding in tables.findings if finding.severity == "error"]
    if errors:
        listed = "\n".join(f"  {finding.code} {finding.title}: {finding.detail}" for finding in errors)
        msg = f"the data does not fit the definition {definition.name!r}:\n{listed}"
        raise DataError(msg)
    return tables


def _with_rows(warehouse: Warehouse, raw: ir.Table, name: str) -> ir.Table:
    """Refuse an empty table before its columns are judged: an empty CSV file does not show of what type they are."""
    if warehouse.fetch(raw.limit(1)).num_rows == 0:
        msg = f"{name}: no row can be used: it has no rows. Check the source's path in the definition, and --data."
        raise DataError(msg)
    return raw


def _not_all_set_aside(account: TableRead, source: Source) -> TableRead:
    if account.read > 0 and account.used == 0:
        reasons = ", ".join(f"{count} rows: {why}" for why, count in account.set_aside.items())
        main = max(account.set_aside, key=lambda why: account.set_aside[why])
        example = account.examples.get(main)
        advice = how_to_read(example, source) if example is not None else "Check the source's columns, and the data"
        msg = f"{account.table}: no row can be used: all {account.read} rows were set aside ({reasons}). {advice}."
        raise DataError(msg)
    return account


def _observed_until(
    warehouse: Warehouse,
    definition: Definition,
    tables: tuple[ir.Table | None, ir.Table | None],
    events_end: dt.datetime | None,
    now: dt.datetime,
) -> dt.datetime:
    """Return the declared end of the data, else just after the last time in it.

    Raises
    ------
    DataError
        If the declared end is a day or more ahead of the clock.
    """
    declared = definition.sources.observed_until
    if declared is not None and declared > now + _TOMORROW:
        msg = (
            f"'sources.observed_until' {iso(declared)} lies in the future (it is {iso(now.replace(microsecond=0))}): "
            f"whoever may still convert until then would count as not converting. State where the data end, or leave "
            f"it out."
        )
        raise DataError(msg)
    if declared is not None:
        return declared
    unknown = [table for table in (tables if events_end is None else tables[1:]) if table is not None]
    ends = [warehouse.fetch(table.agg(end=table.ts.max())).to_pylist()[0]["end"] for table in unknown]
    ends.append(events_end)
    known = [end for end in ends if end is not None]
    return max(known) + dt.timedelta(microseconds=1) if known else now
