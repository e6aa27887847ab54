"""Random lives of a source: its state against a full build, bit for bit."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from pqlml.features import build_features
from pqlml.features.store import FeatureStore, intake, parts, update
from pqlml.warehouse import LocalWarehouse
from tests.features.histories import behaviour_features
from tests.features.store.sequences import Life, definition, events_of, pair_table, table, tables

_TOLD_EVERY = 20
_COUNTED = ("steps", "deleted", "repaired_days", "events", "values")
_FEATURES = behaviour_features()


def compare(
    number: int, before: Mapping[str, Any] | None = None, keep: Callable[[dict[str, Any]], None] = lambda _: None
) -> dict[str, Any]:
    """Let so many sources live, on all processor cores, and stop at the first value that differs.

    Parameters
    ----------
    before
        What some of them gave in a run that was broken off.
    keep
        Takes what there is, every now and then.
    """
    started = time.perf_counter()
    counts = Counter[str]({name: int((before or {}).get(name, 0)) for name in ("sequences", "seconds", *_COUNTED)})
    first, seconds = counts.pop("sequences"), counts.pop("seconds")

    def told(done: int) -> dict[str, Any]:
        spent = seconds + round(time.perf_counter() - started)
        return {"sequences": done, **counts, "equal": True, "features": len(_FEATURES), "seconds": spent}

    others = multiprocessing.get_context("spawn")  # a copy of this process would have threads that do not run
    with ProcessPoolExecutor(os.cpu_count(), mp_context=others, initializer=_make_small) as pool:
        for done, one in enumerate(pool.map(_live, range(first, number), chunksize=4), start=first + 1):
            counts.update(one)
            if done % _TOLD_EVERY == 0:
                keep(told(done))
                print(f"{done} sequences are equal, {time.perf_counter() - started:.0f} s", flush=True)
    return told(max(first, number))


def _make_small() -> None:
    """Make parts small, and let the past move often: so short lives see all that happens to long ones."""
    update.STEP_DAYS, parts.PART_ROWS, intake.ROWS_AT_ONCE = 3, 5, 50  # type: ignore[misc] # this process does no more


def _live(seed: int) -> dict[str, int]:
    """Let one source live; return what happened to it."""
    chance = random.Random(seed)  # noqa: S311 - makes cases, not secrets
    life, counts = Life(chance), Counter[str]()
    with tempfile.TemporaryDirectory() as folder, LocalWarehouse() as warehouse:
        store = FeatureStore.open(Path(folder), definition(), _FEATURES)
        for step in life.steps(chance.randint(2, 7)):
            told = (
                store.add(table(step.rows))
                if step.rows
                else store.delete(event_ids=step.event_ids, entity_ids=step.entity_ids, user_ids=step.user_ids)
            )
            counts.update(steps=1, deleted=told.deleted, repaired_days=len(told.repaired))
        made, pairs = tables(warehouse, life.rows), pair_table(warehouse, chance, life)
        full = build_features(made, pairs, _FEATURES)
        pd.testing.assert_frame_equal(
            store.features(made, pairs, _FEATURES), full, check_exact=True, obj=f"sequence {seed}"
        )
    counts.update(events=len(events_of(life.rows)), values=full.size)
    return dict(counts)
