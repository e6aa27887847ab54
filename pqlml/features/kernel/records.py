"""From events to records, dealt into buckets of neighbouring entities as DuckDB's batches arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers
from pqlml.features.kernel.layout import Layout


@dataclass(frozen=True)
class Buckets:
    """Ranges of neighbouring entities, ``2**shift`` in each but the last."""

    first: int
    last: int
    shift: int

    def __len__(self) -> int:
        """Return the number of buckets."""
        return (self.last - self.first + (1 << self.shift) - 1) >> self.shift

    def entities(self, bucket: int) -> tuple[int, int]:
        """Return the first entity of a bucket, and the one after its last."""
        begin = self.first + (bucket << self.shift)
        return begin, min(begin + (1 << self.shift), self.last)


@dataclass(frozen=True)
class Dealt:
    """Records of one batch, one row each, ordered by bucket; bucket ``b`` is ``bounds[b]:bounds[b + 1]``."""

    records: Integers
    bounds: Integers


@ibis.udf.scalar.builtin(name="hash", signature=(("string",), "uint64"))  # type: ignore[untyped-decorator] # Ibis has no types
def _fingerprint(text: ir.StringValue) -> ir.IntegerValue:
    """DuckDB's 64-bit hash."""


def record_query(events: ir.Table, entities: ir.Table, codes: ir.Table, layout: Layout) -> ir.Table:
    """Return the query for records: one row per event of the given entities, columns as in the layout.

    Texts become fingerprints of 64 bits, which are compared within one entity only: the chance that two of a thousand
    values are taken for one, or one for null, is below one in 10**13.

    Parameters
    ----------
    entities
        ``entity_id`` and ``entity`` (its number).
    codes
        ``event`` and ``code``, for every event.
    """
    joined = events.join(entities, "entity_id").join(codes, "event")
    columns: dict[str, ir.Value] = {"ts": joined.ts, "entity": joined.entity, "event": joined.code}
    if layout.late:
        columns["known_at"] = joined.known_at
    for key in layout.keys:
        text = joined[key]
        columns[key] = text.isnull().ifelse(ibis.literal(0, "uint64"), _fingerprint(text))
    for name in layout.properties:
        columns[name] = joined[name].cast("float64").fill_null(float("nan"))
    return joined.select(**columns)


def deal(batch: pa.RecordBatch, layout: Layout, buckets: Buckets) -> Dealt:
    """Turn a batch of the query into records."""
    columns = [column.to_numpy().view(np.int64) for column in batch.columns]
    target, bounds = _places(columns[1], buckets.first, buckets.shift, len(buckets))
    records = np.empty((batch.num_rows, layout.width), np.int64)
    for position, column in enumerate(columns):
        _put(records, position, target, column)
    return Dealt(records, bounds)


def gather(dealt: Sequence[Dealt], bucket: int, width: int) -> Integers:
    """Return the records of one bucket."""
    parts = [part.records[part.bounds[bucket] : part.bounds[bucket + 1]] for part in dealt]
    return np.concatenate([np.empty((0, width), np.int64), *parts])


@compiled
def _places(entity: Integers, first: int, shift: int, buckets: int) -> tuple[Integers, Integers]:
    """Find where each record goes, and where each bucket begins."""
    bounds = np.zeros(buckets + 1, np.int64)
    for number in entity:
        bounds[((number - first) >> shift) + 1] += 1
    for bucket in range(buckets):
        bounds[bucket + 1] += bounds[bucket]
    free = bounds[:-1].copy()
    target = np.empty(len(entity), np.int64)
    for row in range(len(entity)):
        bucket = (entity[row] - first) >> shift
        target[row] = free[bucket]
        free[bucket] += 1
    return target, bounds


@compiled
def _put(records: Integers, position: int, target: Integers, column: Integers) -> None:
    for row in range(len(column)):
        records[target[row], position] = column[row]
