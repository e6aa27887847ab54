"""The whole source beside the state: days that differ are repaired, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.datatypes as dtypes
import ibis.expr.types as ir

from pqlml.definition.parts import EventSource
from pqlml.events.instants import EARLIEST
from pqlml.events.read_events import read_events
from pqlml.features.store.intake import Taken, places_of
from pqlml.features.store.parts import stored_rows
from pqlml.features.store.records import as_instant, instants
from pqlml.features.store.update import Update
from pqlml.warehouse import LocalWarehouse

_DAY, _COPY = "day", "copy"


@ibis.udf.scalar.builtin(name="hash")  # type: ignore[untyped-decorator] # Ibis has no types
def _hash(row) -> dtypes.uint64:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any struct
    """DuckDB's 64-bit hash."""


def reconcile(
    update: Update, warehouse: LocalWarehouse, source: EventSource, raw: ir.Table, observed_until: dt.datetime | None
) -> Taken:
    """Make the state hold the events of the whole source, and no others.

    Days are compared by the number and the hashes of their rows; only rows of days that differ are compared one by
    one.
    """
    events, account, _ = read_events(warehouse, source, raw, dt.datetime.max, observed_until)
    columns = update.columns
    theirs = events.select(*columns, day=events.ts.truncate("D"))
    new = theirs
    if update.manifest.parts:
        rows = stored_rows(warehouse, update.path, update.manifest.parts)
        ours = rows.mutate(day=rows.ts.truncate("D"))
        days = _days_that_differ(warehouse, theirs, ours, columns)
        theirs, ours = (_numbered(table.filter(table.day.isin(days)), columns) for table in (theirs, ours))
        gone = warehouse.fetch(_missing(ours, theirs, columns).select("file", "position"))
        new = _missing(theirs, ours, columns)
        update.remove(places_of(gone))
    wanted = warehouse.fetch(new.select(*columns))
    update.insert(wanted)
    if update.manifest.own_clock is None and wanted.num_rows:
        update.note_clock(own=as_instant(int(instants(wanted["ts"]).min())) < EARLIEST)
    return Taken(account.read, account.set_aside, wanted.num_rows, account.used - wanted.num_rows)


def _days_that_differ(
    warehouse: LocalWarehouse, theirs: ir.Table, ours: ir.Table, columns: Sequence[str]
) -> list[dt.datetime]:
    one, other = (
        {row[_DAY]: (row["rows"], row["sum"]) for row in warehouse.fetch(_digest(table, columns)).to_pylist()}
        for table in (theirs, ours)
    )
    return sorted(day for day in {*one, *other} if one.get(day) != other.get(day))


def _digest(table: ir.Table, columns: Sequence[str]) -> ir.Table:
    row = ibis.struct({column: table[column] for column in columns})
    return table.group_by(_DAY).agg(rows=table.count(), sum=_hash(row).cast("decimal(38, 0)").sum())


def _numbered(table: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Give rows that are alike numbers, so that each has a counterpart of its own."""
    alike = ibis.window(group_by=[table[column] for column in columns], order_by=table.ts)
    return table.mutate(copy=ibis.row_number().over(alike))


def _missing(here: ir.Table, there: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Return the rows that are here and not there."""
    return here.anti_join(there, [here[column].identical_to(there[column]) for column in (*columns, _COPY)])
