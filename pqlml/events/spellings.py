"""Names in the data that are those of the definition but for case, spaces or dashes: they count as something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.events.tables import Finding, Tables


def spelling_findings(definition: Definition, tables: Tables) -> Iterator[Finding]:
    """Yield a finding for each column of names in which a name of the definition occurs in other spellings, too.

    A name that never occurs as it is written is told elsewhere, with the nearest.
    """
    conversion, leaves = definition.conversion, definition.population.leaves_on
    signals = {event for _, _, events in definition.signals.behaviour() for event in events}
    events = signals.union(leaves, {conversion.event or ""})
    stages = {*leaves, conversion.stage or "", conversion.revenue_stage or ""}
    for table, column, names in ((tables.events, "event", events), (tables.outcomes, "stage", stages)):
        if table is not None:
            yield from _other_spellings(tables, table, column, names)


def _other_spellings(tables: Tables, table: ir.Table, column: str, names: set[str]) -> Iterator[Finding]:
    counted = table.group_by(column).agg(rows=table.count())
    rows = {row[column]: row["rows"] for row in tables.warehouse.fetch(counted).to_pylist()}
    by_plain = {_plain(name): name for name in sorted(names & set(rows))}
    others = {name: by_plain[_plain(name)] for name in sorted(set(rows) - names) if _plain(name) in by_plain}
    if others:
        told = ", ".join(f"{name!r} ({rows[name]} rows) beside {meant!r}" for name, meant in others.items())
        detail = f"{told}: the definition names the latter alone, and only that counts as it."
        yield Finding("PQD027", "warning", "names in several spellings", detail, sum(rows[name] for name in others))


def _plain(name: str) -> str:
    """Write a name without what spellings differ in.

    Examples
    --------
    >>> _plain("Closed-Won") == _plain("closed won") == _plain("closed_won ")
    True
    """
    return re.sub(r"[\s_-]+", "", name).casefold()
