"""Canonical columns out of what a source holds: names, texts and instants."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from pqlml.errors import DataError, nearest
from pqlml.warehouse.logic import NEVER

_EXACT_FLOAT = 2**53


def require_columns(table: ir.Table, columns: Mapping[str, str | None], name: str) -> None:
    """Check that the mapped columns exist.

    Parameters
    ----------
    columns
        Meaning -> column, as the definition maps them; null means not mapped.

    Raises
    ------
    DataError
        Names each missing column, what it was mapped from, and the nearest column that is there.
    """
    missing = [(meaning, column) for meaning, column in columns.items() if column and column not in table.columns]
    if missing:
        lines = [f"  {meaning}: {column!r} ({nearest(column, table.columns)})" for meaning, column in missing]
        msg = f"{name}: the table lacks columns that the definition names:\n" + "\n".join(lines)
        raise DataError(msg)


def text(column: ir.Column) -> ir.StringColumn:
    """Cast to text; blank text becomes null, and whole numbers are written without a fraction, so that ids meet."""
    if column.type().is_floating():
        whole = (column == column.floor()) & (column.abs() < _EXACT_FLOAT)
        return whole.ifelse(column.try_cast("int64").cast("string"), column.cast("string"))
    as_text = column.cast("string")
    return (as_text.strip() == "").ifelse(ibis.null("string"), as_text)


def require_instant_type(column: ir.Column, meaning: str, name: str) -> None:
    """Refuse a column that cannot hold instants (numbers, booleans).

    Raises
    ------
    DataError
        Says what the column holds and what is expected.
    """
    kind = column.type()
    if not (kind.is_timestamp() or kind.is_date() or kind.is_string()):
        msg = (
            f"{name}: the column {column.get_name()!r} ({meaning}) holds {kind}; expected a timestamp, a date, or text "
            f"in ISO 8601 (2026-03-01T12:00:00Z). Convert epoch numbers first."
        )
        raise DataError(msg)


@ibis.udf.scalar.builtin(signature=((dt.string, dt.Timestamp(scale=6)), dt.Timestamp(timezone="UTC")))
def timezone(zone, local):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - Ibis takes the types from `signature`
    """Read a zone-less time on the clock of a zone (a function of DuckDB and PostgreSQL)."""


def instant(column: ir.Column, zone: str = "UTC") -> ir.TimestampColumn:
    """Cast to a zone-less UTC instant; without a zone it is on the clock of ``zone``; null if the text is none."""
    as_text = column.type().is_string()
    stated = column.try_cast("timestamp('UTC')").cast("timestamp(6)") if as_text else column.cast("timestamp(6)")
    if zone == "UTC":
        return stated
    local = column.try_cast("timestamp(6)") if as_text else column.cast("timestamp(6)")
    return lacks_zone(column).ifelse(timezone(zone, local).cast("timestamp(6)"), stated)


def lacks_zone(column: ir.Column) -> ir.BooleanColumn:
    """Tell for each value whether it states no zone (dates state none either)."""
    kind = column.type()
    if kind.is_string():
        return column.notnull() & ~column.re_search(r"\d\d:\d\d.*([zZ]|UTC|[+-]\d\d(:?\d\d)?)\s*$")
    if kind.is_timestamp() and kind.timezone is not None:
        return NEVER
    return column.notnull()
