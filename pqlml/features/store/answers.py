"""Features of behaviour out of a state: quickly where it is ready for them, and from all its events where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.definition.parts import EventSource
from pqlml.events.tables import Tables
from pqlml.features.kernel.exact import Flags
from pqlml.features.kernel.execute import behaviour_values
from pqlml.features.kernel.layout import Layout
from pqlml.features.kernel.values import Values
from pqlml.features.spec import BEHAVIOUR, Feature
from pqlml.features.store.history import make_history, newer_records
from pqlml.features.store.loops import Asked
from pqlml.features.store.manifest import Manifest
from pqlml.features.store.names import Names, read_names
from pqlml.features.store.needs import need_of, window_of
from pqlml.features.store.parts import stored_rows
from pqlml.features.store.past import nothing, read_tallies
from pqlml.features.store.reader import Reader, numbered_events
from pqlml.features.store.records import no_rows, record_layout
from pqlml.features.typed import Column
from pqlml.warehouse import LocalWarehouse


class Answers:
    """Computes features of behaviour; hand it to :func:`pqlml.features.build.build_features` as the engine."""

    def __init__(self, folder: Path, manifest: Manifest, source: EventSource) -> None:
        self._folder, self._manifest, self._source = folder, manifest, source

    def __call__(self, tables: Tables, pairs: ir.Table, features: Sequence[Feature]) -> dict[str, Column]:
        """Return, per feature, one number for each pair in the order of ``row_id`` (NaN = null)."""
        features = [feature for feature in features if feature.aggregate in BEHAVIOUR]
        instants = {name: pairs[name].cast("timestamp(6)") for name in ("cutoff", "signup_at")}
        rows = tables.warehouse.fetch(pairs.select("row_id", "entity_id", **instants).order_by("row_id"))
        values = Values(features, rows.num_rows).columns
        ready = np.array([self.is_ready(feature) for feature in features], np.bool_)
        served = np.ones(rows.num_rows, np.bool_)
        if self._manifest.boundary is not None:
            served = rows["cutoff"].to_numpy().view(np.int64) >= self._manifest.boundary.served_from
        if ready.any() and served.any():
            asked = self.asked(rows.filter(pa.array(served)))
            columns = [values[position] for position in np.flatnonzero(ready)]
            self.reader(_some(features, ready), asked).write(asked, np.flatnonzero(served), columns)
        for wanted, who in ((ready, ~served), (~ready, np.ones_like(served))):
            if wanted.any() and who.any():
                found = self._from_all_events(tables, rows.filter(pa.array(who)), _some(features, wanted))
                for position, column in zip(np.flatnonzero(wanted), found, strict=True):
                    values[position][who] = column
        return {feature.name: column for feature, column in zip(features, values, strict=True)}

    def is_ready(self, feature: Feature) -> bool:
        """Tell whether the feature needs no more than what is kept."""
        need, window = need_of(feature), window_of(feature)
        if need is None:
            return window is not None and window <= self._manifest.horizon_days
        return need in self._manifest.kept and (feature.window_days or 0) <= self._manifest.horizon_days

    def serves(self, cutoff: int) -> bool:
        """Tell whether a cutoff (microseconds) is not too old for what is kept."""
        boundary = self._manifest.boundary
        return boundary is None or cutoff >= boundary.served_from

    @property
    def layout(self) -> Layout:
        """Of the records."""
        return record_layout(self._source)

    def codes(self, features: Sequence[Feature]) -> dict[str, int]:
        """Return the codes of all events that occurred or that features name, as readers number them."""
        classes, number = numbered_events(features, self._events)
        texts = self._events.texts.to_pylist()
        return {name: int(number[place + 1]) for place, name in enumerate(texts)} | classes

    def asked(self, rows: pa.Table) -> Asked:
        """Give the entities of pairs their numbers, and places in the order of their first rows.

        Parameters
        ----------
        rows
            ``entity_id``, ``cutoff``, ``signup_at``.
        """
        entity = self._entities.find(rows["entity_id"])
        each = np.where(entity >= 0, entity, len(self._entities) + np.arange(len(entity)))
        _, first, back = np.unique(each, return_index=True, return_inverse=True)
        rank = np.empty_like(first)
        rank[np.argsort(first)] = np.arange(len(first))
        instants = (rows[name].to_numpy().view(np.int64) for name in ("cutoff", "signup_at"))
        return Asked(entity, rank[back], *instants)

    def reader(self, features: Sequence[Feature], asked: Asked) -> Reader:
        """Read what is kept of the entities that are asked for."""
        manifest, layout = self._manifest, self.layout
        tallies = nothing(manifest.kept)
        if manifest.tallies is not None:
            tallies = read_tallies(self._folder / manifest.tallies, manifest.kept)
        place = np.full(len(self._entities), -1)
        known = asked.entity >= 0
        place[asked.entity[known]] = asked.place[known]
        classes, code = numbered_events(features, self._events)
        places = int(asked.place.max()) + 1
        history = make_history(layout, tallies, newer_records(self._folder, manifest), (place, places), code)
        return Reader(history, features, classes)

    @cached_property
    def _entities(self) -> Names:
        return read_names(self._folder, self._manifest.entities, 0)

    @cached_property
    def _events(self) -> Names:
        return read_names(self._folder, self._manifest.events, 1)

    def _from_all_events(self, tables: Tables, rows: pa.Table, features: Sequence[Feature]) -> list[Column]:
        with LocalWarehouse() as warehouse:
            pairs = warehouse.save_arrow("pairs", rows)
            if self._manifest.parts:
                events = stored_rows(warehouse, self._folder, self._manifest.parts)
            else:
                events = warehouse.save_arrow("events", no_rows(self._source))
            return behaviour_values(replace(tables, warehouse=warehouse, events=events), pairs, features)


def _some(features: Sequence[Feature], wanted: Flags) -> list[Feature]:
    return [feature for feature, its in zip(features, wanted, strict=True) if its]
