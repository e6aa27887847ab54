"""Columns of behaviour that name no feature: recognised among the usual ways to count events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from pqlml.audit.columns import Bools, Codes, Floats
from pqlml.audit.replay.library import BEYOND, STARTS, Invisible, Looked, families
from pqlml.audit.replay.match import Match, Matcher
from pqlml.audit.replay.timeline import MOST_ENTITIES, Axis, Timeline
from pqlml.audit.replay.told import KeyedRows, Told
from pqlml.events.tables import Tables
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse import Warehouse

MOST_EVENTS = 40
"""The most widely used events are looked at one by one, the others in the count of all."""
MOST_ROWS = 8_000


def replay_behaviour(
    tables: Tables, audited: KeyedRows, columns: Mapping[str, Floats], windows: Sequence[float | None] = ()
) -> dict[str, Told]:
    """Recognise columns as counts, days, sums or recency of events over windows around the cutoff.

    Parameters
    ----------
    columns
        Name -> value per audited row (NaN = missing).
    windows
        Days of windows to try beside the usual ones; null means all history.
    """
    rows = looked_at(audited.entity, audited.label, audited.seed)
    held = {name: values[rows] for name, values in columns.items() if np.ptp(np.nan_to_num(values[rows])) > 0}
    if not held or tables.events is None:
        return {}
    chosen, code = np.unique(audited.entity[rows], return_inverse=True)
    events = _fetch(tables.warehouse, tables.events, audited.ids[chosen])
    if events.empty:
        return {}
    micros = audited.cutoff[rows].astype("datetime64[us]").astype(np.int64)
    stamps = events["ts"].to_numpy()
    looked = Looked(code.astype(np.int64), micros, int(max(stamps.max(), micros.max())) + 1)
    axis = Axis.around(np.concatenate([stamps, micros, [looked.end]]))
    matcher = Matcher(held)
    starts = list(dict.fromkeys([*STARTS, *windows]))
    longest = (looked.end - int(micros.min())) / DAY_MICROSECONDS  # what reaches further reaches the end of the data
    beyond = sorted(days for days in {*BEYOND, *audited.horizon_days} if days < longest)
    for name in [None, *_most_used(events)]:
        chosen_events = events if name is None else events[events["event"] == name]
        timeline, unseen = _timeline(name, chosen_events, axis, looked)
        for family in families(timeline, looked, unseen, starts, beyond):
            matcher.hold_against(family)
    return {name: _told(name, rows, match) for name, match in matcher.matches().items() if match.verdict != "open"}


def looked_at(entity: Codes, label: Bools, seed: int) -> np.ndarray:
    """Choose the rows to look at: all of some entities, those that convert first, few enough to be quick."""
    wins = np.bincount(entity, weights=label) > 0
    chance = np.random.default_rng(seed)
    order = np.concatenate(
        [chance.permutation(np.flatnonzero(wins))[: MOST_ENTITIES // 2], chance.permutation(np.flatnonzero(~wins))]
    )[:MOST_ENTITIES]
    size = np.bincount(entity)[order]
    kept = np.zeros(len(wins), bool)
    kept[order[: max(int(np.searchsorted(np.cumsum(size), MOST_ROWS, side="right")), 1)]] = True
    return np.flatnonzero(kept[entity])


def _fetch(warehouse: Warehouse, events: ir.Table, ids: np.ndarray) -> pd.DataFrame:
    """Return the events of the given entities: number, event, times in microseconds, properties."""
    numbered = pa.table({"entity_id": pa.array(ids.tolist(), pa.string()), "entity": np.arange(len(ids))})
    chosen = warehouse.save_arrow("audit_entities", numbered)
    properties = [name for name in events.columns if name.startswith("p_")]
    joined = events.join(chosen, "entity_id")
    query = joined.select("entity", "event", "ts", "known_at", *properties)
    table: pd.DataFrame = warehouse.fetch(query).to_pandas()
    for name in ("ts", "known_at"):
        table[name] = table[name].to_numpy("datetime64[us]").astype(np.int64)
    return table.sort_values(["entity", "ts"], kind="stable", ignore_index=True)


def _most_used(events: pd.DataFrame) -> list[str]:
    used = events.groupby("event")["entity"].nunique().sort_values(ascending=False, kind="stable")
    return [str(name) for name in used.index[:MOST_EVENTS]]


def _timeline(name: str | None, events: pd.DataFrame, axis: Axis, looked: Looked) -> tuple[Timeline, Invisible]:
    properties = {
        column.removeprefix("p_"): events[column].fillna(0).to_numpy(np.float64)
        for column in events.columns
        if column.startswith("p_") and events[column].notna().any()
    }
    running = {name: np.concatenate([[0.0], np.cumsum(amounts)]) for name, amounts in properties.items()}
    timeline = Timeline(name, axis, events["entity"].to_numpy(), events["ts"].to_numpy(), running)
    late = np.flatnonzero(events["known_at"].to_numpy() > events["ts"].to_numpy())
    waiting = events.iloc[late][["entity", "ts", "known_at"]].assign(occurrence=late)
    rows = pd.DataFrame({"entity": looked.entity, "cutoff": looked.cutoff, "row": np.arange(len(looked.entity))})
    met = rows.merge(waiting, on="entity")
    met = met[(met["ts"] < met["cutoff"]) & (met["known_at"] > met["cutoff"])]
    hidden = {name: amounts[met["occurrence"].to_numpy()] for name, amounts in properties.items()}
    return timeline, Invisible(met["row"].to_numpy(), met["ts"].to_numpy(), hidden)


def _told(name: str, rows: np.ndarray, match: Match) -> Told:
    if match.verdict == "confirmed":
        return Told(name, "confirmed", str(match.honest), rows, match.differs)
    reach = match.wrong.window.reach
    return Told(name, "sees too much", str(match.honest), rows, match.differs, reach, str(match.wrong), match.exact)
