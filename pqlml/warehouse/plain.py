"""Types that every engine has: what others write is brought to these before it is copied."""

from __future__ import annotations

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa


def plain_columns(table: ir.Table) -> ir.Table:
    """Cast columns to types that every engine has.

    Instants get microseconds, unsigned numbers a sign, and what is neither a number nor a text, truth value, date or
    instant (lists, structures, times of day) becomes text as DuckDB writes it.
    """
    kinds = {name: _plain(kind) for name, kind in table.schema().items()}
    return table.select(**{name: table[name].cast(kind) for name, kind in kinds.items()})


def _plain(kind: dt.DataType) -> dt.DataType:  # noqa: PLR0911 - one return per family of types
    if kind.is_timestamp():
        return dt.Timestamp(timezone=kind.timezone and "UTC", scale=6)
    if kind.is_unsigned_integer():
        return dt.Decimal(20, 0) if kind.nbytes == dt.uint64.nbytes else dt.int64
    if kind.is_integer():
        return dt.int64
    if kind.is_floating():
        return dt.float64
    if kind.is_decimal() and kind.precision is None:
        return dt.float64
    if kind.is_decimal() or kind.is_boolean() or kind.is_date():
        return kind
    return dt.string


def plain_batches(rows: pa.Table | pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the rows with types that every engine has; texts come as such, not as numbers of a dictionary."""
    reader = rows.to_reader() if isinstance(rows, pa.Table) else rows
    schema = pa.schema([(field.name, _plain_arrow(field.type)) for field in reader.schema])
    if schema.equals(reader.schema.remove_metadata()):
        return reader
    return pa.RecordBatchReader.from_batches(schema, (_cast(batch, schema) for batch in reader))


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Cast each column; nanoseconds are cut off, any other loss is an error."""
    columns = [
        column.cast(kind, safe=not pa.types.is_timestamp(kind))
        for column, kind in zip(batch.columns, schema.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def is_plain(schema: pa.Schema) -> bool:
    """Tell whether every engine has the types of these columns."""
    return all(_is_plain(field.type) for field in schema)


def _is_plain(kind: pa.DataType) -> bool:
    tests = (pa.types.is_signed_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_date)
    if pa.types.is_timestamp(kind):
        return bool(kind.unit == "us")
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return any(test(kind) for test in (*tests, *texts))


def _plain_arrow(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain_arrow(kind.value_type)
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    return kind
