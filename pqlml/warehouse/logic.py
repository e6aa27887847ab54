"""Conditions in SQL have three values; rules have two."""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from pqlml.errors import DataError

NEVER = ibis.literal(value=False)
ALWAYS = ibis.literal(value=True)


def holds(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Tell whether a condition is known to be true; unknown counts as false."""
    return ibis.coalesce(condition, NEVER)


def among(column: ir.Value, values: Iterable[str]) -> ir.BooleanValue:
    """Tell whether a value is one of those written in a definition; case does not matter.

    Raises
    ------
    DataError
        If the column holds numbers and a value is none (``true`` and ``false`` are 1 and 0).
    """
    wanted = [value.lower() for value in values]
    if not column.type().is_numeric():
        return column.cast("string").lower().isin(wanted)
    return column.isin([as_number(value, column.get_name()) for value in wanted])


def as_number(value: str, name: str) -> float:
    """Read a value of a definition that is compared with numbers."""
    known = {"true": 1.0, "false": 0.0}
    try:
        return known[value.lower()] if value.lower() in known else float(value)
    except ValueError as error:
        msg = f"{name!r} holds numbers (true is 1, false is 0), but the definition compares it with {value!r}."
        raise DataError(msg) from error
