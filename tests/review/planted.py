"""Companies in which what goes together with conversion is known: an action, activity as a whole, or nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from pqlml.definition import Definition, parse_definition

Kind = Literal["rule", "activity", "noise"]

TEXT = """
name: planted
sources:
  events: {path: events.parquet, entity_id: account, event: event, ts: at}
  entities: {path: accounts.parquet, entity_id: account, signup_at: created}
  observed_until: 2025-10-01
snapshots: {every_days: 7}
conversion: {event: paid, horizon_days: 30}
signals:
  engagement: {signed_in: [signed_in], reports: [report_built]}
  team: {invited: [invite_sent]}
windows_days: [7, all]
"""
RATES = {
    "signed_in": 0.9,
    "report_built": 0.35,
    "invite_sent": 0.3,
    "record_created": 1.2,
    "export_run": 0.2,
    "comment_written": 0.4,
    "page_viewed": 2.0,
    "search_run": 0.5,
}
"""Events per day of an account of ordinary activity."""
DAYS = 40


def definition(more: str = "") -> Definition:
    """Return the definition of the planted company."""
    return parse_definition(TEXT + more)


def write_company(folder: Path, kind: Kind, seed: int, accounts: int = 2000) -> Definition:
    """Write events and accounts, and return the definition.

    With ``rule``, whoever sends 3 invitations within 7 days of sign-up converts far more often afterwards. With
    ``activity`` only the level of activity matters, which raises every action. A few convert within the first days and
    then do everything, invitations above all: whoever counts that has looked into the future.
    """
    rng = np.random.default_rng([seed, 77])
    level = rng.lognormal(0, 0.6, accounts)
    created = np.datetime64("2025-01-01", "us") + (rng.random(accounts) * 230 * 86_400e6).astype("timedelta64[us]")
    account, event, day = [], [], []
    for name, rate in RATES.items():
        number = rng.poisson(rate * level * DAYS)
        account.append(np.repeat(np.arange(accounts), number))
        day.append(rng.random(number.sum()) * DAYS)
        event.append(np.full(number.sum(), name))
    who, when, what = np.concatenate(account), np.concatenate(day), np.concatenate(event)
    invited = np.bincount(who[(what == "invite_sent") & (when < 7)], minlength=accounts) >= 3
    chance = {
        "rule": np.where(invited, 0.32, 0.05),
        "activity": 1 / (1 + np.exp(2.8 - 1.6 * np.log(level))),
        "noise": np.full(accounts, 0.1),
    }[kind]
    converts = rng.random(accounts) < chance
    paid = np.where(converts, 7 + 30 * rng.random(accounts), np.inf)
    at_once = rng.random(accounts) < 0.03
    paid = np.where(at_once, 0.2 + 2 * rng.random(accounts), paid)
    burst = np.flatnonzero(at_once).repeat(12)
    who = np.concatenate([who, burst, np.flatnonzero(paid < np.inf)])
    when = np.concatenate([when, paid[burst] + rng.random(len(burst)), paid[paid < np.inf]])
    what = np.concatenate([what, np.full(len(burst), "invite_sent"), np.full(int((paid < np.inf).sum()), "paid")])
    ids = np.array([f"a{number:05}" for number in range(accounts)])
    at = created[who] + (when * 86_400e6).astype("timedelta64[us]")
    before_end = at < np.datetime64(dt.datetime(2025, 10, 1))
    pd.DataFrame({"account": ids[who], "event": what, "at": at})[before_end].to_parquet(folder / "events.parquet")
    pd.DataFrame({"account": ids, "created": created}).to_parquet(folder / "accounts.parquet")
    return definition()
