"""Tables of other databases, read in batches."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import ibis
import pyarrow as pa

from pqlml.warehouse.names import split_name

POSTGRES = ("postgres", "postgresql")
"""Schemes of addresses of PostgreSQL."""


def duckdb_path(url: str) -> Path | None:
    """Return the file that an address like ``duckdb:///data/events.duckdb`` names, or None if it is another's.

    Examples
    --------
    >>> duckdb_path("duckdb:///data/events.duckdb").as_posix(), duckdb_path("duckdb://events.duckdb").as_posix()
    ('/data/events.duckdb', 'events.duckdb')
    """
    parts = urlsplit(url)
    if parts.scheme != "duckdb" or not (parts.netloc or parts.path):
        return None
    return Path(parts.netloc + parts.path)


def remote_rows(url: str, table: str) -> pa.RecordBatchReader:
    """Return the rows of a table (``name`` or ``schema.name``) of any database that Ibis can open."""
    if urlsplit(url).scheme in POSTGRES:
        from pqlml.warehouse.postgres import postgres_rows

        return postgres_rows(url, table)
    schema, name = split_name(table)
    return ibis.connect(url).table(name, database=schema).to_pyarrow_batches()
