"""The simulator: blocks of accounts, one after the other, streamed to Parquet, with the truth beside them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from pqlml.errors import PqlmlError
from pqlml.events.simulate import truth
from pqlml.events.simulate.accounts import draw_accounts
from pqlml.events.simulate.columns import NEVER
from pqlml.events.simulate.days import Diary, Moments, live
from pqlml.events.simulate.deals import DEALS, deals_table, stages
from pqlml.events.simulate.dirt import collect
from pqlml.events.simulate.hazard import BY_NAME
from pqlml.events.simulate.memberships import MEMBERSHIPS, memberships_table, titles
from pqlml.events.simulate.records import (
    ACCOUNTS_SCHEMA,
    EVENTS_SCHEMA,
    USERS_SCHEMA,
    accounts_table,
    events_table,
    users_table,
)
from pqlml.events.simulate.touches import MQL, OUTREACH, mql_table, outreach_table
from pqlml.events.simulate.visits import happenings
from pqlml.events.simulate.world import World

BLOCK: Final = 2000
"""Accounts that are simulated together; a constant, because it takes part in what a seed means."""
MAX_ACCOUNTS: Final = 1_000_000
SCHEMAS: Final = {
    "events": EVENTS_SCHEMA,
    "accounts": ACCOUNTS_SCHEMA,
    "users": USERS_SCHEMA.append(pa.field("title", pa.string())),
    "memberships": MEMBERSHIPS,
    "deals": DEALS,
    "outreach": OUTREACH,
    "mql": MQL,
    "truth/probability": truth.PROBABILITY_SCHEMA,
    "truth/accounts": truth.ACCOUNTS_TRUTH_SCHEMA,
}


class SimulationSummary(BaseModel):
    """What was written.

    Attributes
    ----------
    rows
        Rows per table.
    planted
        How many accounts or events each planted thing concerns.
    truth
        Conversions, converted share of the accounts outside the company, and mean true probability per account-day.
    paths
        File of each table and of each part of the truth.
    """

    model_config = ConfigDict(frozen=True)

    accounts: int
    seed: int
    rows: dict[str, int]
    planted: dict[str, int]
    truth: dict[str, float]
    paths: dict[str, Path]


def simulate(
    out: Path,
    *,
    accounts: int,
    seed: int,
    world: World = World(),  # noqa: B008 - frozen
    progress: Callable[[int, int], None] | None = None,
) -> SimulationSummary:
    """Write the tables of a simulated company, and the truth about it, to a folder.

    The same arguments give the same bytes. Accounts come in blocks of `BLOCK`, each with its own random generator, so
    that a full block is the same whatever the number of accounts after it; memory does not grow with their number.

    Parameters
    ----------
    out
        Folder to write to; made if missing, files of earlier simulations are replaced.
    accounts
        Number of accounts, 1 to 1,000,000.
    progress
        Called after each block with the accounts done and the accounts in all.

    Raises
    ------
    PqlmlError
        If the number of accounts is out of range, or the seed is negative.
    """
    if not 1 <= accounts <= MAX_ACCOUNTS:
        msg = f"accounts is {accounts:,}; expected a number from 1 to {MAX_ACCOUNTS:,}."
        raise PqlmlError(msg)
    if seed < 0:
        msg = f"seed is {seed}; expected 0 or a positive number."
        raise PqlmlError(msg)
    (out / "truth").mkdir(parents=True, exist_ok=True)
    paths = {name: out / f"{name}.parquet" for name in SCHEMAS}
    rows, counts, moments, probability = Counter[str](), Counter[str](), Moments(), 0.0
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(pq.ParquetWriter(paths[name], schema, compression="zstd"))
            for name, schema in SCHEMAS.items()
        }
        for block, first in enumerate(range(0, accounts, BLOCK)):
            size = min(BLOCK, accounts - first)
            tables, diary, counted = simulate_block(block, first, size, seed, world)
            for name, table in tables.items():
                writers[name].write_table(table)
                rows[name] += len(table)
            counts.update(counted)
            moments.add(diary.moments.days, diary.moments.total, diary.moments.squares)
            probability += float(diary.truth.probability.sum())
            if progress is not None:
                progress(first + size, accounts)
    paths |= _write_truth(out / "truth", world, counts, moments)
    return SimulationSummary(
        accounts=accounts,
        seed=seed,
        rows=dict(rows),
        planted={name: counts[name] for name in sorted(counts) if name != "converted"},
        truth={
            "conversions": float(counts["converted"]),
            "conversion_rate": counts["converted"] / max(accounts - counts["internal"], 1),
            "mean_probability_30d": probability / max(rows["truth/probability"], 1),
        },
        paths=paths,
    )


def simulate_block(
    block: int, first: int, size: int, seed: int, world: World
) -> tuple[dict[str, pa.Table], Diary, dict[str, int]]:
    """Return the tables of one block of accounts, what happened in it, and the counts of what was planted."""
    rng = np.random.default_rng([seed, block])
    diary = live(draw_accounts(first, size, world, rng), world, rng)
    happened = happenings(diary, world, rng)
    reached = stages(diary, happened, world, rng)
    collected = collect(diary, happened, world, rng)
    accounts = accounts_table(diary, reached, world, rng)
    users = users_table(diary, happened, world, rng)
    people = np.random.default_rng([seed, block, 1])  # of its own: events stay what they were
    users = users.append_column("title", titles(users["role"], users["department"], people))
    memberships, moves = memberships_table(users, happened, diary.accounts.number, world, people)
    tables = {
        "events": events_table(diary, collected, block),
        "accounts": accounts,
        "users": users,
        "memberships": memberships,
        "deals": deals_table(diary, reached, world, rng),
        "outreach": outreach_table(diary, reached, rng),
        "mql": mql_table(diary, world, rng),
        "truth/probability": truth.probability_table(diary, world),
        "truth/accounts": truth.accounts_truth_table(diary, reached, world),
    }
    return tables, diary, collected.counts | _counts(diary) | moves


def _counts(diary: Diary) -> dict[str, int]:
    accounts = diary.accounts
    converted = diary.converted_age != NEVER
    picked = diary.picked_age != NEVER
    since = diary.converted_age - diary.picked_age
    in_time = picked & converted & (since >= 1) & (since <= (BY_NAME["outreach"].window_days or 0))
    return {
        "converted": int(converted.sum()),
        "internal": int(accounts.internal.sum()),
        "dormant": int(accounts.dormant.sum()),
        "free_mail": int((accounts.free_mail & ~accounts.internal).sum()),
        "negative_persona": int(accounts.persona.sum()),
        "late_firmographics": int((accounts.enriched_age >= 1).sum()),
        "aha_reached": int((diary.aha_age != NEVER).sum()),
        "treated": int(diary.treated.sum()),
        "control": int((picked & ~diary.treated).sum()),
        "treated_converted": int((in_time & diary.treated).sum()),
        "control_converted": int((in_time & ~diary.treated).sum()),
    }


def _write_truth(folder: Path, world: World, counts: Counter[str], moments: Moments) -> dict[str, Path]:
    parts: dict[str, Any] = {
        "drivers": truth.drivers(world, moments),
        "aha": truth.aha(world),
        "persona": truth.persona(world),
        "outreach": truth.outreach(world, counts),
        "dirt": truth.dirt(world, counts),
        "world": world.model_dump(mode="json"),
    }
    for name, part in parts.items():
        (folder / f"{name}.json").write_text(json.dumps(part, indent=2) + "\n", encoding="utf-8")
    return {f"truth/{name}": folder / f"{name}.json" for name in parts}
