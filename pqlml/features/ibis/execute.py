"""The road from tables to values: frame, cells, records, and the statements that make features of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from pqlml.errors import DataError
from pqlml.events.tables import Tables
from pqlml.features.ibis.cells import Cells, cut
from pqlml.features.ibis.demand import Demand, demand_of
from pqlml.features.ibis.frame import Frame, make_frame
from pqlml.features.ibis.packs import ROOM
from pqlml.features.ibis.parts import Named
from pqlml.features.ibis.records import keep_asked, keep_records, with_late_cells
from pqlml.features.ibis.statements import CUBE, MEMBERS, Asked, compiled, members_of
from pqlml.features.spec import BEHAVIOUR, Feature
from pqlml.features.typed import Column, typed
from pqlml.warehouse import Compiled, Warehouse
from pqlml.warehouse.logic import holds


def ibis_features(tables: Tables, pairs: ir.Table, features: Sequence[Feature]) -> dict[str, Column]:
    """Compute the features that are made of events, and fetch them.

    Parameters
    ----------
    pairs
        One row per ``row_id``: ``entity_id``, ``cutoff`` and ``signup_at`` (null = unknown).
    features
        Those about the profile are left out.

    Returns
    -------
    Feature, by its name -> one number per pair in the order of ``row_id`` (NaN = null).
    """
    named = named_features(features)
    found = pa.concat_tables([tables.warehouse.fetch(query) for query in _queries(tables, pairs, named)])
    order = np.argsort(found["row_id"].to_numpy(), kind="stable")
    return {feature.name: typed(feature, found[name].to_numpy()[order]) for name, feature in named.items()}


def ibis_table(tables: Tables, pairs: ir.Table, named: Named) -> ir.Table:
    """Compute the features that are made of events, and keep them in the warehouse.

    Parameters
    ----------
    named
        Features of events, by the names of their columns.

    Returns
    -------
    One row per pair: ``row_id``, then one column of doubles per feature.
    """
    made = [
        tables.warehouse.save(f"feature_part_{number}", query)
        for number, query in enumerate(_queries(tables, pairs, named))
    ]
    return ibis.union(*made) if len(made) > 1 else made[0]


def named_features(features: Sequence[Feature]) -> Named:
    """Give the features that are made of events short names."""
    behaviour = [feature for feature in features if feature.aggregate in BEHAVIOUR]
    return {f"f_{number}": feature for number, feature in enumerate(behaviour)}


def _queries(tables: Tables, pairs: ir.Table, named: Named) -> Iterator[Compiled]:
    """Yield queries for the pairs, some at a time: run each before asking for the next.

    Raises
    ------
    DataError
        If there are features of behaviour but no events.
    """
    if tables.events is None:
        first = next(iter(named.values()))
        msg = f"{first.name}: made of events, and the tables have none; name a source of events in the definition."
        raise DataError(msg)
    warehouse, features = tables.warehouse, tuple(named.values())
    demand = demand_of(features)
    frame = make_frame(warehouse, pairs, demand.windows)
    warehouse.save_arrow(MEMBERS, members_of(features))
    for number, cells in enumerate(_all_cells(warehouse, tables.events, frame, demand)):
        keep_asked(warehouse, frame, cells, undated=number == 0)
        records = keep_records(warehouse, tables.events, frame, cells, demand)
        number_of_events = warehouse.fetch(records.agg(n=records.count()))["n"][0].as_py()
        asked = Asked(warehouse.engine, tuple(named.items()), number_of_events < ROOM, warehouse.compile)
        statements = compiled(asked)
        warehouse.save(CUBE, statements.cube)
        yield statements.wide


def _all_cells(warehouse: Warehouse, events: ir.Table, frame: Frame, demand: Demand) -> Iterator[Cells]:
    groups = cut(frame.offsets or (0,), demand.windows)
    late = warehouse.fetch(events.agg(late=holds((events.known_at > events.ts).any())))["late"][0].as_py()
    for cells in groups:
        if late:
            yield from with_late_cells(warehouse, events, frame, cells)
        else:
            yield cells
