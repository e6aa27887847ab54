"""Canonical columns out of what a source holds: names and texts."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from pqlml.errors import DataError, nearest
from pqlml.warehouse import Warehouse

_EXACT_FLOAT = 2**53

_SPACE = ord(" ")
"""No white space that engines strip has a larger code, and the empty text has the code 0."""


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
    may_be_blank = as_text.ascii_str() <= _SPACE  # cheap, and true of hardly any: only these are stripped
    return (may_be_blank & (as_text.strip() == "")).ifelse(ibis.null("string"), as_text)


def filled(warehouse: Warehouse, table: ir.Table, column: str | None) -> str | None:
    """Return the column if it holds any value; a file does not say of which type a column without one is."""
    if column is None or warehouse.fetch(table.filter(table[column].notnull()).limit(1)).num_rows == 0:
        return None
    return column


def require_exact_ids(warehouse: Warehouse, table: ir.Table, columns: Mapping[str, str | None], name: str) -> None:
    """Refuse ids that are stored as fractions too large to be told apart.

    Parameters
    ----------
    columns
        Meaning -> column; null means not mapped.

    Raises
    ------
    DataError
        Names the columns, and how to store ids.
    """
    floating = {m: column for m, column in columns.items() if column and table[column].type().is_floating()}
    if not floating:
        return
    query = table.agg(**{meaning: table[column].abs().max() for meaning, column in floating.items()})
    largest = warehouse.fetch(query).to_pylist()[0]
    inexact = [
        f"{column!r} ({meaning})" for meaning, column in floating.items() if (largest[meaning] or 0) >= _EXACT_FLOAT
    ]
    if inexact:
        msg = (
            f"{name}: {', '.join(inexact)}: ids of so many digits are read as fractions, which have 15 digits, so that "
            f"different ids would become one. Store them as text in Parquet, or begin them with a letter in CSV."
        )
        raise DataError(msg)
