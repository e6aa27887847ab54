"""What every engine offers: the one place where other layers meet an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa

EngineName = Literal["duckdb", "spark", "postgres"]
Executor = Literal["kernel", "ibis"]


@dataclass(frozen=True)
class Compiled:
    """An expression in the SQL of an engine: what is run often need be compiled only once."""

    sql: str
    schema: sch.Schema


Query: TypeAlias = ir.Table | Compiled


class Warehouse(Protocol):
    """Runs Ibis expressions on one engine, and keeps tables there until it is closed.

    Open one with :func:`pqlml.warehouse.open.open_warehouse`. Tables stay where the engine keeps them: only
    :meth:`fetch` brings rows into this process.
    """

    @property
    def engine(self) -> EngineName:
        """Which engine it is."""
        ...

    @property
    def executor(self) -> Executor:
        """What computes features of behaviour, unless asked otherwise: compiled loops beside the engine, or a query."""
        ...

    def another(self) -> Self:
        """Open one more on the same engine, whose names are its own."""
        ...

    def save(self, name: str, query: Query) -> ir.Table:
        """Run a query once and keep its rows under that name until the end.

        It may read an earlier table of that name.
        """
        ...

    def save_arrow(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """Keep rows that come from outside under that name until the end."""
        ...

    def fetch(self, query: Query) -> pa.Table:
        """Run a query and return its rows; their order means nothing unless the query orders them."""
        ...

    def compile(self, expression: ir.Table) -> Compiled:
        """Write an expression in the engine's SQL; what it reads is found by name when it runs."""
        ...

    def read_parquet(self, path: Path) -> ir.Table:
        """Return a lazy table over a Parquet file or a folder of them."""
        ...

    def read_csv(self, path: Path, null_values: tuple[str, ...] = ()) -> ir.Table:
        """Return a lazy table over a CSV file; column types are found from all of its rows."""
        ...

    def read_table(self, url: str, table: str, name: str) -> ir.Table:
        """Return a lazy table over a table of a database (``name`` or ``schema.name``).

        It is read in place if the database is the engine's own, else copied into it under ``name``.
        """
        ...

    def write(self, name: str, expression: ir.Table) -> None:
        """Replace a table (``name`` or ``schema.name``) for good: readers see all of the old rows or all of the new."""
        ...

    def write_parquet(self, path: str, expression: ir.Table) -> None:
        """Write the rows to a Parquet file, or a folder of them where the engine writes in parallel."""
        ...

    def close(self) -> None:
        """Drop what was kept, and free the engine."""
        ...

    def __enter__(self) -> Self:
        """Return the warehouse itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the warehouse."""
        ...
