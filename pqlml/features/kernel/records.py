"""From events to records, dealt into buckets of neighbouring entities as DuckDB's batches arrive."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.features.kernel.asked import fingerprint
from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers
from pqlml.features.kernel.heap import Heap
from pqlml.features.kernel.layout import Layout
from pqlml.features.kernel.numbers import find_codes, find_numbers


@dataclass(frozen=True)
class Numbered:
    """The tables of :mod:`pqlml.features.kernel.numbers`: of the entities that have pairs, of the named events."""

    entities: Integers
    events: Integers


def record_query(events: ir.Table, layout: Layout) -> ir.Table:
    """Return the query for what records are made of: one row per event, columns as in the layout.

    Entities and events are fingerprints: looking up their numbers in a batch is quicker than joining them.
    """
    columns: dict[str, ir.Value] = {
        "ts": events.ts.cast("timestamp(6)"),
        "entity": fingerprint(events.entity_id),
        "event": fingerprint(events.event),
    }
    if layout.late:
        columns["known_at"] = events.known_at.cast("timestamp(6)")
    for key in layout.keys:
        text = events[key]
        columns[key] = text.isnull().ifelse(ibis.literal(0, "uint64"), fingerprint(text))
    for name in layout.properties:
        columns[name] = events[name].cast("float64").fill_null(float("nan"))
    return events.select(**columns)


def deal(batch: pa.RecordBatch, numbered: Numbered, heap: Heap) -> None:
    """Turn a batch of the query into records; events of other entities than those of the buckets are left out."""
    columns = [column.to_numpy().view(np.int64) for column in batch.columns]
    columns[1] = find_numbers(numbered.entities, columns[1])
    columns[2] = find_codes(numbered.events, columns[2])
    buckets = heap.buckets
    source, bounds = _sources(columns[1], buckets.first, buckets.last, buckets.shift, len(buckets))
    for records, begin, end in heap.room_for(bounds):
        for position, column in enumerate(columns):
            _put(records, position, source[begin:end], column)


@compiled
def _sources(entity: Integers, first: int, last: int, shift: int, buckets: int) -> tuple[Integers, Integers]:
    """Find where each record comes from, and where each bucket begins."""
    bounds = np.zeros(buckets + 1, np.int64)
    for number in entity:
        if first <= number < last:
            bounds[((number - first) >> shift) + 1] += 1
    for bucket in range(buckets):
        bounds[bucket + 1] += bounds[bucket]
    free = bounds[:-1].copy()
    source = np.empty(bounds[-1], np.int64)
    for row in range(len(entity)):
        if first <= entity[row] < last:
            bucket = (entity[row] - first) >> shift
            source[free[bucket]] = row
            free[bucket] += 1
    return source, bounds


@compiled
def _put(records: Integers, position: int, source: Integers, column: Integers) -> None:
    for place in range(len(source)):
        records[place, position] = column[source[place]]
