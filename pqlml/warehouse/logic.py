"""Conditions in SQL have three values; rules have two."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

NEVER = ibis.literal(value=False)
ALWAYS = ibis.literal(value=True)


def holds(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Tell whether a condition is known to be true; unknown counts as false."""
    return ibis.coalesce(condition, NEVER)
