"""The local default: ``build_features`` as training and scoring call it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd

from feature_table.matrix import DISTINCT, EVENTS, TIMED, TRENDING, WINDOWS, suffix
from pqlml.events.tables import Tables
from pqlml.features import Feature, build_features
from pqlml.features.build import Engine
from pqlml.features.spec import Aggregate
from pqlml.warehouse import LocalWarehouse


def prepare(folder: Path, calendar: str, engine: Engine = "kernel") -> Callable[[], pd.DataFrame]:
    """Open the tables; return the function that builds the matrix."""
    wanted = list(features())
    tables, pairs = open_tables(LocalWarehouse(), folder, calendar)
    return lambda: build_features(tables, pairs, wanted, engine=engine)


def open_tables(warehouse: LocalWarehouse, folder: Path, calendar: str) -> tuple[Tables, ir.Table]:
    """Return the canonical tables and the pairs, all of them in Parquet files."""
    events, entities, pairs = (
        warehouse.read_parquet(folder / f"{name}.parquet") for name in ("events", "entities", f"pairs_{calendar}")
    )
    return Tables(warehouse, events, entities, None, dt.datetime(2030, 1, 1), {}, (), ()), pairs


def features() -> Iterator[Feature]:
    """Yield the specs of the matrix, column by column."""
    for window in WINDOWS:
        for event in EVENTS:
            yield _feature(f"count.{event}.{suffix(window)}", "count", event, window)
    for aggregate in ("count", *DISTINCT, "sum"):
        for window in WINDOWS:
            name = "seconds" if aggregate == "sum" else aggregate
            yield _feature(f"{name}.{suffix(window)}", aggregate, None, window)
    yield _feature("recency", "recency")
    for event in TIMED:
        yield _feature(f"recency.{event}", "recency", event)
    for event in TIMED:
        yield _feature(f"first.{event}", "first", event)
    yield _feature("trend", "trend")
    for event in TRENDING:
        yield _feature(f"trend.{event}", "trend", event)
    yield _feature("age_days", "age")


def _feature(name: str, aggregate: Aggregate, event: str | None = None, window: int | None = None) -> Feature:
    events = None if event is None else (event,)
    source = "seconds" if aggregate == "sum" else None
    return Feature(name, "engagement", "usage", aggregate, events=events, source=source, window_days=window)
