"""What Spark computes in place of operations that it lacks or takes for something else."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from pqlml.warehouse.translate import ISO_INSTANT, NUMBER, Rules, refuse_time_format

_INSTANT = dt.Timestamp(scale=6)
_SHIFTS_MINUTES = (60, 30, 120)
"""By how much clocks are set back in autumn: nearly always by an hour, on Lord Howe Island by half of one."""


@ibis.udf.scalar.builtin(signature=((_INSTANT, dt.string), _INSTANT))
def to_utc_timestamp(local, zone):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - Ibis takes the types from `signature`
    """Read a time on the clock of a zone; of two such times, take the first."""


@ibis.udf.scalar.builtin(signature=((_INSTANT, dt.string), _INSTANT))
def from_utc_timestamp(instant, zone):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    """Write an instant on the clock of a zone."""


def _udf(node: ops.ScalarUDF) -> ir.Value | None:
    """Read a local time as DuckDB and PostgreSQL do: in the hour that a clock shows twice, the second time."""
    refuse_time_format(node, "Spark")
    if node.__func_name__ != "timezone":
        return None
    zone, local = (argument.to_expr() for argument in node.args)
    first = to_utc_timestamp(local, zone)
    again = first
    for minutes in reversed(_SHIFTS_MINUTES):
        later = first + ibis.interval(minutes=minutes)
        again = (from_utc_timestamp(later, zone) == local.cast(_INSTANT)).ifelse(later, again)
    return again.cast(node.dtype)


def _try_cast(node: ops.TryCast) -> ir.Value | None:
    """Spark also reads years and bare times as instants, and numbers that end in a letter."""
    if not node.arg.dtype.is_string():
        return None
    text = node.arg.to_expr()
    pattern = ISO_INSTANT if node.to.is_timestamp() else NUMBER
    return text.re_search(pattern).ifelse(text.try_cast(node.to), ibis.null(node.to))


RULES: Rules = {ops.TryCast: _try_cast, ops.ScalarUDF: _udf}
