"""Rows used and rows set aside, with the reason: nothing is dropped in silence."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.events.tables import TableRead
from pqlml.warehouse import Warehouse

REASON = "_reason"


def reason(*cases: tuple[ir.BooleanValue, str]) -> ir.StringValue:
    """Return the first reason whose condition holds, or null."""
    return ibis.cases(*cases, else_=ibis.null("string"))


def sift(warehouse: Warehouse, name: str, table: ir.Table) -> tuple[ir.Table, TableRead]:
    """Keep the rows without a ``_reason`` and account for the others.

    Returns
    -------
    The kept rows (without ``_reason``) of the table, which is saved once under ``name``, and the counts, which add up
    by construction.
    """
    kept = warehouse.save(name, table)
    counts = warehouse.fetch(kept.group_by(REASON).agg(rows=kept.count()).order_by(REASON)).to_pydict()
    by_reason = dict(zip(counts[REASON], counts["rows"], strict=True))
    used = by_reason.pop(None, 0)
    account = TableRead(table=name, read=used + sum(by_reason.values()), used=used, set_aside=by_reason)
    return kept.filter(kept[REASON].isnull()).drop(REASON), account
