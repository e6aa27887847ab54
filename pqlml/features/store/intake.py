"""From a user's rows to rows that a state lacks: read as always, and repeated events recognised."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.definition.parts import EventSource
from pqlml.events.instants import EARLIEST
from pqlml.events.read_events import event_reasons, first_known
from pqlml.events.sift import EARLY, REASON
from pqlml.features.kernel.exact import NULL, Flags
from pqlml.features.store.fingerprints import fingerprints
from pqlml.features.store.records import as_instant, instants
from pqlml.features.store.update import Update
from pqlml.warehouse import LocalWarehouse

ROWS_AT_ONCE: Final = 1_000_000
"""Rows that are taken in at once, where more come; they are cut by the day on which they became known."""


class Taken(NamedTuple):
    """What became of rows: how many were read, set aside by reason, new, and known already."""

    read: int
    set_aside: Mapping[str, int]
    new: int
    known: int


def take_in(
    update: Update,
    warehouse: LocalWarehouse,
    source: EventSource,
    raw: ir.Table,
    observed_until: dt.datetime | None,
    *,
    since: int | None = None,
) -> Taken:
    """Read rows as :func:`pqlml.events.load.load_tables` does, and insert those that are new.

    An event in the future is not set aside: it is in no feature before its time, and then it is. Whether the data has
    a clock of its own (most of its times lie before 1990) is decided by the first rows that come.

    Parameters
    ----------
    since
        Only rows that became known from this instant on (microseconds) are looked at.
    """
    reasons = event_reasons(warehouse, source, raw, dt.datetime.max, observed_until)

    def judge(earliest: dt.datetime) -> ir.Table:
        rows = reasons(earliest)
        return rows if since is None else rows.filter(rows.known_at >= ibis.literal(as_instant(since), "timestamp(6)"))

    clock = update.manifest.own_clock
    rows, counts = _judged(update, warehouse, judge(dt.datetime.min if clock else EARLIEST))
    if clock is None and counts.total():
        own_clock = counts[EARLY] > counts[None]
        if own_clock:
            rows, counts = _judged(update, warehouse, judge(dt.datetime.min))
        update.note_clock(own=own_clock)
    usable, new = counts.pop(None, 0), 0
    for some in [rows] if isinstance(rows, pa.Table) else _in_pieces(warehouse, rows, usable):
        wanted = _new_rows(update, warehouse, some)
        update.insert(wanted)
        new += wanted.num_rows
    set_aside = {str(why): count for why, count in counts.items()}
    return Taken(usable + sum(set_aside.values()), set_aside, new, usable - new)


def _judged(
    update: Update, warehouse: LocalWarehouse, rows: ir.Table
) -> tuple[ir.Table | pa.Table, Counter[str | None]]:
    """Return the usable rows, in memory where they are few, and the number of rows by reason (null: usable)."""
    rows = rows.select(*update.columns, REASON)
    few = _few(warehouse, rows)
    if few is not None:
        counts = few[REASON].value_counts()
        usable = few if few[REASON].null_count == few.num_rows else few.filter(few[REASON].is_null())
        return usable.drop_columns(REASON), _by_reason(counts.field(0), counts.field(1))
    judged = warehouse.save("store_judged", rows)
    counted = warehouse.fetch(judged.group_by(REASON).agg(rows=judged.count()))
    return judged.filter(judged[REASON].isnull()).drop(REASON), _by_reason(counted[REASON], counted["rows"])


def _few(warehouse: LocalWarehouse, rows: ir.Table) -> pa.Table | None:
    """Return the rows if they are few enough to be taken in at once; a table of the warehouse is not worth it then."""
    reader = warehouse.stream(rows, ROWS_AT_ONCE)
    batches: list[pa.RecordBatch] = []
    for batch in reader:
        batches.append(batch)
        if sum(one.num_rows for one in batches) > ROWS_AT_ONCE:
            return None
    return pa.Table.from_batches(batches, reader.schema)


def _by_reason(why: pa.Array | pa.ChunkedArray, rows: pa.Array | pa.ChunkedArray) -> Counter[str | None]:
    return Counter(dict(zip(why.to_pylist(), rows.to_pylist(), strict=True)))


def places_of(rows: pa.Table) -> dict[int, list[int]]:
    """Return the positions of stored rows by the number of their part."""
    found: dict[int, list[int]] = defaultdict(list)
    for file, position in zip(rows["file"].to_pylist(), rows["position"].to_pylist(), strict=True):
        found[int(Path(file).stem.rsplit("-", 1)[1])].append(position)
    return found


def _in_pieces(warehouse: LocalWarehouse, events: ir.Table, rows: int) -> Iterator[pa.Table]:
    if rows <= ROWS_AT_ONCE:
        yield warehouse.fetch(events)
        return
    day = events.known_at.truncate("D")
    counts = warehouse.fetch(events.group_by(day=day).agg(rows=events.count()).order_by("day"))
    total = np.cumsum(counts["rows"].to_numpy())
    piece = total // ROWS_AT_ONCE
    days = counts["day"].to_pylist()
    for number in np.unique(piece):
        mine = np.flatnonzero(piece == number)
        first, last = (ibis.literal(days[place], "timestamp(6)") for place in (mine[0], mine[-1]))
        yield warehouse.fetch(events.filter(day.between(first, last)))


def _new_rows(update: Update, warehouse: LocalWarehouse, rows: pa.Table) -> pa.Table:
    """Leave out copies: of those with one id the one known first stays, and a stored one gives way to it."""
    ids = fingerprints(rows["event_id"])
    since = np.where(ids == 0, NULL, update.ids.since(ids))
    new = (since == NULL) | (instants(rows["known_at"]) <= since)
    known, copies = np.unique(ids[new & (ids != 0)], return_counts=True)
    contested = new & ((since != NULL) | np.isin(ids, known[copies > 1]))
    if contested.any():
        new[np.flatnonzero(contested)] = _known_first(update, warehouse, rows.filter(pa.array(contested)))
    return rows if new.all() else rows.filter(pa.array(new))


def _known_first(update: Update, warehouse: LocalWarehouse, rows: pa.Table) -> Flags:
    """Tell for each row whether it is the first of its copies; a stored one that is not is removed."""
    stored = update.find(warehouse, "event_id", rows["event_id"].to_pylist())
    columns = update.columns
    both = pa.concat_tables([stored.select(columns), rows.select(columns)])
    number = pa.array(range(both.num_rows))
    table = warehouse.save_arrow("store_contested", both.append_column("number", number))
    order = [*first_known(table), table.number]
    rank = ibis.row_number().over(ibis.window(group_by=table.event_id, order_by=order))
    ranked = warehouse.fetch(table.select("number", rank=rank).order_by("number"))
    first: Flags = ranked["rank"].to_numpy() == 0
    beaten, winners = ~first[: stored.num_rows], first[stored.num_rows :]
    if beaten.any():
        update.remove(places_of(stored.filter(pa.array(beaten))))
    return winners
