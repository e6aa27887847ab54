"""Featuretools, with the cutoffs as label times of Compose, in an environment of their own.

Run by an interpreter that has them and pandas 2; nothing else of this repository is imported there. Windows are
training windows, one pass each. What Featuretools has no primitive for is computed from its columns afterwards.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import composeml  # type: ignore[import-not-found] # lives in an environment of its own
import featuretools as ft  # type: ignore[import-not-found] # the same
import pandas as pd

from feature_table.matrix import DISTINCT, EVENTS, TIMED, TRENDING, WINDOWS, columns, suffix

KEYS = {"days": "day", "users": "user_id", "sessions": "session_id", "events": "event"}


def prepare(folder: Path, calendar: str) -> Callable[[], pd.DataFrame]:
    """Load the tables into an entity set; return the function that builds the matrix."""
    warnings.simplefilter("ignore")  # it warns of what pandas 2 deprecates, thousands of times
    events = pd.read_parquet(folder / "events.parquet").drop(columns=["known_at", "event_id"])
    events["day"] = events["ts"].dt.strftime("%Y-%m-%d")
    accounts = pd.read_parquet(folder / "entities.parquet", columns=["entity_id"])
    tables = ft.EntitySet()
    kinds = dict.fromkeys(KEYS.values(), "Categorical")
    tables.add_dataframe(accounts, "accounts", index="entity_id", logical_types={"entity_id": "Categorical"})
    tables.add_dataframe(
        events,
        "events",
        index="number",
        make_index=True,
        time_index="ts",
        logical_types={**kinds, "entity_id": "Categorical"},
    )
    tables.add_relationship("accounts", "entity_id", "events", "entity_id")
    pairs = pd.read_parquet(folder / f"pairs_{calendar}.parquet")
    asked = pairs[["entity_id", "cutoff"]].rename(columns={"cutoff": "time"}).assign(label=True)
    times = composeml.LabelTimes(asked, target_dataframe_index="entity_id", target_columns=["label"])
    return lambda: _build(tables, pd.DataFrame(times), pairs)


def _build(tables: Any, times: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:  # noqa: ANN401 - has no types
    parts = [pairs.set_index(["entity_id", "cutoff"])]
    for window in WINDOWS:
        wanted = dict(_features(tables, window))
        matrix = ft.calculate_feature_matrix(
            list(wanted.values()),
            tables,
            cutoff_time=times,
            training_window=None if window is None else f"{window} days",
            include_cutoff_time=False,
            cutoff_time_in_index=True,
        )
        columns_made = {name: matrix[feature.get_name()] for name, feature in wanted.items()}
        parts.append(pd.DataFrame(columns_made).rename_axis(index=["entity_id", "cutoff"]))
    table = pd.concat(parts, axis=1).reset_index()
    age = (table["cutoff"] - table["signup_at"]).dt.total_seconds() / 86400
    for event in TIMED:
        table[f"first.{event}"] = age - table[f"first.{event}"]
    for event in ("", *(f".{event}" for event in TRENDING)):
        recent, month = table[f"count{event}.7d"], table[f"count{event}.28d"]
        table[f"trend{event}"] = (recent / 7 / ((month - recent + 1) / 21)).where(month > 0)
    zero = [name for name in columns() if name.split(".")[0] in ("count", "seconds", *DISTINCT)]
    table[zero] = table[zero].astype(float).fillna(0)
    return table.assign(age_days=age)[["row_id", *columns()]]


def _features(tables: Any, window: int | None) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - has no types
    events = {name: ft.Feature(tables["events"].ww[name]) for name in ("number", "event", "ts", "p_seconds")}

    def of(base: str, primitive: Any, event: str | None = None) -> Any:  # noqa: ANN401 - has no types
        where = None if event is None else events["event"] == event
        return ft.Feature(events[base], parent_dataframe_name="accounts", primitive=primitive, where=where)

    for event in EVENTS:
        yield f"count.{event}.{suffix(window)}", of("number", ft.primitives.Count, event)
    yield f"count.{suffix(window)}", of("number", ft.primitives.Count)
    yield f"seconds.{suffix(window)}", of("p_seconds", ft.primitives.Sum)
    for name, key in KEYS.items():
        yield (
            f"{name}.{suffix(window)}",
            ft.Feature(
                ft.Feature(tables["events"].ww[key]),
                parent_dataframe_name="accounts",
                primitive=ft.primitives.NumUnique,
            ),
        )
    if window is None:
        yield "recency", of("ts", ft.primitives.TimeSinceLast(unit="days"))
        for event in TIMED:
            yield f"recency.{event}", of("ts", ft.primitives.TimeSinceLast(unit="days"), event)
            yield f"first.{event}", of("ts", ft.primitives.TimeSinceFirst(unit="days"), event)
