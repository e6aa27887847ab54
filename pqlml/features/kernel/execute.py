"""The road from tables to values: number entities and events, stream records, compute bucket by bucket."""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import ibis
import ibis.expr.types as ir
import numba
import numpy as np
import pyarrow as pa

from pqlml.errors import DataError
from pqlml.events.tables import Tables
from pqlml.features.kernel.asked import Asked, fetch_asked, fingerprint, taken
from pqlml.features.kernel.bucket import Bucket
from pqlml.features.kernel.exact import Integers
from pqlml.features.kernel.heap import Buckets, Heap
from pqlml.features.kernel.layout import layout_for
from pqlml.features.kernel.lines import Pairs, by_time
from pqlml.features.kernel.numbers import number_in_order
from pqlml.features.kernel.plan import Plan, make_plan, named_events
from pqlml.features.kernel.records import Numbered, deal, record_query
from pqlml.features.kernel.values import Values
from pqlml.features.spec import BEHAVIOUR, Feature
from pqlml.features.typed import Column
from pqlml.warehouse import LocalWarehouse
from pqlml.warehouse.logic import holds

Given = TypeVar("Given")
Made = TypeVar("Made")

PASS_BYTES = 1_000_000_000
"""Records held at once; where all would need more, several passes over the events take a part of the entities each."""

BUCKET_EVENTS = 32_768
"""Events of a bucket, on average: its records fit the cache of a processor core."""

BATCH_ROWS = 131_072

WAITING = 2
"""Batches per processor core that are being worked at, or wait for it."""


def kernel_features(
    tables: Tables, pairs: ir.Table, features: Sequence[Feature], fetched: Asked | None = None
) -> dict[str, Column]:
    """Compute the features that are made of events.

    Parameters
    ----------
    pairs
        One row per ``row_id``: ``entity_id``, ``cutoff`` and ``signup_at`` (null = unknown).
    features
        Those about the profile are left out.
    fetched
        What :func:`pqlml.features.kernel.asked.fetch_asked` finds for the pairs, where it is known.

    Returns
    -------
    Per feature, one value for each pair in the order of ``row_id``; NaN = null.
    """
    features = [feature for feature in features if feature.aggregate in BEHAVIOUR]
    values = behaviour_values(tables, pairs, features, fetched)
    return {feature.name: column for feature, column in zip(features, values, strict=True)}


def behaviour_values(
    tables: Tables, pairs: ir.Table, features: Sequence[Feature], fetched: Asked | None = None
) -> list[Column]:
    """Compute features of behaviour; return a column for each, pairs in the order of ``row_id`` (NaN = null).

    Raises
    ------
    DataError
        If there are features of behaviour but no events, or the tables are not in DuckDB.
    """
    warehouse = local_warehouse(tables)
    if not features:
        return []
    if tables.events is None:
        msg = (
            f"{features[0].name}: made of events, and the tables have none; name a source of events in the definition."
        )
        raise DataError(msg)
    asked = fetched or fetch_asked(warehouse, pairs)
    if not len(asked.cutoff):
        return Values(features, 0).columns
    events = _before(tables.events, asked.cutoff)
    with ThreadPoolExecutor(1) as pool:
        numbering = pool.submit(_number_pairs, asked)  # while DuckDB looks through the events
        classes, named = _number_events(warehouse, features)
        found = warehouse.fetch(_facts(events)).to_pylist()[0]
        numbered, entities = numbering.result()
    layout = layout_for(features, late=found["late"])
    plan = make_plan(features, layout, classes)
    number = len(numbered.start) - 1
    share = found["events"] / number
    values = Values(features, len(numbered.row), largest=found["events"])
    for first, last in _ranges(number, share * layout.width * 8):
        buckets = Buckets(first, last, shift=max(0, round(math.log2(BUCKET_EVENTS / max(1.0, share)))))
        heap = Heap(buckets, layout.width, round(share * (last - first)))
        batches = warehouse.stream(record_query(events, layout), BATCH_ROWS)
        _in_threads(lambda batch: deal(batch, Numbered(entities, named), heap), batches)  # noqa: B023 - run within this pass
        _compute(plan, numbered, heap, values)
    return values.columns


def local_warehouse(tables: Tables) -> LocalWarehouse:
    """Return the warehouse of the tables.

    Raises
    ------
    DataError
        If it is not DuckDB.
    """
    warehouse = tables.warehouse
    if not isinstance(warehouse, LocalWarehouse):
        msg = f"the kernel reads DuckDB's batches, and the tables are in {warehouse.engine}; ask for the engine 'ibis'."
        raise DataError(msg)
    return warehouse


def _number_pairs(asked: Asked) -> tuple[Pairs, Integers]:
    """Order pairs by entity and cutoff; return the table of the entities, too.

    Entities get numbers in the order of their first row, so that neighbours are neighbours in the result.
    """
    table, number, entities = number_in_order(asked.entity)
    start, order = by_time(number, asked.cutoff, first=0, entities=entities)
    cutoff, signup = taken((asked.cutoff, asked.signup), order)
    return Pairs(start, cutoff, signup, order), table


def _number_events(warehouse: LocalWarehouse, features: Sequence[Feature]) -> tuple[dict[str, int], Integers]:
    """Give the events that features name classes from 1 on; return the table of these, too."""
    named = named_events(features)
    texts = pa.table({"place": pa.array(range(len(named)), pa.int64()), "event": pa.array(named, pa.string())})
    names = warehouse.save_arrow("feature_events", texts)
    rows = warehouse.fetch(names.order_by("place").select(event=fingerprint(names.event)))
    table, number, _ = number_in_order(rows["event"].to_numpy().view(np.int64))
    return dict(zip(named, (number + 1).tolist(), strict=True)), table


def _before(events: ir.Table, cutoff: Integers) -> ir.Table:
    """Return the events before the last cutoff of all: no pair sees the others."""
    last = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=int(cutoff.max()))
    return events.filter(events.ts < ibis.literal(last, "timestamp(6)"))


def _facts(events: ir.Table) -> ir.Table:
    late = holds((events.known_at > events.ts).any())
    return events.agg(events=events.count(), late=late)


def _ranges(entities: int, bytes_each: float) -> Iterator[tuple[int, int]]:
    """Cut the entities into ranges of equal length whose records may be held at once."""
    passes = max(1, math.ceil(entities * bytes_each / PASS_BYTES))
    span = math.ceil(entities / passes)
    return ((begin, min(begin + span, entities)) for begin in range(0, entities, span))


def _compute(
    plan: Plan,
    pairs: Pairs,
    heap: Heap,
    values: Values,
) -> None:
    """Compute bucket by bucket; each pair is written by one thread."""

    def compute(number: int) -> None:
        first, last = heap.buckets.entities(number)
        bucket = Bucket(plan, heap.fetch(number), pairs.of(first, last), first)
        heap.done(number)
        bucket.write(values, bucket.rows)

    _in_threads(compute, range(len(heap.buckets)))


def _in_threads(function: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
    """Call the function for each given value on all processor cores, while more values are still coming.

    Only a few values wait at a time: batches that pile up would take memory.
    """
    threads: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined] # numba sets it when it is imported
    made: list[Made] = []
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for value in given:
            if len(waiting) == WAITING * threads:
                made.append(waiting.popleft().result())
            waiting.append(pool.submit(function, value))
        return [*made, *(one.result() for one in waiting)]
