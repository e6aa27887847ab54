"""Generated usage of a product, one Parquet file per day: sessions of accounts of very different size."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

START: Final = dt.datetime(2025, 1, 1)
DAY: Final = 86_400_000_000
LATE: Final = 0.01
"""Share of events that become known some days after they happened."""

EVENTS: Final = (
    *("page_viewed", "signed_in", "doc_opened", "search_run", "doc_edited", "export_run", "commented", "invite_sent"),
    *("shared", "uploaded", "project_created", "integration_connected", "api_called", "dashboard_viewed"),
    *("downloaded", "pricing_viewed", "settings_changed", "report_built", "ticket_opened", "doc_deleted"),
)
DEFINITION: Final = """\
name: usage
sources:
  events:
    path: events
    entity_id: account_id
    user_id: user_id
    event: event
    ts: timestamp
    known_at: received_at
    event_id: event_id
    session_id: session_id
    properties: {seconds: duration_s}
    distinct: {places: place}
  entities: {path: accounts.parquet, entity_id: account_id, signup_at: created_at}
snapshots: {every_days: 7}
conversion: {event: ticket_opened, horizon_days: 30}
signals:
  engagement:
    active: [page_viewed, signed_in]
    features: [report_built, export_run, dashboard_viewed, search_run]
    documents: [doc_opened, doc_edited, doc_deleted]
    files: [uploaded, downloaded]
  team: {invited: [invite_sent], shared: [shared], commented: [commented]}
  value: {projects: [project_created], connected: [integration_connected, api_called]}
  upgrade: {pricing: [pricing_viewed], settings: [settings_changed]}
  fit: {company_size: employees, industry: industry}
windows_days: [7, 14, 28, all]
"""

Floats = npt.NDArray[np.float64]


def make_data(folder: Path, events: int, accounts: int, days: int, base_days: int) -> None:
    """Write ``accounts.parquet`` and ``days/NNN.parquet``; the first ``base_days`` hold about so many events."""
    if (folder / "complete").exists():
        return
    (folder / "days").mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(7)
    weight = chance.lognormal(0, 1.0, accounts)
    signup = chance.uniform(-60, days - 30, accounts)
    users = 1 + chance.poisson(2, accounts)
    write_accounts(folder / "accounts.parquet", chance, signup)
    active = np.array([weight[signup < day].sum() for day in range(days)])
    numbers = np.floor(events * active / active[:base_days].sum()).astype(int)
    for day, number in enumerate(numbers):
        pq.write_table(
            one_day(day, int(number), weight * (signup < day), users), folder / "days" / f"{day:03d}.parquet"
        )
    (folder / "complete").touch()


def write_accounts(path: Path, chance: np.random.Generator, signup: Floats) -> None:
    """Write the accounts."""
    size = len(signup)
    columns = {
        "account_id": [f"a{number:06d}" for number in range(size)],
        "created_at": _instants(signup * DAY),
        "employees": np.exp(chance.normal(3.5, 1.3, size)).astype(np.int32) + 1,
        "industry": [f"industry {number}" for number in chance.integers(0, 10, size)],
        "country": [f"C{number:02d}" for number in chance.integers(0, 30, size)],
    }
    pq.write_table(pa.table(columns), path)


def one_day(day: int, number: int, weight: Floats, users: npt.NDArray[np.int64]) -> pa.Table:
    """Return a day's events: sessions of about six events within forty minutes."""
    chance = np.random.default_rng([7, day])
    sessions = int(number / 6 * 1.2) + 50
    reach = weight.cumsum()
    account = np.searchsorted(reach, chance.random(sessions) * reach[-1]).clip(0, len(weight) - 1)
    session = np.repeat(np.arange(sessions), chance.geometric(1 / 6, sessions))[:number]
    number = len(session)
    begin = chance.random(sessions) * (1 - 40 / 1440)
    ts = ((day + begin[session] + chance.random(number) * 40 / 1440) * DAY).astype(np.int64)
    session = session[np.argsort(ts, kind="stable")]
    ts.sort()
    share = 1 / (np.arange(len(EVENTS)) + 1.0)
    late = np.where(chance.random(number) < LATE, chance.exponential(2 * DAY, number), 0).astype(np.int64)
    person = (users[account] * chance.random(sessions) ** 2).astype(int)
    columns = {
        "account_id": [f"a{one:06d}" for one in account[session]],
        "user_id": [f"u{one}-{other}" for one, other in zip(account[session], person[session], strict=True)],
        "event": np.array(EVENTS)[chance.choice(len(EVENTS), number, p=share / share.sum())],
        "timestamp": _instants(ts),
        "received_at": _instants(ts + late),
        "event_id": [f"{one:016x}" for one in chance.integers(0, 2**63, number)],
        "session_id": [f"{day}-{one}" for one in session],
        "duration_s": chance.exponential(30, number).round(1),
        "place": [f"p{one}" for one in chance.integers(0, 40, number)],
    }
    return pa.table(columns)


def _instants(since_start: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> pa.Array:
    start = int((START - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))
    return pa.array(since_start.astype(np.int64) + start, pa.timestamp("us"))
