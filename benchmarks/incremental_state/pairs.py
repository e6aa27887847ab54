"""The pairs that all ways of building are asked for."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from pqlml.definition import Definition
from pqlml.events import Tables
from pqlml.labels.snapshots import signups


def all_pairs(definition: Definition, tables: Tables, cutoff: dt.datetime) -> ir.Table:
    """Keep one pair per account: itself and the instant."""
    periods = signups(definition, tables)
    pairs = periods.select("entity_id", "signup_at", cutoff=ibis.literal(cutoff, "timestamp(6)"))
    number = ibis.row_number().over(ibis.window(order_by=pairs.entity_id))
    return tables.warehouse.save("benchmark_pairs", pairs.mutate(row_id=number))
