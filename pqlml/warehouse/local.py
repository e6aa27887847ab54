"""The local engine: DuckDB, embedded, spilling to disk when memory runs short."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import ibis
import ibis.expr.types as ir
import pyarrow as pa


class Warehouse:
    """Runs Ibis expressions on DuckDB; close it (or use ``with``) to drop what it saved.

    Expressions are compiled by Ibis and run here through DuckDB's own interface: one statement per table kept, where
    Ibis would copy it, and none of the calls that DuckDB has retired.

    Parameters
    ----------
    memory_limit
        DuckDB's memory limit, e.g. ``"4GB"``; DuckDB's own default (80 % of the machine) if null.
    """

    def __init__(self, memory_limit: str | None = None) -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="pqlml-")
        settings: dict[str, object] = {"temp_directory": self._spill.name, "preserve_insertion_order": False}
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        self.backend = ibis.duckdb.connect(**settings)
        self.backend.con.execute("SET TimeZone = 'UTC'")

    def save(self, name: str, expression: ir.Table) -> ir.Table:
        """Run the expression once and keep its rows under that name, so that later stages do not run it again."""
        self.backend.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self.sql(expression)}')
        return self.backend.table(name)

    def save_arrow(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """Keep rows that come from outside under that name."""
        self.backend.con.register("pqlml_incoming", rows)
        self.backend.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM pqlml_incoming')
        self.backend.con.unregister("pqlml_incoming")
        return self.backend.table(name)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run the expression and return its rows; their order means nothing unless the expression orders them."""
        return self.backend.con.execute(self.sql(expression)).to_arrow_table()

    def stream(self, expression: ir.Table, rows: int) -> pa.RecordBatchReader:
        """Run the expression and return its rows in batches of about that many; read them before the next query."""
        return self.backend.con.execute(self.sql(expression)).to_arrow_reader(rows)

    def sql(self, expression: ir.Table) -> str:
        """Compile the expression to DuckDB's SQL."""
        return str(self.backend.compile(expression))

    def read_parquet(self, path: Path) -> ir.Table:
        """Return a lazy table over a Parquet file or a folder of them."""
        return self.backend.read_parquet(str(path / "**/*.parquet") if path.is_dir() else str(path))

    def read_csv(self, path: Path, null_values: tuple[str, ...] = ()) -> ir.Table:
        """Return a lazy table over a CSV file; which columns hold numbers or truth values is found from all rows.

        Times stay texts: DuckDB would guess whether the day or the month comes first.
        """
        return self.backend.read_csv(
            str(path),
            nullstr=["", *null_values],
            sample_size=-1,
            header=True,
            auto_type_candidates=["BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR"],
        )

    def close(self) -> None:
        """Free the engine and its spill folder."""
        self.backend.disconnect()
        self._spill.cleanup()

    def __enter__(self) -> Self:
        """Return the warehouse itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the warehouse."""
        self.close()
