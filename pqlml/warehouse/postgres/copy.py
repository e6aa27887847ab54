"""Rows to and from PostgreSQL by COPY: text that Arrow writes and reads, many times quicker than row by row."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv

if TYPE_CHECKING:
    from psycopg import Connection


def copied(connection: Connection[Any], sql: str, schema: pa.Schema) -> pa.RecordBatchReader:
    """Run a query and return its rows in batches; read them before the next query.

    Parameters
    ----------
    schema
        Types of the columns, in order; names may occur twice.
    """
    return pa.RecordBatchReader.from_batches(schema, _batches(connection, sql, schema))


def _batches(connection: Connection[Any], sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    names = [str(number) for number in range(len(schema))]
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)".encode()) as copy:
        text = _Reading(iter(copy))
        if not text.peek():
            return
        rows = pyarrow.csv.open_csv(
            io.BufferedReader(text, 1 << 20),
            pyarrow.csv.ReadOptions(column_names=names, block_size=1 << 22),
            pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            pyarrow.csv.ConvertOptions(
                column_types=dict(zip(names, schema.types, strict=True)),
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for batch in rows:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def uploaded(connection: Connection[Any], table: str, rows: pa.RecordBatchReader) -> None:
    """Append rows to a table, which has their columns in their order.

    Parameters
    ----------
    table
        Name as SQL writes it.
    """
    options = pyarrow.csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy:
        for batch in rows:
            text = pa.BufferOutputStream()
            pyarrow.csv.write_csv(batch, text, options)
            copy.write(memoryview(text.getvalue()))


class _Reading(io.RawIOBase):
    """What COPY sends, as a file."""

    def __init__(self, parts: Iterator[bytes | bytearray | memoryview]) -> None:
        self._parts = parts
        self._part = memoryview(b"")

    def readable(self) -> bool:
        return True

    def peek(self) -> bool:
        """Tell whether there is more to read."""
        while not self._part:
            part = next(self._parts, None)
            if part is None:
                return False
            self._part = memoryview(part)
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        if not self.peek():
            return 0
        size = min(len(buffer), len(self._part))
        buffer[:size] = self._part[:size]
        self._part = self._part[size:]
        return size
