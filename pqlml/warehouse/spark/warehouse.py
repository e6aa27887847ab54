"""The warehouse on Spark."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import ibis
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from pqlml.errors import DataError
from pqlml.warehouse.local import LocalWarehouse
from pqlml.warehouse.plain import is_plain, plain_batches, plain_columns
from pqlml.warehouse.remote import remote_rows
from pqlml.warehouse.seam import Compiled, Query
from pqlml.warehouse.spark.rules import RULES
from pqlml.warehouse.translate import translated

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BATCH_ROWS = 1_000_000

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # a timestamp of Spark is an instant, shown on the clock of the session
    "spark.sql.ansi.enabled": "true",  # what cannot be cast or overflows fails, as on the other engines
    "spark.sql.codegen.maxFields": "400",  # tables of features are wide
}


class SparkWarehouse:
    """Runs Ibis expressions on Spark; close it (or use ``with``) to drop what it saved.

    What it keeps are Parquet files in a scratch folder, seen as temporary views. It works in a session of its own
    beside the given one, whose settings and views stay as they are.

    Parameters
    ----------
    scratch
        Folder that the driver and all executors reach, e.g. ``s3a://bucket/tmp``. Null means a temporary folder of
        this machine, which serves a master on this machine alone.

    Raises
    ------
    DataError
        If the master is a cluster and no scratch folder is named.
    """

    engine: Literal["spark"] = "spark"
    executor: Literal["ibis"] = "ibis"

    def __init__(self, session: SparkSession, scratch: str | None = None) -> None:
        self._given = (session, scratch)
        self._session = session.newSession()
        for key, value in _SETTINGS.items():
            self._session.conf.set(key, value)
        self.backend = ibis.pyspark.connect(self._session)
        self._own = None if scratch else Path(tempfile.mkdtemp(prefix="pqlml-spark-"))
        self._scratch = f"{scratch or f'file://{self._own}'}/{uuid.uuid4().hex}"
        self._kept = 0
        master = str(session.sparkContext.master)
        if scratch is None and not master.startswith("local"):
            msg = (
                f"Spark's master {master} works on other machines, which cannot read this one's temporary files. "
                f"Name a folder that all of them reach: 'spark://host:port?scratch=s3a://bucket/tmp'."
            )
            raise DataError(msg)

    def another(self) -> Self:
        """Open one more session of the same Spark."""
        return type(self)(*self._given)

    def save(self, name: str, query: Query) -> ir.Table:
        """Run a query once and keep its rows under that name until the end."""
        place = self._place()
        self._frame(self._compiled(query)).write.parquet(place)
        self._show(name, place)
        return self.backend.table(name)

    def save_arrow(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """Keep rows that come from outside under that name until the end."""
        reader = plain_batches(rows)
        place = self._place()
        if self._own:
            folder = Path(place.removeprefix("file://"))
            folder.mkdir(parents=True)
            with pq.ParquetWriter(folder / "rows.parquet", reader.schema) as writer:
                for batch in reader:
                    writer.write_batch(batch)
        else:
            empty = self._session.createDataFrame(reader.schema.empty_table())
            empty.write.parquet(place)
            for batch in reader:
                self._session.createDataFrame(pa.Table.from_batches([batch])).write.mode("append").parquet(place)
        self._show(name, place)
        return self._table(name)

    def fetch(self, query: Query) -> pa.Table:
        """Run a query and return its rows; their order means nothing unless the query orders them."""
        compiled = self._compiled(query)
        return self._frame(compiled).toArrow().cast(compiled.schema.to_pyarrow())

    def compile(self, expression: ir.Table) -> Compiled:
        """Write an expression in Spark's SQL."""
        return Compiled(str(self.backend.compile(translated(expression, RULES))), expression.schema())

    def read_parquet(self, path: Path) -> ir.Table:
        """Return a lazy table over a Parquet file or a folder of them; types that Spark lacks are rewritten first."""
        first = next(iter(sorted(path.rglob("*.parquet")))) if path.is_dir() else path
        if not is_plain(pq.read_schema(first)):
            with LocalWarehouse() as local:
                return self._take(local, local.read_parquet(path))
        self._kept += 1
        name = f"pqlml_file_{self._kept}"
        options = {"recursiveFileLookup": "true"} if path.is_dir() else {}
        self._session.read.options(**options).parquet(f"file://{path.absolute()}").createOrReplaceTempView(name)
        return self._table(name)

    def read_csv(self, path: Path, null_values: tuple[str, ...] = ()) -> ir.Table:
        """Rewrite a CSV file as Parquet; column types are found from all of its rows."""
        with LocalWarehouse() as local:
            return self._take(local, local.read_csv(path, null_values))

    def read_table(self, url: str, table: str, name: str) -> ir.Table:
        """Return a lazy table over a table of the catalogue (``spark``), or copy one of another database."""
        if not url.startswith("spark"):
            return self.save_arrow(name, remote_rows(url, table))
        self._session.table(table).createOrReplaceTempView(name)
        return self._table(name)

    def write(self, name: str, expression: ir.Table) -> None:  # noqa: ARG002 - refused whatever the rows are
        """Refuse: readers of a table that Spark replaces may find it empty, or half.

        Raises
        ------
        DataError
            Always.
        """
        msg = (
            f"Spark replaces no table at once, so that readers of {name!r} could find it half written. Write Parquet, "
            f"or hand tables over with DuckDB (duckdb:///file.duckdb) or PostgreSQL (postgresql://...)."
        )
        raise DataError(msg)

    def write_parquet(self, path: str, expression: ir.Table) -> None:
        """Write the rows to a folder of Parquet files, which replaces one that Spark wrote before.

        Raises
        ------
        DataError
            If there is something else at that path.
        """
        frame = self._frame(self.compile(expression))
        if "://" in path:
            frame.write.mode("overwrite").parquet(path)
            return
        target = Path(path).absolute()
        if target.exists() and not (target / "_SUCCESS").exists():
            msg = f"{target} exists and is no folder that Spark wrote; Spark writes a folder: name another, or move it."
            raise DataError(msg)
        fresh = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
        frame.write.parquet(f"file://{fresh}")
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)

    def close(self) -> None:
        """Drop what was kept; the given session goes on."""
        if self._own:
            shutil.rmtree(self._own)

    def _compiled(self, query: Query) -> Compiled:
        return query if isinstance(query, Compiled) else self.compile(query)

    def _frame(self, compiled: Compiled) -> DataFrame:
        return self._session.sql(compiled.sql)

    def _place(self) -> str:
        self._kept += 1
        return f"{self._scratch}/{self._kept}"

    def _show(self, name: str, place: str) -> None:
        self._session.read.parquet(place).createOrReplaceTempView(name)

    def _take(self, local: LocalWarehouse, table: ir.Table) -> ir.Table:
        return self.save_arrow(f"pqlml_file_{self._kept + 1}", local.stream(plain_columns(table), BATCH_ROWS))

    def _table(self, name: str) -> ir.Table:
        """Return the table of a source: its instants state a zone, unless Spark says that they have none."""
        from pyspark.sql.types import TimestampType

        kinds = dict(self.backend.table(name).schema())
        kinds |= {f.name: "timestamp('UTC')" for f in self._session.table(name).schema if f.dataType == TimestampType()}
        return ops.DatabaseTable(
            name, schema=sch.schema(kinds), source=self.backend, namespace=ops.Namespace()
        ).to_expr()

    def __enter__(self) -> Self:
        """Return the warehouse itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the warehouse."""
        self.close()
