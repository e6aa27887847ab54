"""Random lives of a source: its state against a full build, bit for bit."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from pqlml.features import build_features
from pqlml.features.store import FeatureStore, intake, parts, update
from pqlml.warehouse import LocalWarehouse
from tests.features.histories import behaviour_features
from tests.features.store.sequences import Life, definition, events_of, pair_table, table, tables

_TOLD_EVERY = 50


def compare(number: int) -> dict[str, Any]:
    """Let so many sources live, and stop at the first value that differs.

    Parts are small and the past moves often, so that short lives see all that happens to long ones.
    """
    update.STEP_DAYS, parts.PART_ROWS, intake.ROWS_AT_ONCE = 3, 5, 50  # type: ignore[misc] # smaller for a while
    features, started = behaviour_features(), time.perf_counter()
    counts = {"sequences": number, "steps": 0, "events": 0, "deleted": 0, "repaired_days": 0, "values": 0}
    for seed in range(number):
        chance = random.Random(seed)  # noqa: S311 - makes cases, not secrets
        life = Life(chance)
        with tempfile.TemporaryDirectory() as folder, LocalWarehouse() as warehouse:
            store = FeatureStore.open(Path(folder), definition(), features)
            for step in life.steps(chance.randint(2, 7)):
                told = (
                    store.add(table(step.rows))
                    if step.rows
                    else store.delete(event_ids=step.event_ids, entity_ids=step.entity_ids, user_ids=step.user_ids)
                )
                counts["steps"] += 1
                counts["deleted"] += told.deleted
                counts["repaired_days"] += len(told.repaired)
            made, pairs = tables(warehouse, life.rows), pair_table(warehouse, chance, life)
            full = build_features(made, pairs, features)
            pd.testing.assert_frame_equal(
                store.features(made, pairs, features), full, check_exact=True, obj=f"sequence {seed}"
            )
            counts["events"] += len(events_of(life.rows))
            counts["values"] += full.size
        if (seed + 1) % _TOLD_EVERY == 0:
            print(f"{seed + 1} sequences are equal, {time.perf_counter() - started:.0f} s")
    return {**counts, "equal": True, "features": len(features)}
