"""The stored state of the features' past: a day comes, a small part of the work is done, the values are the same."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, Self

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from pqlml.definition.model import Definition
from pqlml.definition.parts import EventSource
from pqlml.errors import DataError, DefinitionError
from pqlml.events.load import load_tables
from pqlml.events.properties import with_properties
from pqlml.events.tables import Tables
from pqlml.features.build import build_features
from pqlml.features.catalogue import catalogue
from pqlml.features.spec import Feature
from pqlml.features.store.answers import Answers
from pqlml.features.store.change import Change, by_date, date_of
from pqlml.features.store.folder import StateFolder
from pqlml.features.store.intake import Taken, places_of, take_in
from pqlml.features.store.known_ids import KnownIds
from pqlml.features.store.live import Live
from pqlml.features.store.manifest import Manifest, reading
from pqlml.features.store.needs import horizon_of, needs_of
from pqlml.features.store.parts import stored_rows
from pqlml.features.store.reconcile import reconcile
from pqlml.features.store.records import as_instant
from pqlml.features.store.update import Update
from pqlml.features.vocabulary import vocabulary_without_data
from pqlml.times import utc_now
from pqlml.warehouse import LocalWarehouse, Warehouse, read_source

REACH_DAYS: Final = 1
"""Cutoffs may lie so far behind the newest event, and further behind by the age of the oldest snapshot still scored."""


GIVEN: Final = "store_given"


class FeatureStore:
    """Events of a source, kept so that features of new cutoffs cost little.

    Cutoffs from :attr:`served_from` on are answered from the kept sums and the newer events; older ones from all
    events. Values are those of :func:`pqlml.features.build.build_features` either way.

    Parameters
    ----------
    folder
        Where the state is, or will be.
    features
        What to be ready for; the features of the definition by default. Others are answered from all events.

    Raises
    ------
    DefinitionError
        If the definition has no events, or other tables decide to which account they belong.
    DataError
        If the folder holds something else, a damaged state, or one whose events were read in another way.
    """

    def __init__(self, folder: Path, definition: Definition, features: Sequence[Feature] | None = None) -> None:
        self._folder, self._definition = StateFolder(folder), definition
        self._source = _events_to_keep(definition)
        self._features = usual_features(definition) if features is None else features
        self._manifest = self._current()

    @classmethod
    def open(cls, folder: Path, definition: Definition, features: Sequence[Feature] | None = None) -> Self:
        """Open the state in a folder; the first change makes it."""
        return cls(folder, definition, features)

    @property
    def manifest(self) -> Manifest:
        """What the state consists of, as of when it was opened or last changed here."""
        return self._manifest

    def add(self, rows: pa.Table) -> Change:
        """Take in events, as the source writes them; those that are known already change nothing.

        Late ones go to the days on which they happened. Where the source maps ``event_id``, an event that comes again
        is recognised; of its copies the one known first counts. Without it, every row is an event.

        Raises
        ------
        DataError
            If a column is missing or of the wrong type, or another process is changing the state.
        """
        return self._change(lambda update, warehouse: self._take(update, warehouse, warehouse.save_arrow(GIVEN, rows)))

    def add_file(self, path: Path) -> Change:
        """Take in the events of a file (or a folder of Parquet files) in the form of the source; see :meth:`add`."""
        source = self._source.model_copy(update={"path": str(path.absolute()), "url": None, "table": None})
        return self._change(
            lambda update, warehouse: self._take(update, warehouse, read_source(warehouse, source, Path(), "events"))
        )

    def update(self, data: Path) -> Change:
        """Take in the events of the source that became known since the last time.

        An event that was known before then, and reached the source only afterwards, is found by :meth:`reconcile`.

        Parameters
        ----------
        data
            Folder that relative paths of the definition start from.

        Raises
        ------
        DataError
            If the source does not tell new events from old ones.
        """
        if self._source.known_at is None or self._source.event_id is None:
            msg = (
                "new events cannot be told from old ones unless the definition maps both 'known_at' and 'event_id' "
                "under sources.events; give a file of new events, or reconcile with the whole source."
            )
            raise DataError(msg)

        def take(update: Update, warehouse: LocalWarehouse) -> Taken:
            raw = read_source(warehouse, self._source, data, "events")
            return self._take(update, warehouse, raw, since=update.manifest.watermark)

        return self._change(take)

    def reconcile(self, data: Path) -> Change:
        """Make the state hold the events of the whole source and no others; days that are equal are left alone.

        It finds what :meth:`update` cannot: events that were deleted or changed in the source, and late ones that
        carry an early ``known_at``.
        """

        def compare(update: Update, warehouse: LocalWarehouse) -> Taken:
            raw = with_properties(read_source(warehouse, self._source, data, "events"), self._source, {})
            return reconcile(update, warehouse, self._source, raw, self._definition.sources.observed_until)

        return self._change(compare)

    def delete(
        self, *, event_ids: Collection[str] = (), entity_ids: Collection[str] = (), user_ids: Collection[str] = ()
    ) -> Change:
        """Delete events: by id with all their copies, or all of some entities or users.

        The names of deleted entities are forgotten, and the files that held them are deleted at once. What the source
        still has comes back with the next reconciliation, so delete it there first.

        Raises
        ------
        DataError
            If events are to be deleted by id and the source maps none, or another process is changing the state.
        """
        if event_ids and self._source.event_id is None:
            msg = "events can be deleted by id only if the definition maps 'event_id' under sources.events."
            raise DataError(msg)
        wanted = {"event_id": event_ids, "entity_id": entity_ids, "user_id": user_ids}

        def remove(update: Update, warehouse: LocalWarehouse) -> None:
            places: dict[int, set[int]] = {}
            for column, values in wanted.items():
                if values and update.manifest.parts:
                    for part, positions in places_of(update.find(warehouse, column, values)).items():
                        places.setdefault(part, set()).update(positions)
            update.remove(places)
            update.forget(entity_ids)

        return self._change(remove, keep_previous=not (entity_ids or user_ids))

    def features(self, tables: Tables, pairs: ir.Table, features: Sequence[Feature] | None = None) -> pd.DataFrame:
        """Compute the features of each (entity, cutoff), as :func:`pqlml.features.build.build_features` does.

        Parameters
        ----------
        tables
            Entities and their attributes; events are those of the state.
        pairs
            One row per pair: ``row_id`` (0, 1, ...), ``entity_id``, ``cutoff``, ``signup_at``.
        features
            Those that the state is ready for by default.
        """
        return build_features(tables, pairs, self._features if features is None else features, engine=self.answers())

    def live(self, tables: Tables, pairs: ir.Table, features: Sequence[Feature] | None = None) -> Live:
        """Keep entities ready in memory: features of one at a time, and events as they happen; see :class:`Live`."""
        ids = KnownIds(self._folder.path, self._manifest.ids)
        return Live(self.answers(), ids, tables, pairs, self._features if features is None else features)

    def answers(self) -> Answers:
        """Return what computes the features of behaviour."""
        return Answers(self._folder.path, self._manifest, self._source)

    def tables(self, warehouse: Warehouse, data: Path, now: dt.datetime | None = None) -> Tables:
        """Return the tables of the definition with the events of the state, whose source is not read.

        Parameters
        ----------
        data
            Folder that relative paths of the definition start from.
        now
            Instant (zone-less UTC) after which a time counts as lying in the future; the clock's by default.

        Raises
        ------
        DataError
            If the state has no events, or another table cannot be read.
        """
        if not self._manifest.parts:
            msg = f"the state in {self._folder.path} has no events yet; update it first."
            raise DataError(msg)
        if not isinstance(warehouse, LocalWarehouse):
            msg = f"a state is read by DuckDB, and the tables are in {warehouse.engine}; open a local warehouse."
            raise DataError(msg)
        now = now if now is not None else utc_now()
        events = stored_rows(warehouse, self._folder.path, self._manifest.parts).drop("file", "position")
        until_now = events.filter(events.ts <= ibis.literal(now, "timestamp(6)"))
        last = as_instant(max(part.last for part in self._manifest.parts))
        return load_tables(
            warehouse, self._definition, data, now, events=until_now, events_end=last if last <= now else None
        )

    def _take(self, update: Update, warehouse: LocalWarehouse, raw: ir.Table, since: int | None = None) -> Taken:
        raw = with_properties(raw, self._source, {})
        until = self._definition.sources.observed_until
        return take_in(update, warehouse, self._source, raw, until, since=since)

    def _change(self, work: Callable[[Update, LocalWarehouse], Taken | None], *, keep_previous: bool = True) -> Change:
        """Do some work on the newest state, and commit it."""
        with self._folder.writing(), LocalWarehouse() as warehouse:
            before = self._current()
            self._folder.clear_up(before)
            update = Update(self._folder, before, self._source)
            self._get_ready(update, warehouse)
            taken = work(update, warehouse)
            retold = update.retell(warehouse)
            update.advance()
            self._manifest = update.commit(keep_previous=keep_previous)
        return Change(
            read=taken.read if taken is not None else 0,
            new=taken.new if taken is not None else 0,
            known=taken.known if taken is not None else 0,
            set_aside=taken.set_aside if taken is not None else {},
            deleted=update.removed.total(),
            added_by_day=by_date(update.added),
            deleted_by_day=by_date(update.removed),
            known_until=None if before.watermark is None else date_of(before.watermark),
            retold=retold,
        )

    def _get_ready(self, update: Update, warehouse: LocalWarehouse) -> None:
        """Add everything up anew if what is wanted needs more than what is kept."""
        manifest = update.manifest
        needs, horizon, reach = needs_of(self._features), horizon_of(self._features), _reach(self._definition)
        if needs <= set(manifest.kept) and horizon <= manifest.horizon_days and reach <= manifest.reach_days:
            return
        horizon, reach = max(horizon, manifest.horizon_days), max(reach, manifest.reach_days)
        update.start_over(warehouse, needs.union(manifest.kept), horizon, reach)

    def _current(self) -> Manifest:
        """Read the manifest; or make that of a state without events."""
        read = reading(self._source, self._definition.sources.observed_until)
        found = self._folder.read()
        if found is None:
            return Manifest(source=read, horizon_days=0, reach_days=0, needs=())
        other = [key for key in read if read[key] != found.source.get(key)]
        if other:
            told = "; ".join(f"{key}: {found.source.get(key)!r}, now {read[key]!r}" for key in other)
            msg = (
                f"the state in {self._folder.path} was made from events that were read in another way ({told}); "
                f"make a new one in another folder."
            )
            raise DataError(msg)
        return found


def usual_features(definition: Definition) -> tuple[Feature, ...]:
    """Return the features that a model of the definition can ask for, as far as the definition alone tells.

    Events without a signal need no tally of their own.
    """
    return catalogue(definition, vocabulary_without_data(definition))


def _events_to_keep(definition: Definition) -> EventSource:
    source = definition.event_source
    if source is None:
        msg = f"the definition {definition.name!r} has no source of events, so there is nothing to keep."
        raise DefinitionError(msg)
    selecting = definition.signals.by_property()
    if selecting:
        msg = (
            f"the signals {', '.join(map(repr, selecting))} select events by their properties, which a state does not "
            f"keep. Give such events names of their own in the source, or build all features anew each time."
        )
        raise DefinitionError(msg)
    people = definition.sources.people or definition.sources.aliases is not None
    if definition.entity == "account" and people:
        msg = (
            f"the definition {definition.name!r} finds out whose events are whose in tables of users, memberships or "
            f"aliases, and these may change for events that are long counted. A state needs events that name their "
            f"account: add it to them before, or build all features anew each time."
        )
        raise DefinitionError(msg)
    return source


def _reach(definition: Definition) -> int:
    plan, conversion = definition.snapshots, definition.conversion
    if plan is None or not plan.after_signup_days:
        return REACH_DAYS
    return REACH_DAYS + math.ceil(conversion.gap_days + conversion.horizon_days)
