"""How long the features of one account take, with an event that has just happened."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from incremental_state.data import EVENTS
from incremental_state.pairs import all_pairs
from pqlml.definition import Definition
from pqlml.features import Feature
from pqlml.features.store import FeatureStore
from pqlml.warehouse import LocalWarehouse

ACCOUNTS: Final = 1_000
"""Accounts that are asked for, one after the other."""


def measure_live(
    definition: Definition,
    source: Path,
    state: Path,
    cutoff: dt.datetime,
    features: Sequence[Feature],
    table: pd.DataFrame,
) -> dict[str, Any]:
    """Ask for accounts by chance: their values must be those of the table; then an event happens, and once more.

    Parameters
    ----------
    cutoff
        Of the table.

    Returns
    -------
    Seconds to open, and milliseconds per request (median, 95 of 100, longest, and the first apart): without an event,
    and with taking one in.
    """
    chance, rows = np.random.default_rng(7), table.set_index("entity_id")
    store, now = FeatureStore.open(state, definition), cutoff + dt.timedelta(minutes=5)
    with LocalWarehouse() as warehouse:
        tables = store.tables(warehouse, source, now)
        begin = time.perf_counter()
        live = store.live(tables, all_pairs(definition, tables, cutoff), features)
        opened = time.perf_counter() - begin
        quiet, busy = [], []
        asked = chance.choice(rows.index.to_numpy(), min(ACCOUNTS, len(rows)), replace=False).tolist()
        for entity in asked:
            begin = time.perf_counter()
            found = live.features_of(entity, cutoff)
            quiet.append(time.perf_counter() - begin)
            _require_equal(found, rows.loc[entity], features)
            begin = time.perf_counter()
            live.add({"entity_id": entity, "event": str(chance.choice(EVENTS)), "ts": cutoff})
            live.features_of(entity, now)
            busy.append(time.perf_counter() - begin)
    return {"accounts": len(asked), "open_seconds": round(opened, 3), **_told("asked", quiet), **_told("event", busy)}


def _told(what: str, seconds: Sequence[float]) -> dict[str, float]:
    """Tell the first request apart: it loads loops, or compiles them where that has never been done."""
    first, *others = 1_000 * np.array(seconds)
    figures = {
        "p50": np.quantile(others, 0.5),
        "p95": np.quantile(others, 0.95),
        "longest": max(others),
        "first": first,
    }
    return {f"{what}_ms_{name}": round(float(value), 2) for name, value in figures.items()}


def _require_equal(found: dict[str, Any], row: pd.Series[Any], features: Sequence[Feature]) -> None:
    for feature in features:
        live, full = found[feature.name], row[feature.name]
        if live != full and not (live is None and pd.isna(full)):
            msg = f"{row.name}: {feature.name} is {live!r} here and {full!r} in the table"
            raise ValueError(msg)
