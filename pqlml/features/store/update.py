"""One change of a state: rows in, rows out, the past added up; nothing counts before it is committed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import pyarrow as pa

from pqlml.definition.parts import EventSource
from pqlml.features.kernel.exact import Integers
from pqlml.features.store.fingerprints import fingerprints
from pqlml.features.store.folder import StateFolder
from pqlml.features.store.known_ids import KnownIds
from pqlml.features.store.loops import KNOWN, TS
from pqlml.features.store.manifest import Boundary, Manifest, Part, whole_days
from pqlml.features.store.names import read_names, write_names
from pqlml.features.store.needs import Need
from pqlml.features.store.numbering import Numbering
from pqlml.features.store.parts import (
    join_parts,
    newer_of,
    read_records,
    read_rows,
    small_neighbours,
    stored_rows,
    write_part,
    write_parts,
)
from pqlml.features.store.past import Tallies, add_up, merged, nothing, read_tallies, write_tallies
from pqlml.features.store.records import instants, no_rows, record_layout, row_columns, to_records
from pqlml.features.store.tallies import without
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse import LocalWarehouse

STEP_DAYS: Final = 7
"""How far the boundary moves at once: the tallies are written anew each time."""

SUM_ROWS: Final = 2_000_000
"""Records that are added up at once."""

_NEWEST_SHARE: Final = 0.995
"""Data are taken to reach to where that share of the newer events lies: a single wrong clock moves nothing."""


class Update:
    """A change in the making.

    Attributes
    ----------
    path
        The state's folder.
    manifest
        Of the state as it will be.
    layout, columns
        Of its records and rows.
    entities, events
        Names and numbers.
    ids
        Known event ids.
    added, removed
        Rows by day (since 1970).
    """

    def __init__(self, folder: StateFolder, manifest: Manifest, source: EventSource) -> None:
        self._folder, self.path, self._before = folder, folder.path, manifest
        self.manifest, self.layout, self.columns = manifest, record_layout(source), row_columns(source)
        self.entities = read_names(self.path, manifest.entities, 0)
        self.events = read_names(self.path, manifest.events, 1)
        self.ids = KnownIds(self.path, manifest.ids)
        self.added: Counter[int] = Counter()
        self.removed: Counter[int] = Counter()
        self._tallies: Tallies | None = None
        self._numbering = Numbering(manifest.counter)
        self._wanting: dict[str, int] = {}
        self._known = (self.entities, self.events)
        self._now = time.time_ns() // 1_000
        self._nothing = no_rows(source)

    def find(self, warehouse: LocalWarehouse, column: str, values: Collection[str]) -> pa.Table:
        """Return the stored rows with one of the values in a column, with ``file`` and ``position``."""
        if not self.manifest.parts:
            return self._nothing
        rows = stored_rows(warehouse, self.path, self.manifest.parts)
        wanted = warehouse.save_arrow("store_wanted", pa.table({"value": pa.array(sorted(set(values)), pa.string())}))
        return warehouse.fetch(rows.semi_join(wanted, rows[column] == wanted["value"]))

    def note_clock(self, *, own: bool) -> None:
        """Note whether the data has a clock of its own."""
        self._replace(own_clock=own)

    def insert(self, rows: pa.Table) -> None:
        """Take rows in.

        Parameters
        ----------
        rows
            Canonical events whose ids are not known.
        """
        if not rows.num_rows:
            return
        self.entities = self.entities.with_new(rows["entity_id"])
        self.events = self.events.with_new(rows["event"])
        records = self._records(rows)
        with ThreadPoolExecutor(1) as pool:  # files are written while ids are merged
            writing = pool.submit(write_parts, self.path, rows.select(self.columns), records, self._numbering)
            ids = fingerprints(rows["event_id"])
            self.ids.add(ids[ids != 0], records[ids != 0, KNOWN])
            self.added.update(_by_day(records[:, TS]))
            parts = writing.result()
        arrived = records[records[:, KNOWN] <= self._now, KNOWN]
        seen = [*arrived.max(keepdims=True), self.manifest.watermark] if len(arrived) else [self.manifest.watermark]
        self._replace(
            parts=(*self.manifest.parts, *parts),
            watermark=max((int(one) for one in seen if one is not None), default=None),
        )

    def remove(self, places: Mapping[int, Collection[int]]) -> pa.Table:
        """Take rows out, by the number of their part; return them."""
        found: list[pa.Table] = []
        parts: list[Part] = []
        for part in self.manifest.parts:
            if part.number not in places:
                parts.append(part)
                continue
            rows = read_rows(self.path, part)
            gone = np.zeros(part.rows, np.bool_)
            gone[list(places[part.number])] = True
            found.append(rows.filter(pa.array(gone)))
            kept = rows.filter(pa.array(~gone))
            if kept.num_rows:
                records = read_records(self.path, part)[~gone] if part.open else _times(kept)
                parts.append(write_part(self.path, kept, records, part.past, self._numbering))
            self._note_removed(found[-1], part)
        self._replace(parts=tuple(parts))
        return pa.concat_tables(found) if found else pa.table({})

    def _note_removed(self, rows: pa.Table, part: Part) -> None:
        times = _times(rows)
        self.removed.update(_by_day(times[:, TS]))
        self.ids.drop(fingerprints(rows["event_id"]))
        if part.past is not None:
            past = rows.filter(pa.array(part.past.is_past(times)))
            names = past["entity_id"].unique()
            self._wanting |= dict(zip(names.to_pylist(), self.entities.find(names).tolist(), strict=True))

    def retell(self, warehouse: LocalWarehouse) -> int:
        """Add the past of those entities up again that lost some of it; return how many."""
        if not self._wanting:
            return 0
        names, numbers = pa.array(self._wanting), np.array(list(self._wanting.values()))
        self._wanting = {}
        parts = {part.rows_file: part for part in self.manifest.parts if part.past is not None}
        retold = nothing(self.manifest.kept)
        if parts:
            rows = stored_rows(warehouse, self.path, list(parts.values()))
            wanted = warehouse.save_arrow("store_wanted", pa.table({"value": names}))
            mine = warehouse.fetch(rows.semi_join(wanted, rows.entity_id == wanted["value"]))
            retold = self._add_up(*self._past_of(mine, parts))
        self._tallies = merged({need: without(kept, numbers) for need, kept in self._past().items()}, retold)
        return len(names)

    def _past_of(self, rows: pa.Table, parts: Mapping[str, Part]) -> list[Integers]:
        records = self._records(rows)
        file = rows["file"].to_pandas().str.rsplit("/", n=1).str[-1].to_numpy()
        found = [np.empty((0, self.layout.width), np.int64)]
        for name in np.unique(file):
            its, past = records[file == name], parts[name].past
            found += [its[past.is_past(its)]] if past is not None else []
        return found

    def advance(self) -> None:
        """Add up what has become past, if it is enough."""
        now, step = self.manifest.boundary, STEP_DAYS * DAY_MICROSECONDS
        newest = max((part.last for part in self.manifest.parts), default=None)
        if newest is None or (now is not None and self._boundary(newest).at < now.at + step):
            return
        target = self._boundary(self._newest())
        if now is None or target.at >= now.at + step:
            self.add_up_until(target)

    def add_up_until(self, target: Boundary) -> None:
        """Add up all that is past at a boundary."""
        pieces: list[Integers] = []
        parts: list[Part] = []
        for part in self.manifest.parts:
            if not part.open:
                parts.append(part)
                continue
            newer = newer_of(part, read_records(self.path, part))
            pieces.append(newer[target.is_past(newer)])
            parts.append(part.but(past=target))
            if sum(map(len, pieces)) >= SUM_ROWS:
                self._tallies = merged(self._past(), self._add_up(*pieces))
                pieces = []
        if pieces:
            self._tallies = merged(self._past(), self._add_up(*pieces))
        joined = {group[0].number: join_parts(self.path, group, self._numbering) for group in small_neighbours(parts)}
        gone = {part.number for group in small_neighbours(parts) for part in group}
        kept = [joined.get(part.number, part) for part in parts if part.number in joined or part.number not in gone]
        self._replace(parts=tuple(kept), boundary=target)

    def start_over(
        self, warehouse: LocalWarehouse, needs: Collection[Need], horizon_days: int, reach_days: int
    ) -> None:
        """Keep other tallies, or for other windows: all rows are newer ones again, until they are added up."""
        parts = tuple(part.but(past=None) for part in self.manifest.parts)
        for part, before in zip(parts, self.manifest.parts, strict=True):
            if not before.open:
                rows = stored_rows(warehouse, self.path, [part])
                rows = warehouse.fetch(rows.order_by("position"))
                self._numbering.named.add(part.records_file)
                np.save(self.path / part.records_file, self._records(rows))
        ordered = sorted(needs, key=lambda need: (need.kind, str(need.column), need.events or ()))
        self._replace(
            needs=tuple(map(tuple, ordered)),
            horizon_days=horizon_days,
            reach_days=reach_days,
            boundary=None,
            tallies=None,
            parts=parts,
        )

    def forget(self, entity_ids: Collection[str]) -> None:
        """Forget the names of entities, which no row may mention any more."""
        numbers = self.entities.find(pa.array(list(entity_ids), pa.string()))
        self.entities = self.entities.without(numbers[numbers >= 0])

    def commit(self, *, keep_previous: bool = True) -> Manifest:
        """Make the change count.

        Parameters
        ----------
        keep_previous
            Whether files of the state as it was stay for those who have it open.
        """
        entities, events = self._known
        if self.entities is not entities:
            self._replace(entities=self._numbering.file("entities", ".arrow"))
            write_names(self.path / str(self.manifest.entities), self.entities)
        if self.events is not events:
            self._replace(events=self._numbering.file("events", ".arrow"))
            write_names(self.path / str(self.manifest.events), self.events)
        if self._tallies is not None:
            self._replace(tallies=self._numbering.file("tallies"))
            write_tallies(self.path / str(self.manifest.tallies), self.manifest.kept, self._tallies)
        self._replace(ids=self.ids.write(self._numbering))
        self._replace(counter=self._numbering.next)
        new = frozenset(self._numbering.named) & self.manifest.files
        self._folder.commit(self.manifest, new, keep=self._before.files if keep_previous else frozenset())
        return self.manifest

    def _newest(self) -> int:
        """Return how far the newer events reach; if there are none, how far all do."""
        newer = [newer_of(part, read_records(self.path, part))[:, TS] for part in self.manifest.parts if part.open]
        times = np.concatenate(newer) if newer else np.array([part.last for part in self.manifest.parts])
        return int(np.quantile(times, _NEWEST_SHARE, method="lower"))

    def _boundary(self, newest: int) -> Boundary:
        served_from = whole_days(newest) - self.manifest.reach_days * DAY_MICROSECONDS
        return Boundary(at=served_from - self.manifest.horizon_days * DAY_MICROSECONDS, served_from=served_from)

    def _add_up(self, *records: Integers) -> Tallies:
        return add_up(self.manifest.kept, np.concatenate(records), self.layout, len(self.entities), self.events)

    def _past(self) -> Tallies:
        if self._tallies is not None:
            return self._tallies
        if self.manifest.tallies is None:
            return nothing(self.manifest.kept)
        return read_tallies(self.path / self.manifest.tallies, self.manifest.kept)

    def _records(self, rows: pa.Table) -> Integers:
        entity, code = self.entities.find(rows["entity_id"]), self.events.find(rows["event"])
        return to_records(rows, entity, code, self.layout)

    def _replace(self, **changes: object) -> None:
        self.manifest = self.manifest.but(**changes)


def _times(rows: pa.Table) -> Integers:
    """Return as much of the records as tells when rows happened and were known."""
    times = np.zeros((rows.num_rows, KNOWN + 1), np.int64)
    times[:, TS], times[:, KNOWN] = instants(rows["ts"]), instants(rows["known_at"])
    return times


def _by_day(ts: Integers) -> dict[int, int]:
    days, counts = np.unique(ts // DAY_MICROSECONDS, return_counts=True)
    return dict(zip(days.tolist(), counts.tolist(), strict=True))
