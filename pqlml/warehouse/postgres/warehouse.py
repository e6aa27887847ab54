"""The warehouse on a PostgreSQL server."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from pqlml.errors import DataError
from pqlml.warehouse.local import LocalWarehouse
from pqlml.warehouse.names import quoted, split_name
from pqlml.warehouse.plain import plain_batches, plain_columns
from pqlml.warehouse.postgres.connect import connect, home, place, said
from pqlml.warehouse.postgres.copy import copied, uploaded
from pqlml.warehouse.postgres.rules import RULES
from pqlml.warehouse.remote import POSTGRES, remote_rows
from pqlml.warehouse.seam import Compiled, Query
from pqlml.warehouse.translate import translated

LONGEST_NAME = 63
"""Bytes of an identifier; PostgreSQL cuts the rest off in silence."""

BATCH_ROWS = 100_000


class PostgresWarehouse:
    """Runs Ibis expressions on a PostgreSQL server; close it (or use ``with``) to drop what it saved.

    What it keeps are temporary tables of its session: the account needs the right to make those, and no other.

    Parameters
    ----------
    url
        A connection string as libpq reads it. Leave the password to the environment (``PGPASSWORD``, ``~/.pgpass``).

    Raises
    ------
    DataError
        If the server cannot be reached, or is too old.
    """

    engine: Literal["postgres"] = "postgres"
    executor: Literal["ibis"] = "ibis"

    def __init__(self, url: str) -> None:
        self._url = url
        self.backend, self._con = connect(url)
        self._files = 0

    def another(self) -> Self:
        """Open one more session on the same server."""
        return type(self)(self._url)

    def save(self, name: str, query: Query) -> ir.Table:
        """Run a query once and keep its rows under that name until the end."""
        with self._con.transaction():
            self._run(f"CREATE TEMPORARY TABLE pqlml_incoming AS {self._compiled(query).sql}")
            self._put_in_place(name)
        return self.backend.table(name)

    def save_arrow(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """Keep rows that come from outside under that name until the end."""
        reader = plain_batches(rows)
        kinds = sch.Schema.from_pyarrow(reader.schema)
        columns = ", ".join(column.sql("postgres") for column in kinds.to_sqlglot_column_defs("postgres"))
        with self._con.transaction():
            self._run(f"CREATE TEMPORARY TABLE pqlml_incoming ({columns})")
            uploaded(self._con, "pg_temp.pqlml_incoming", reader)
            self._put_in_place(name)
        return self.backend.table(name)

    def fetch(self, query: Query) -> pa.Table:
        """Run a query and return its rows; their order means nothing unless the query orders them."""
        return self._stream(query).read_all()

    def compile(self, expression: ir.Table) -> Compiled:
        """Write an expression in PostgreSQL's SQL."""
        return Compiled(str(self.backend.compile(translated(expression, RULES))), expression.schema())

    def read_parquet(self, path: Path) -> ir.Table:
        """Copy a Parquet file, or a folder of them, to the server."""
        with LocalWarehouse() as local:
            return self._take(local, local.read_parquet(path))

    def read_csv(self, path: Path, null_values: tuple[str, ...] = ()) -> ir.Table:
        """Copy a CSV file to the server; column types are found from all of its rows."""
        with LocalWarehouse() as local:
            return self._take(local, local.read_csv(path, null_values))

    def read_table(self, url: str, table: str, name: str) -> ir.Table:
        """Return a lazy table over a table of a database: in place if it is this one, else copied under ``name``."""
        if url.split(":", 1)[0] not in POSTGRES or not self._is_here(url):
            return self.save_arrow(name, remote_rows(url, table))
        schema, bare = split_name(table)
        return self.backend.table(bare, database=schema or home(self._con, bare))

    def write(self, name: str, expression: ir.Table) -> None:
        """Replace a table in one transaction.

        A table with the same columns keeps its grants, indexes and views: it is emptied and filled, and readers see
        the old rows until the new ones are all there. Any other table of that name is dropped and made anew.

        Raises
        ------
        DataError
            If a column's name is longer than PostgreSQL allows, or the server refuses.
        """
        import psycopg
        from psycopg import sql

        _refuse_long_names(expression)
        schema, bare = split_name(name)
        schema = schema or "public"
        target = sql.Identifier(schema, bare)
        try:
            with self._con.transaction():
                self._run(f"CREATE TEMPORARY TABLE pqlml_outgoing ON COMMIT DROP AS {self.compile(expression).sql}")
                if self._columns_of(schema, bare) == self._columns_of("pg_temp", "pqlml_outgoing"):
                    self._con.execute(sql.SQL("DELETE FROM {}").format(target))
                else:
                    self._con.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target))
                    self._con.execute(sql.SQL("CREATE TABLE {} (LIKE pg_temp.pqlml_outgoing)").format(target))
                self._con.execute(sql.SQL("INSERT INTO {} TABLE pg_temp.pqlml_outgoing").format(target))
        except psycopg.Error as error:
            msg = f"the table {name!r} could not be written, and is as it was: {said(error)}"
            raise DataError(msg) from error

    def write_parquet(self, path: str, expression: ir.Table) -> None:
        """Write the rows to a Parquet file."""
        rows = self._stream(expression)
        with pq.ParquetWriter(path, rows.schema) as writer:
            for batch in rows:
                writer.write_batch(batch)

    def close(self) -> None:
        """Close the connection; what was kept goes with it."""
        self._con.close()

    def _run(self, sql: str) -> None:
        self._con.execute(sql.encode())

    def _compiled(self, query: Query) -> Compiled:
        return query if isinstance(query, Compiled) else self.compile(query)

    def _stream(self, query: Query) -> pa.RecordBatchReader:
        compiled = self._compiled(query)
        return copied(self._con, compiled.sql, compiled.schema.to_pyarrow())

    def _put_in_place(self, name: str) -> None:
        self._run(f"DROP TABLE IF EXISTS pg_temp.{quoted(name)}")
        self._run(f"ALTER TABLE pg_temp.pqlml_incoming RENAME TO {quoted(name)}")
        self._run(f"ANALYZE pg_temp.{quoted(name)}")

    def _take(self, local: LocalWarehouse, table: ir.Table) -> ir.Table:
        self._files += 1
        return self.save_arrow(f"pqlml_file_{self._files}", local.stream(plain_columns(table), BATCH_ROWS))

    def _is_here(self, url: str) -> bool:
        with closing(connect(url).connection) as other:
            return place(other) == place(self._con)

    def _columns_of(self, schema: str, table: str) -> list[Any]:
        named = f"{quoted(schema)}.{quoted(table)}"
        return self._con.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (named,),
        ).fetchall()

    def __enter__(self) -> Self:
        """Return the warehouse itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the warehouse."""
        self.close()


def _refuse_long_names(expression: ir.Table) -> None:
    long = [name for name in expression.columns if len(name.encode()) > LONGEST_NAME]
    if long:
        msg = (
            f"PostgreSQL takes names of {LONGEST_NAME} bytes at most, and {len(long)} columns have longer ones, "
            f"e.g. {long[0]!r}. Rename the signals or events that they are made of, or write Parquet."
        )
        raise DataError(msg)
