"""Connections to a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from pqlml.errors import DataError, MissingExtraError
from pqlml.warehouse.names import split_name

if TYPE_CHECKING:
    from psycopg import Connection

OLDEST_MAJOR = 16
"""The first version that tells whether a text can be read as a value."""


class Opened(NamedTuple):
    """A connection, and Ibis's backend over it. One statement is one transaction unless asked otherwise."""

    backend: Any
    connection: Connection[Any]


def connect(url: str) -> Opened:
    """Connect to a server.

    Raises
    ------
    DataError
        If the server cannot be reached or is too old.
    MissingExtraError
        If the driver is not installed.
    """
    try:
        import ibis.backends.postgres as ibis_postgres
        import psycopg
    except ImportError as error:
        raise MissingExtraError("psycopg", "postgres", "PostgreSQL") from error
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.Error as error:
        msg = f"cannot connect to PostgreSQL: {said(error)}"
        raise DataError(msg) from error
    major = connection.info.server_version // 10_000
    if major < OLDEST_MAJOR:
        connection.close()
        msg = f"the PostgreSQL server has version {major}; expected {OLDEST_MAJOR} or newer."
        raise DataError(msg)
    return Opened(ibis_postgres.Backend.from_connection(connection), connection)


def place(connection: Connection[Any]) -> tuple[str, int, str]:
    """Tell which database a connection is to: host, port and name."""
    return connection.info.host, connection.info.port, connection.info.dbname


def home(connection: Connection[Any], table: str) -> str:
    """Return the schema in which the server finds a table that is named without one; temporary tables do not count."""
    found = connection.execute(
        "SELECT s.name FROM unnest(current_schemas(false)) WITH ORDINALITY AS s(name, position) "
        "WHERE to_regclass(format('%%I.%%I', s.name, %s::text)) IS NOT NULL ORDER BY s.position LIMIT 1",
        (table,),
    ).fetchone()
    return str(found[0]) if found is not None else "public"


def said(error: Exception) -> str:
    """Return the first line of what the server said."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def postgres_rows(url: str, table: str) -> pa.RecordBatchReader:
    """Return the rows of a table (``name`` or ``schema.name``) in batches; the connection closes behind the last."""
    from pqlml.warehouse.postgres.copy import copied

    backend, connection = connect(url)
    schema, name = split_name(table)
    expression = backend.table(name, database=schema or home(connection, name))
    batches = copied(connection, str(backend.compile(expression)), expression.schema().to_pyarrow())

    def until_the_end() -> Iterator[pa.RecordBatch]:
        with connection:
            yield from batches

    return pa.RecordBatchReader.from_batches(batches.schema, until_the_end())
