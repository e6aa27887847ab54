"""What the conversions of a pair brought in."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.events.tables import Tables
from pqlml.times import DAY_SECONDS


def revenue(definition: Definition, tables: Tables, pairs: ir.Table) -> ir.Table | None:
    """Add up the amounts of the outcomes that are revenue, over the label window of each pair that converted.

    Parameters
    ----------
    pairs
        One row per labelled pair: ``row_id``, ``entity_id``, ``cutoff``, ``label``.

    Returns
    -------
    One row per ``row_id`` with ``amount``; 0 without a conversion, or where its amount is not known. Null where the
    definition names no amounts.
    """
    conversion, source = definition.conversion, definition.sources.outcomes
    stage = conversion.revenue_stage or conversion.stage
    if stage is None or tables.outcomes is None or source is None or source.amount is None:
        return None
    opens, closes = (
        ibis.interval(seconds=round(days * DAY_SECONDS))
        for days in (conversion.gap_days, conversion.gap_days + conversion.horizon_days)
    )
    won = tables.outcomes.filter(tables.outcomes.stage == stage)
    found = pairs.join(
        won, [pairs.entity_id == won.entity_id, won.ts >= pairs.cutoff + opens, won.ts < pairs.cutoff + closes]
    )
    sums = found.group_by("row_id").agg(amount=found.amount.sum())
    every = pairs.left_join(sums, "row_id").drop("row_id_right")
    amount = ibis.ifelse(every.label == 1, ibis.coalesce(every.amount, 0.0), 0.0)
    return every.select("row_id", amount=amount)
