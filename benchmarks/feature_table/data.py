"""Generated product usage: canonical tables as ``pqlml.events.load_tables`` makes them, as Parquet files.

Accounts differ in how busy they are, sign up at different times and have a few users each; usage comes in sessions of
about six events, in the order of time. The same size gives the same rows on every machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from feature_table.matrix import DAYS, EVENTS, MONTHLY, SCATTERED, START, WEEKLY

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAY = 86_400_000_000
"""Microseconds."""
VISIT = 40 * 60 * 1_000_000
"""Longest session, in microseconds."""
VISIT_EVENTS = 6
"""Events of a session, on average."""

_EVENTS = f"""
SELECT 'a' || account AS entity_id, 'u' || person AS user_id, {list(EVENTS)}[code + 1] AS event,
  make_timestamp(ts) AS ts, make_timestamp(ts) AS known_at, NULL::VARCHAR AS event_id,
  's' || visit AS session_id, tenths / 10 AS p_seconds
FROM drawn
"""

_ENTITIES = """
SELECT 'a' || account AS entity_id, NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to,
  make_timestamp(signup) AS signup_at
FROM accounts
"""

_PAIRS = """
SELECT row_number() OVER (ORDER BY entity_id, cutoff) - 1 AS row_id, entity_id, cutoff, signup_at
FROM entities CROSS JOIN (SELECT unnest($cutoffs::TIMESTAMP[]) AS cutoff)
WHERE signup_at < cutoff
ORDER BY entity_id, cutoff
"""


_SCATTERED = """
SELECT row_number() OVER (ORDER BY entity_id) - 1 AS row_id, entity_id, cutoff, signup_at
FROM entities JOIN (SELECT unnest(range(200)) AS number, unnest($cutoffs::TIMESTAMP[]) AS cutoff)
  ON ltrim(entity_id, 'a')::BIGINT % 200 = number
ORDER BY entity_id
"""


@dataclass(frozen=True)
class Accounts:
    """One place per account: how busy it is, when it signed up (days after the start), its users' numbers."""

    weight: Doubles
    signup: Doubles
    users: Integers
    first_user: Integers


def make_data(folder: Path, events: int, accounts: int) -> None:
    """Write ``events``, ``entities`` and the pairs of both calendars, unless they are there."""
    if (folder / "complete").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_accounts(accounts)
    signup = start_us() + (drawn.signup * DAY).astype(np.int64)
    with duckdb.connect() as engine:
        engine.execute("SET enable_progress_bar = false")
        engine.register("accounts", pa.table({"account": np.arange(accounts), "signup": signup}))
        engine.execute(f"CREATE TABLE entities AS {_ENTITIES}")
        _write(engine, "FROM entities", folder / "entities.parquet")
        for name, cutoffs in (("monthly", MONTHLY), ("weekly", WEEKLY)):
            _write(engine, _PAIRS, folder / f"pairs_{name}.parquet", {"cutoffs": list(cutoffs)})
        _write(engine, _SCATTERED, folder / "pairs_scattered.parquet", {"cutoffs": list(SCATTERED)})
        engine.register("drawn", pa.RecordBatchReader.from_batches(SCHEMA, draw_events(drawn, events)))
        _write(engine, _EVENTS, folder / "events.parquet")
    (folder / "complete").touch()


SCHEMA = pa.schema(
    [
        ("account", pa.int32()),
        ("person", pa.int32()),
        ("code", pa.int8()),
        ("ts", pa.int64()),
        ("visit", pa.int64()),
        ("tenths", pa.int32()),
    ]
)


def draw_accounts(accounts: int) -> Accounts:
    """Draw accounts of very different size, some of whom signed up before the log begins."""
    chance = np.random.default_rng(7)
    users = 1 + chance.poisson(2, accounts)
    return Accounts(
        weight=chance.lognormal(0, 1, accounts),
        signup=chance.uniform(-60, DAYS - 30, accounts),
        users=users,
        first_user=users.cumsum() - users,
    )


def draw_events(accounts: Accounts, events: int) -> Iterator[pa.RecordBatch]:
    """Draw the log, one batch per day, with exactly that many events."""
    active = np.array([accounts.weight[accounts.signup < day].sum() for day in range(DAYS)])
    until = np.round(active.cumsum() / active.sum() * events).astype(np.int64)
    visits = 0
    for day, size in enumerate(np.diff(until, prepend=0)):
        batch, visits = _draw_day(accounts, day, int(size), visits)
        yield batch


def _draw_day(accounts: Accounts, day: int, events: int, visits: int) -> tuple[pa.RecordBatch, int]:
    chance = np.random.default_rng([7, day])
    length = chance.geometric(1 / VISIT_EVENTS, events)
    length = length[: np.searchsorted(length.cumsum(), events) + 1]
    visit = np.arange(len(length)).repeat(length)[:events]
    share = (accounts.weight * (accounts.signup < day)).cumsum()
    account = np.searchsorted(share, chance.random(len(length)) * share[-1], side="right")
    person = (accounts.users[account] * chance.random(len(length)) ** 2).astype(np.int64)
    begin = (chance.random(len(length)) * (DAY - VISIT)).astype(np.int64)
    ts = start_us() + day * DAY + begin[visit] + chance.integers(0, VISIT, events)
    order = np.argsort(ts, kind="stable")
    visit = visit[order]
    frequency = 1 / (np.arange(len(EVENTS)) + 1)
    columns = (
        account[visit],
        (accounts.first_user[account] + person)[visit],
        chance.choice(len(EVENTS), events, p=frequency / frequency.sum()),
        ts[order],
        visits + visit,
        np.round(chance.exponential(300, events)),
    )
    arrays = [
        pa.array(column.astype(kind.to_pandas_dtype())) for column, kind in zip(columns, SCHEMA.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA), visits + len(length)


def start_us() -> int:
    """Return the start of the log in microseconds since 1970."""
    return round(START.replace(tzinfo=dt.UTC).timestamp()) * 1_000_000


def _write(
    engine: duckdb.DuckDBPyConnection, query: str, path: Path, values: Mapping[str, Sequence[Any]] | None = None
) -> None:
    engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 250000)", values or {})
