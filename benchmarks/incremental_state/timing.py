"""One more day against a full build, turn by turn, on the same events."""

from __future__ import annotations

import datetime as dt
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from incremental_state.data import DEFINITION, START, make_data
from incremental_state.live import measure_live
from incremental_state.pairs import all_pairs
from pqlml.definition import Definition, parse_definition
from pqlml.events import load_tables
from pqlml.features import Feature, build_features, catalogue, learn_vocabulary
from pqlml.features.store import FeatureStore
from pqlml.warehouse import LocalWarehouse

BASE_DAYS: Final = 365
NOW: Final = dt.datetime(2026, 12, 31)

Entry = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much there is."""

    events: int
    accounts: int


SIZES: Final = {
    "10m_10k": Size(10_000_000, 10_000),
    "10m_100k": Size(10_000_000, 100_000),
    "30m_30k": Size(30_000_000, 30_000),
}


@dataclass
class Clock:
    """Seconds of wall and processor by what was done."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def time(self, what: str) -> Iterator[None]:
        """Measure what is done inside."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall.setdefault(what, []).append(time.perf_counter() - wall)
        self.processor.setdefault(what, []).append(time.process_time() - processor)


def measure_size(name: str, size: Size, folder: Path, runs: int) -> Entry:
    """Measure a state from scratch; then one day after the other, each beside a full build of all days so far."""
    data, definition, clock = folder / name, parse_definition(DEFINITION), Clock()
    make_data(data, size.events, size.accounts, BASE_DAYS + runs, BASE_DAYS)
    source = _source(data, BASE_DAYS)
    features = _features(definition, source)
    state = data / "state"
    shutil.rmtree(state, ignore_errors=True)
    with clock.time("scratch"):
        FeatureStore.open(state, definition).add_file(source / "events")
    cutoff, added = START, pd.DataFrame()
    for day in range(BASE_DAYS, BASE_DAYS + runs):
        cutoff = START + dt.timedelta(days=day + 1)
        with clock.time("day"):
            added = _one_more(definition, source, data / "days" / f"{day:03d}.parquet", state, cutoff, features)
        source = _source(data, day + 1)
        with clock.time("full"):
            full = _full(definition, source, cutoff, features)
        pd.testing.assert_frame_equal(added, full, check_exact=True)
        if day == BASE_DAYS:  # the first turn loads and compiles
            clock.wall["first day"], clock.wall["first full"] = clock.wall.pop("day"), clock.wall.pop("full")
            clock.processor.pop("day"), clock.processor.pop("full")
        print(f"{name}: day {clock.wall.get('day', [0])[-1]:.2f} s, full {clock.wall.get('full', [0])[-1]:.2f} s")
    live = measure_live(definition, source, state, cutoff, features, added)
    return _entry(name, size, len(features), state, clock) | {"live": live}


def _entry(name: str, size: Size, features: int, state: Path, clock: Clock) -> Entry:
    day, full = clock.wall["day"], clock.wall["full"]
    processor = {what: statistics.median(clock.processor[what]) for what in ("day", "full")}
    return {
        "size": name,
        "events": size.events,
        "accounts": size.accounts,
        "features": features,
        "base_days": BASE_DAYS,
        "runs": len(day),
        "full_seconds": round(statistics.median(full), 3),
        "day_seconds": round(statistics.median(day), 3),
        "day_seconds_mean": round(statistics.mean(day), 3),
        "day_seconds_longest": round(max(day), 3),
        "day_over_full": round(statistics.median(one / other for one, other in zip(day, full, strict=True)), 4),
        "mean_day_over_mean_full": round(statistics.mean(day) / statistics.mean(full), 4),
        "processor_day_over_full": round(processor["day"] / processor["full"], 4),
        "scratch_seconds": round(clock.wall["scratch"][0], 1),
        "state_mb": round(sum(file.stat().st_size for file in state.rglob("*") if file.is_file()) / 1e6),
        "days": [round(seconds, 3) for seconds in day],
        "fulls": [round(seconds, 3) for seconds in full],
    }


def _full(definition: Definition, source: Path, cutoff: dt.datetime, features: tuple[Feature, ...]) -> pd.DataFrame:
    """Build the table from the files of the source, as training and scoring do."""
    with LocalWarehouse() as warehouse:
        tables = load_tables(warehouse, definition, source, NOW)
        return build_features(tables, all_pairs(definition, tables, cutoff), features)


def _one_more(
    definition: Definition, source: Path, new: Path, state: Path, cutoff: dt.datetime, features: tuple[Feature, ...]
) -> pd.DataFrame:
    """Read a day's file, update the state on disk, read accounts, and compute the table."""
    store = FeatureStore.open(state, definition)
    store.add_file(new)
    with LocalWarehouse() as warehouse:
        tables = store.tables(warehouse, source, NOW)
        return store.features(tables, all_pairs(definition, tables, cutoff), features)


def _features(definition: Definition, source: Path) -> tuple[Feature, ...]:
    with LocalWarehouse() as warehouse:
        tables = load_tables(warehouse, definition, source, NOW)
        return catalogue(definition, learn_vocabulary(definition, tables))


def _source(data: Path, days: int) -> Path:
    """Make a folder of the first days, by links."""
    source = data / "source"
    shutil.rmtree(source, ignore_errors=True)
    (source / "events").mkdir(parents=True)
    (source / "accounts.parquet").symlink_to(data / "accounts.parquet")
    for day in range(days):
        name = f"{day:03d}.parquet"
        (source / "events" / name).symlink_to(data / "days" / name)
    return source
