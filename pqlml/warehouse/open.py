"""From an address to a warehouse."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from pqlml.errors import DataError, nearest
from pqlml.warehouse.local import LocalWarehouse
from pqlml.warehouse.remote import POSTGRES, duckdb_path
from pqlml.warehouse.seam import Warehouse

DUCKDB = "duckdb"
"""Address of the default: embedded, with nothing to install or to start."""


def open_warehouse(url: str = DUCKDB) -> Warehouse:
    """Open the engine that an address names.

    Parameters
    ----------
    url
        ``duckdb`` (embedded, the default), ``ibis`` (the same, but features are computed by queries alone, without the
        compiled kernel) or ``duckdb:///file.duckdb`` (tables are written there);
        ``spark`` or ``spark://host:port?scratch=s3a://bucket/tmp`` (a folder that all machines reach);
        ``postgresql://user@host/database``, with the password in the environment (``PGPASSWORD``, ``~/.pgpass``).

    Raises
    ------
    DataError
        If no engine has such an address, or the server cannot be reached.
    MissingExtraError
        If the engine's package is not installed.
    """
    parts = urlsplit(url)
    scheme = parts.scheme or parts.path
    if scheme == "duckdb":
        return LocalWarehouse(target=duckdb_path(url))
    if url == "ibis":
        return LocalWarehouse(executor="ibis")
    if scheme in POSTGRES:
        from pqlml.warehouse.postgres import PostgresWarehouse

        return PostgresWarehouse(url)
    if scheme == "spark":
        from pqlml.warehouse.spark import SparkWarehouse, spark_session

        scratch = dict(parse_qsl(parts.query)).get("scratch")
        return SparkWarehouse(spark_session(url.partition("?")[0]), scratch)
    near = nearest(scheme, ["duckdb", "ibis", "spark", "postgresql"])
    msg = (
        f"no engine has the address {url!r}: expected 'duckdb', 'ibis', 'duckdb:///file.duckdb', 'spark', "
        f"'spark://host:port' or 'postgresql://user@host/database'; {near}"
    )
    raise DataError(msg)
