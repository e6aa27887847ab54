"""Polars, streaming: per cutoff a narrow aggregate per (account, event), then the wide form; lazily throughout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from feature_table.matrix import CALENDARS, DISTINCT, EVENTS, TIMED, TRENDING, WINDOWS, columns, suffix

NAMES = pl.Enum(EVENTS)


def prepare(folder: Path, calendar: str) -> Callable[[], list[pl.DataFrame]]:
    """Return the function that scans the tables and builds the matrix, cutoff by cutoff."""

    def build() -> list[pl.DataFrame]:
        events = pl.scan_parquet(folder / "events.parquet").with_columns(pl.col("event").cast(NAMES))
        pairs = pl.scan_parquet(folder / f"pairs_{calendar}.parquet")
        return [
            _at(events.filter(pl.col("ts") < cutoff), pairs.filter(pl.col("cutoff") == cutoff), cutoff).collect(
                engine="streaming"
            )
            for cutoff in CALENDARS[calendar]
        ]

    return build


def _at(events: pl.LazyFrame, asked: pl.LazyFrame, cutoff: dt.datetime) -> pl.LazyFrame:
    """Return the rows of one cutoff; the events are those before it."""

    def inside(window: int | None) -> pl.Expr:
        return pl.col("ts") >= (dt.datetime.min if window is None else cutoff - dt.timedelta(days=window))

    narrow = events.group_by("entity_id", "event").agg(
        *(inside(window).cast(pl.Int32).sum().alias(f"n_{suffix(window)}") for window in WINDOWS),
        *((pl.col("p_seconds") * inside(window)).sum().alias(f"seconds_{suffix(window)}") for window in WINDOWS),
        newest=pl.col("ts").max(),
        oldest=pl.col("ts").min(),
    )
    joined = asked.join(narrow.group_by("entity_id").agg(*_pivoted()), on="entity_id", how="left")
    keys = {"days": pl.col("ts").dt.truncate("1d"), "users": pl.col("user_id"), "sessions": pl.col("session_id")}
    for name, key in keys.items():
        last = events.group_by("entity_id", key.alias("key")).agg(pl.col("ts").max())
        counts = [inside(window).cast(pl.Int32).sum().alias(f"{name}.{suffix(window)}") for window in WINDOWS]
        joined = joined.join(last.group_by("entity_id").agg(*counts), on="entity_id", how="left")
    zero = [name for name in columns() if name.split(".")[0] in ("count", "seconds", *DISTINCT)]
    joined = joined.with_columns(pl.col(zero).fill_null(0)).with_columns(*_finished())
    return joined.select("row_id", *columns())


def _pivoted() -> Iterator[pl.Expr]:
    for window in WINDOWS:
        number = pl.col(f"n_{suffix(window)}")
        for event in EVENTS:
            yield pl.when(_is(event)).then(number).otherwise(0).max().alias(f"count.{event}.{suffix(window)}")
        yield number.sum().alias(f"count.{suffix(window)}")
        yield (number > 0).cast(pl.Int32).sum().alias(f"events.{suffix(window)}")
        yield pl.col(f"seconds_{suffix(window)}").sum().alias(f"seconds.{suffix(window)}")
    yield pl.col("newest").max()
    for event in TIMED:
        yield pl.when(_is(event)).then(pl.col("newest")).max().alias(f"newest.{event}")
        yield pl.when(_is(event)).then(pl.col("oldest")).min().alias(f"oldest.{event}")


def _finished() -> Iterator[pl.Expr]:
    yield _days(pl.col("cutoff") - pl.col("newest")).alias("recency")
    for event in TIMED:
        yield _days(pl.col("cutoff") - pl.col(f"newest.{event}")).alias(f"recency.{event}")
        yield _days(pl.col(f"oldest.{event}") - pl.col("signup_at")).alias(f"first.{event}")
    for event in ("", *(f".{event}" for event in TRENDING)):
        recent, month = (pl.col(f"count{event}.{days}d").cast(pl.Float64) for days in (7, 28))
        yield pl.when(month > 0).then(recent / 7 / ((month - recent + 1) / 21)).alias(f"trend{event}")
    yield _days(pl.col("cutoff") - pl.col("signup_at")).alias("age_days")


def _is(event: str) -> pl.Expr:
    return pl.col("event") == pl.lit(event, dtype=NAMES)


def _days(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds() / 86400e6
