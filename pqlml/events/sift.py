"""Rows used and rows set aside, with the reason: nothing is dropped in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from pqlml.events.instants import EARLIEST
from pqlml.events.tables import TableRead
from pqlml.warehouse import Warehouse

REASON = "_reason"
EARLY = "time lies before 1990"


def reason(*cases: tuple[ir.BooleanValue, str | ir.StringValue]) -> ir.StringValue:
    """Return the first reason whose condition holds, or null."""
    return ibis.cases(*cases, else_=ibis.null("string"))


def sift(warehouse: Warehouse, name: str, table: ir.Table, unreadable: str | None = None) -> tuple[ir.Table, TableRead]:
    """Keep the rows without a ``_reason`` and account for the others.

    Parameters
    ----------
    unreadable
        Column with the text that could not be read, null where all could; one of them becomes the example.

    Returns
    -------
    The kept rows (without ``_reason``) of the table, which is saved once under ``name``, and the counts, which add up
    by construction.
    """
    kept = warehouse.save(name, table)
    example = kept[unreadable].min() if unreadable is not None else ibis.null("string")
    query = kept.group_by(REASON).agg(rows=kept.count(), example=example).order_by(REASON)
    found = {row[REASON]: row for row in warehouse.fetch(query).to_pylist()}
    used = found.pop(None, {"rows": 0})["rows"]
    by_reason = {why: row["rows"] for why, row in found.items()}
    examples = {why: row["example"] for why, row in found.items() if row["example"] is not None}
    account = TableRead(name, used + sum(by_reason.values()), used, by_reason, examples)
    return kept.filter(kept[REASON].isnull()).drop(REASON), account


def sift_by_time(
    warehouse: Warehouse, name: str, judged: Callable[[dt.datetime], ir.Table], unreadable: str
) -> tuple[ir.Table, TableRead]:
    """Sift a table of which rows before an instant are set aside as :data:`EARLY`.

    That instant is 1990, unless most rows lie before it: then the data has a clock of its own, and all times count.

    Parameters
    ----------
    judged
        Takes that instant, and returns the table with reasons.
    """
    used, account = sift(warehouse, name, judged(EARLIEST), unreadable)
    if account.set_aside.get(EARLY, 0) > account.used:
        return sift(warehouse, name, judged(dt.datetime.min), unreadable)
    return used, account
