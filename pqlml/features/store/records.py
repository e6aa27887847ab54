"""Events as they are kept: rows with all their texts, and the same rows as integers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from pqlml.definition.parts import EventSource
from pqlml.features.kernel.exact import Integers
from pqlml.features.kernel.layout import Layout
from pqlml.features.store.fingerprints import fingerprints
from pqlml.schema import EVENTS


def row_columns(source: EventSource) -> tuple[str, ...]:
    """Return the columns of a row: those of a canonical event."""
    return (*EVENTS, *(f"p_{name}" for name in source.properties), *(f"d_{name}" for name in source.distinct))


def no_rows(source: EventSource) -> pa.Table:
    """Return a table of stored rows that has none."""
    kinds = {"ts": pa.timestamp("us"), "known_at": pa.timestamp("us"), "position": pa.int64()}
    kinds |= {f"p_{name}": pa.float64() for name in source.properties}
    columns = (*row_columns(source), "file", "position")
    return pa.schema([(name, kinds.get(name, pa.string())) for name in columns]).empty_table()


def record_layout(source: EventSource) -> Layout:
    """Return where everything stands in a record: all that any feature of these events could need."""
    keys = ("user_id", "session_id", *(f"d_{name}" for name in source.distinct))
    return Layout(late=True, keys=keys, properties=tuple(f"p_{name}" for name in source.properties))


def to_records(rows: pa.Table, entity: Integers, code: Integers, layout: Layout) -> Integers:
    """Return the records of rows.

    Parameters
    ----------
    entity, code
        The numbers of each row's entity and event.
    """
    records = np.empty((rows.num_rows, layout.width), np.int64)
    records[:, 0] = instants(rows["ts"])
    records[:, 1] = entity
    records[:, 2] = code
    records[:, 3] = instants(rows["known_at"])
    for key in layout.keys:
        records[:, layout.key_position(key)] = fingerprints(rows[key])
    for name in layout.properties:
        amounts = rows[name].cast(pa.float64()).to_numpy().astype(np.float64)
        records[:, layout.property_position(name)] = amounts.view(np.int64)
    return records


def instants(column: pa.ChunkedArray) -> Integers:
    """Return microseconds since 1970."""
    found: Integers = column.cast(pa.timestamp("us")).to_numpy().view(np.int64)
    return found


def as_instant(microseconds: int) -> dt.datetime:
    """Return the instant so long after 1970."""
    return dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=microseconds)


def as_microseconds(instant: dt.datetime) -> int:
    """Return the microseconds from 1970 to a zone-less instant."""
    return (instant - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
