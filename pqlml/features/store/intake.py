"""From a user's rows to rows that a state lacks: read as always, and repeated events recognised."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.definition.parts import EventSource
from pqlml.events.read_events import first_known, read_events
from pqlml.events.tables import TableRead
from pqlml.features.kernel.exact import NULL, Flags
from pqlml.features.store.fingerprints import fingerprints
from pqlml.features.store.records import instants
from pqlml.features.store.update import Update
from pqlml.warehouse import LocalWarehouse

ROWS_AT_ONCE: Final = 1_000_000
"""Rows that are taken in at once, where more come; they are cut by the day on which they became known."""


class Taken(NamedTuple):
    """What became of rows: how many were read, set aside by reason, new, and known already."""

    account: TableRead
    new: int
    known: int


def take_in(
    update: Update, warehouse: LocalWarehouse, source: EventSource, raw: ir.Table, observed_until: dt.datetime | None
) -> Taken:
    """Read rows as :func:`pqlml.events.load.load_tables` does, and insert those that are new.

    An event in the future is not set aside: it is in no feature before its time, and then it is.
    """
    events, account, _ = read_events(warehouse, source, raw, dt.datetime.max, observed_until)
    new = 0
    for some in _in_pieces(warehouse, events, account.used):
        rows = warehouse.fetch(some)
        wanted = _new_rows(update, warehouse, rows)
        update.insert(wanted)
        new += wanted.num_rows
    return Taken(account, new, account.used - new)


def places_of(rows: pa.Table) -> dict[int, list[int]]:
    """Return the positions of stored rows by the number of their part."""
    found: dict[int, list[int]] = defaultdict(list)
    for file, position in zip(rows["file"].to_pylist(), rows["position"].to_pylist(), strict=True):
        found[int(Path(file).stem.rsplit("-", 1)[1])].append(position)
    return found


def _in_pieces(warehouse: LocalWarehouse, events: ir.Table, rows: int) -> Iterator[ir.Table]:
    if rows <= ROWS_AT_ONCE:
        yield events
        return
    day = events.known_at.truncate("D")
    counts = warehouse.fetch(events.group_by(day=day).agg(rows=events.count()).order_by("day"))
    total = np.cumsum(counts["rows"].to_numpy())
    piece = total // ROWS_AT_ONCE
    days = counts["day"].to_pylist()
    for number in np.unique(piece):
        mine = np.flatnonzero(piece == number)
        first, last = (ibis.literal(days[place], "timestamp(6)") for place in (mine[0], mine[-1]))
        yield events.filter(day.between(first, last))


def _new_rows(update: Update, warehouse: LocalWarehouse, rows: pa.Table) -> pa.Table:
    """Leave out the events that are known already; where the new copy was known first, the stored one goes."""
    ids = fingerprints(rows["event_id"])
    since = np.where(ids == 0, NULL, update.ids.since(ids))
    new = since == NULL
    contested = ~new & (instants(rows["known_at"]) <= since)
    if contested.any():
        new[np.flatnonzero(contested)] = _known_first(update, warehouse, rows.filter(pa.array(contested)))
    return rows if new.all() else rows.filter(pa.array(new))


def _known_first(update: Update, warehouse: LocalWarehouse, rows: pa.Table) -> Flags:
    """Tell for each row whether it takes the place of the stored copy, which is then removed."""
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
