"""Plain tables of events and attributes, as the canonical tables that columns are computed anew from."""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from pqlml.audit.columns import instants
from pqlml.audit.read import Keys, entity_texts
from pqlml.errors import DataError, nearest
from pqlml.events.tables import Tables
from pqlml.warehouse import Warehouse


def tables_from_frames(
    warehouse: Warehouse, events: pd.DataFrame | None, entities: pd.DataFrame | None, keys: Keys
) -> Tables:
    """Make canonical tables of plain ones: events (entity, ``event``, ``ts``, ``known_at``), versions of entities.

    Numeric columns of the events beside these become properties. Versions have ``valid_from``; other columns are
    attributes.

    Raises
    ------
    DataError
        If a column is missing.
    """
    kept = None if events is None else warehouse.save_arrow("audit_events", _events(events, keys))
    people = _entities(entities, events, keys)
    versions = warehouse.save_arrow("audit_versions", people)
    next_version = versions.valid_from.lead().over(
        ibis.window(group_by=versions.entity_id, order_by=versions.valid_from)
    )
    saved = warehouse.save("audit_people", versions.mutate(valid_to=next_version))
    end = pd.Timestamp("1970-01-01") if events is None else pd.Timestamp(instants(events["ts"]).max())
    return Tables(warehouse, kept, saved, None, (end + pd.Timedelta(microseconds=1)).to_pydatetime(), {}, (), ())


def _require(table: pd.DataFrame, names: Iterable[str], what: str) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        hints = "; ".join(f"{name!r}: {nearest(name, map(str, table.columns))}" for name in missing)
        msg = f"the table of {what} lacks the columns {missing} ({hints})."
        raise DataError(msg)


def _events(events: pd.DataFrame, keys: Keys) -> pa.Table:
    _require(events, [keys.entity_id, "event", "ts"], "events")
    ts = instants(events["ts"])
    known = instants(events["known_at"]) if "known_at" in events else ts
    columns: dict[str, pa.Array] = {
        "entity_id": pa.array(entity_texts(events[keys.entity_id]), pa.string()),
        "event": pa.array(events["event"].astype("str").to_numpy(dtype=object), pa.string()),
        "ts": pa.array(ts, pa.timestamp("us")),
        "known_at": pa.array(np.where(np.isnat(known) | (known < ts), ts, known), pa.timestamp("us")),
    }
    for name in events.columns.difference([keys.entity_id, "event", "ts", "known_at"]):
        if pd.api.types.is_numeric_dtype(events[name]):
            columns[f"p_{name}"] = pa.array(events[name].to_numpy(np.float64, na_value=np.nan), from_pandas=True)
    return pa.table(columns)


def _entities(entities: pd.DataFrame | None, events: pd.DataFrame | None, keys: Keys) -> pa.Table:
    if entities is None:
        names = [] if events is None else sorted(set(entity_texts(events[keys.entity_id])))
        nothing = pa.nulls(len(names), pa.timestamp("us"))
        return pa.table({"entity_id": pa.array(names, pa.string()), "signup_at": nothing, "valid_from": nothing})
    _require(entities, [keys.entity_id], "entities")
    nothing = pa.nulls(len(entities), pa.timestamp("us"))
    columns = {"entity_id": pa.array(entity_texts(entities[keys.entity_id]), pa.string())}
    for name in ("signup_at", "valid_from"):
        there = name in entities.columns
        columns[name] = pa.array(instants(entities[name]), pa.timestamp("us")) if there else nothing
    for name in entities.columns.difference([keys.entity_id, "signup_at", "valid_from", "valid_to"]):
        columns[str(name)] = pa.array(entities[name], from_pandas=True)
    return pa.table(columns)
