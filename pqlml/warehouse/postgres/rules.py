"""What PostgreSQL computes in place of operations that it lacks."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from pqlml.warehouse.translate import ISO_INSTANT, NUMBER, Rules, refuse_time_format

_LARGEST_WHOLE = 9.2e18


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator] # Ibis has no types
def pg_input_is_valid(text: str, kind: str) -> bool:  # type: ignore[empty-body]
    """Tell whether a text can be read as a value of that type (a function of PostgreSQL 16)."""


def _try_cast(node: ops.TryCast) -> ir.Value | None:
    """PostgreSQL fails where it cannot cast; let it cast only what it can."""
    value, to = node.arg.to_expr(), node.to
    if value.type().is_string():
        kind = "timestamptz" if to.is_timestamp() else "float8" if to.is_floating() else "int8"
        pattern = ISO_INSTANT if to.is_timestamp() else NUMBER
        readable = value.re_search(pattern) & pg_input_is_valid(value, kind)
        return readable.ifelse(value.cast(to), ibis.null(to))
    if value.type().is_floating() and to.is_decimal():
        return _known(value.abs() < 10.0 ** (to.precision - to.scale), value.cast("string").cast(to), to)
    if value.type().is_floating() and to.is_integer():
        return _known(value.abs() < _LARGEST_WHOLE, value.cast(to), to)
    return value.cast(to)


def _known(condition: ir.BooleanValue, value: ir.Value, to: dt.DataType) -> ir.Value:
    """Return the value where the condition holds, which it does not for NaN: PostgreSQL's largest number."""
    return condition.ifelse(value, ibis.null(to))


def _cast(node: ops.Cast) -> ir.Value | None:
    """PostgreSQL makes a truth value an integer of 32 bits, and nothing else."""
    if node.arg.dtype.is_boolean() and node.to.is_numeric() and not node.to.is_int32():
        return node.arg.to_expr().cast("int32").cast(node.to)
    return None


def _udf(node: ops.ScalarUDF) -> ir.Value | None:
    refuse_time_format(node, "PostgreSQL")
    return None


RULES: Rules = {ops.TryCast: _try_cast, ops.Cast: _cast, ops.ScalarUDF: _udf}
