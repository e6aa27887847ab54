"""Straightforward pandas: one cutoff after the other, one window after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from feature_table.matrix import CALENDARS, DISTINCT, EVENTS, TIMED, TRENDING, WINDOWS, columns, suffix

READ = ["entity_id", "user_id", "event", "ts", "session_id", "p_seconds"]


def prepare(folder: Path, calendar: str) -> Callable[[], pd.DataFrame]:
    """Return the function that reads the tables and builds the matrix."""

    def build() -> pd.DataFrame:
        events = pd.read_parquet(folder / "events.parquet", columns=READ)
        for name in ("entity_id", "user_id", "event", "session_id"):
            events[name] = events[name].astype("category")
        events["day"] = events["ts"].dt.floor("D")
        pairs = pd.read_parquet(folder / f"pairs_{calendar}.parquet")
        parts = []
        for cutoff in CALENDARS[calendar]:
            asked = pairs[pairs["cutoff"] == pd.Timestamp(cutoff)].set_index("entity_id")
            parts.append(_at(events[events["ts"] < cutoff], asked, pd.Timestamp(cutoff)))
        return pd.concat(parts, ignore_index=True)

    return build


def _at(events: pd.DataFrame, asked: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of one cutoff; the events are those before it."""
    found: dict[str, pd.Series] = {"row_id": asked["row_id"], "age_days": _days(cutoff - asked["signup_at"])}
    for window in WINDOWS:
        inside = events if window is None else events[events["ts"] >= cutoff - pd.Timedelta(days=window)]
        by_account = inside.groupby("entity_id", observed=True)
        counts = inside.groupby(["entity_id", "event"], observed=True).size().unstack(fill_value=0)  # noqa: PD010 - pairs of keys are unique
        made = {f"count.{event}": counts[event] for event in EVENTS if event in counts}
        made |= {
            "count": by_account.size(),
            "seconds": by_account["p_seconds"].sum(),
            "events": by_account["event"].nunique(),
        }
        for name, key in (("days", "day"), ("users", "user_id"), ("sessions", "session_id")):
            different = inside[["entity_id", key]].drop_duplicates()
            made[name] = different.groupby("entity_id", observed=True).size()
        found |= {f"{name}.{suffix(window)}": values for name, values in made.items()}
    found["recency"] = _days(cutoff - events.groupby("entity_id", observed=True)["ts"].max())
    for event in TIMED:
        times = events[events["event"] == event].groupby("entity_id", observed=True)["ts"]
        found[f"recency.{event}"] = _days(cutoff - times.max())
        found[f"first.{event}"] = _days(times.min() - asked["signup_at"])
    table = pd.DataFrame({name: series.reindex(asked.index) for name, series in found.items()})
    table = table.reindex(columns=["row_id", *columns()])
    zero = [name for name in columns() if name.split(".")[0] in ("count", "seconds", *DISTINCT)]
    table[zero] = table[zero].fillna(0)
    for event in ("", *(f".{event}" for event in TRENDING)):
        recent, month = table[f"count{event}.7d"], table[f"count{event}.28d"]
        table[f"trend{event}"] = (recent / 7 / ((month - recent + 1) / 21)).where(month > 0)
    return table


def _days(duration: pd.Series[pd.Timedelta]) -> pd.Series[float]:
    return duration.dt.total_seconds() / 86400
