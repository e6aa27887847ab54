"""The local engine: DuckDB, embedded, spilling to disk when memory runs short."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.errors import DataError
from pqlml.warehouse.names import quoted, split_name
from pqlml.warehouse.remote import duckdb_path, remote_rows
from pqlml.warehouse.seam import Compiled, Executor, Query

_FILE = re.compile(r"read(ing)? file|CSV Error|\.(parquet|csv)\b", re.IGNORECASE)
"""What DuckDB says of a file, not of a query."""


class LocalWarehouse:
    """Runs Ibis expressions on DuckDB; close it (or use ``with``) to drop what it saved.

    Expressions are compiled by Ibis and run here through DuckDB's own interface: one statement per table kept, where
    Ibis would copy it, and none of the calls that DuckDB has retired.

    Parameters
    ----------
    memory_limit
        DuckDB's memory limit, e.g. ``"4GB"``; DuckDB's own default (80 % of the machine) if null.
    target
        Database file that :meth:`write` writes to; created where there is none.
    executor
        What computes features of behaviour: ``kernel``, compiled loops over DuckDB's batches, or ``ibis``, a query.
    """

    engine: Literal["duckdb"] = "duckdb"

    def __init__(
        self, memory_limit: str | None = None, target: Path | None = None, executor: Executor = "kernel"
    ) -> None:
        self.executor = executor
        self._memory_limit = memory_limit
        self._spill = tempfile.TemporaryDirectory(prefix="pqlml-")
        settings: dict[str, object] = {"temp_directory": self._spill.name, "preserve_insertion_order": False}
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        self.backend = ibis.duckdb.connect(**settings)
        self.backend.con.execute("SET TimeZone = 'UTC'")
        self._attached: dict[Path, str] = {}
        self._target = self._attach(target, writable=True) if target is not None else None

    def another(self) -> Self:
        """Open one more, with nothing in it; it writes nowhere."""
        return type(self)(self._memory_limit, executor=self.executor)

    def save(self, name: str, query: Query) -> ir.Table:
        """Run a query once and keep its rows under that name until the end."""
        self._run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {self._sql(query)}")
        return self.backend.table(name)

    def save_arrow(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """Keep rows that come from outside under that name until the end."""
        self.backend.con.register("pqlml_incoming", rows)
        self.backend.con.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS FROM pqlml_incoming")
        self.backend.con.unregister("pqlml_incoming")
        return self.backend.table(name)

    def fetch(self, query: Query) -> pa.Table:
        """Run a query and return its rows; their order means nothing unless the query orders them."""
        return self._run(self._sql(query)).to_arrow_table()

    def stream(self, expression: ir.Table, rows: int) -> pa.RecordBatchReader:
        """Run the expression and return its rows in batches of about that many; read them before the next query."""
        return self.backend.con.execute(self._sql(expression)).to_arrow_reader(rows)

    def compile(self, expression: ir.Table) -> Compiled:
        """Write an expression in DuckDB's SQL."""
        return Compiled(str(self.backend.compile(expression)), expression.schema())

    def read_parquet(self, path: Path) -> ir.Table:
        """Return a lazy table over a Parquet file or a folder of them."""
        return self.backend.read_parquet(str(path / "**/*.parquet") if path.is_dir() else str(path))

    def read_files(self, paths: Sequence[Path]) -> ir.Table:
        """Return a lazy table over Parquet files of one form, with ``file`` and ``position`` (from 0) of each row."""
        files = [str(path) for path in paths]
        table = self.backend.read_parquet(files, filename=True, file_row_number=True)
        return table.rename(file="filename", position="file_row_number")

    def read_csv(self, path: Path, null_values: tuple[str, ...] = ()) -> ir.Table:
        """Return a lazy table over a CSV file; which columns hold numbers or truth values is found from all rows.

        Times stay texts: DuckDB would guess whether the day or the month comes first. No line is taken for a comment,
        which would drop rows whose first value begins with #.
        """
        return self.backend.read_csv(
            str(path),
            nullstr=["", *null_values],
            sample_size=-1,
            header=True,
            comment="",
            auto_type_candidates=["BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR"],
        )

    def read_table(self, url: str, table: str, name: str) -> ir.Table:
        """Return a lazy table over a table of a database: in place in a file of DuckDB, else copied under ``name``."""
        path = duckdb_path(url)
        if path is None:
            return self.save_arrow(name, remote_rows(url, table))
        schema, bare = split_name(table)
        return self.backend.table(bare, database=(self._attach(path), schema or "main"))

    def write(self, name: str, expression: ir.Table) -> None:
        """Replace a table of the target file in one transaction.

        Raises
        ------
        DataError
            If the warehouse was opened without a file.
        """
        if self._target is None:
            msg = (
                f"the table {name!r} has no place to go: an embedded DuckDB forgets its tables. Name a file "
                f"(duckdb:///path/to/file.duckdb) or a server (postgresql://...) as the engine, or write Parquet."
            )
            raise DataError(msg)
        schema, bare = split_name(name)
        place = f"{quoted(self._target)}.{quoted(schema or 'main')}"
        cursor = self.backend.con.cursor()
        cursor.execute("BEGIN")
        try:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {place}")
            cursor.execute(f"CREATE OR REPLACE TABLE {place}.{quoted(bare)} AS {self._sql(expression)}")
            cursor.execute("COMMIT")
        except BaseException:
            cursor.execute("ROLLBACK")
            raise

    def write_parquet(self, path: str, expression: ir.Table) -> None:
        """Write the rows to a Parquet file."""
        self.backend.con.execute(f"COPY ({self._sql(expression)}) TO '{_literal(path)}' (FORMAT parquet)")

    def close(self) -> None:
        """Free the engine and its spill folder."""
        self.backend.disconnect()
        self._spill.cleanup()

    def _run(self, sql: str) -> Any:  # noqa: ANN401 - what DuckDB returns is not typed
        """Run a statement; files are read only now, so that this is where a damaged one shows."""
        try:
            return self.backend.con.execute(sql)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as error:
            said = str(error).splitlines()[0]
            if _FILE.search(said) is None:
                raise
            msg = (
                f"a file is damaged, or does not fit the others of its folder (all need the same columns, of the same "
                f"types): {said}"
            )
            raise DataError(msg) from error

    def _sql(self, query: Query) -> str:
        return query.sql if isinstance(query, Compiled) else self.compile(query).sql

    def _attach(self, path: Path, *, writable: bool = False) -> str:
        path = path.absolute()
        if path not in self._attached:
            alias = f"pqlml_file_{len(self._attached)}"
            mode = "" if writable else " (READ_ONLY)"
            self.backend.con.execute(f"ATTACH '{_literal(path)}' AS {quoted(alias)}{mode}")
            self._attached[path] = alias
        return self._attached[path]

    def __enter__(self) -> Self:
        """Return the warehouse itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the warehouse."""
        self.close()


def _literal(path: Path | str) -> str:
    return str(path).replace("'", "''")
