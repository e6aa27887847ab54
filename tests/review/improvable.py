"""A company whose hand-set points are half wrong, so that a better definition is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

TEXT = """\
name: improvable      # points as marketing guessed them
version: 1
sources:
  events: {path: events.parquet, entity_id: account, event: event, ts: at}
  entities: {path: accounts.parquet, entity_id: account, signup_at: created}
  observed_until: 2025-12-01
snapshots: {every_days: 14, start: 2025-02-01}
conversion: {event: paid, horizon_days: 28}
signals:
  engagement: {active: [signed_in], exported: [exported]}
  value: {reports: [report_built]}
  upgrade: {pricing: [pricing_viewed]}
  fit: {industry: industry}
windows_days: [28, all]
points:
  - {feature: active.count.28d, at_least: 5, points: 40, dimension: engagement}   # says nothing
  - {feature: reports.count.28d, at_least: 1, points: 40, dimension: value}       # says a lot
  # sales asked for this one
  - {feature: pricing.count.28d, at_least: 1, points: 20, dimension: upgrade}
tiers: {warm: 30, hot: 60, critical: 90}
evaluation: {test_from: 2025-07-20}
"""
END = np.datetime64("2025-12-01", "us")


def write_improvable(folder: Path, accounts: int = 1500, seed: int = 0) -> None:
    """Write events and accounts; reports and exports (which no criterion uses) drive conversion, sign-ins do not."""
    rng = np.random.default_rng([seed, 11])
    created = np.datetime64("2025-01-01", "us") + (rng.random(accounts) * 270 * 86_400e6).astype("timedelta64[us]")
    rates = {"signed_in": 0.2, "exported": 0.02, "report_built": 0.02, "pricing_viewed": 0.02, "page_viewed": 0.3}
    industry = rng.choice(["retail", "saas", "media", "law"], accounts)
    days = ((END - created) / np.timedelta64(1, "D")).astype(int)
    parts = []
    for name, rate in rates.items():
        number = rng.poisson(rate * days)
        who = np.repeat(np.arange(accounts), number)
        parts.append((who, rng.random(len(who)) * days[who], np.full(len(who), name)))
    who, when, what = (np.concatenate(column) for column in zip(*parts, strict=True))
    weekly = np.zeros((accounts, int(days.max()) // 7 + 2, 2))
    for column, name in enumerate(("report_built", "exported")):
        mine = what == name
        for later in range(4):  # a use counts for four weeks
            week = np.minimum((when[mine] // 7).astype(int) + 1 + later, weekly.shape[1] - 1)
            weekly[who[mine], week, column] = 1
    chance = 0.006 + 0.045 * weekly[:, :, 0] + 0.06 * weekly[:, :, 1]
    paid = rng.random(chance.shape) < chance
    first = np.where(paid.any(axis=1), paid.argmax(axis=1) * 7 + 7 * rng.random(accounts), np.inf)
    buyers = np.flatnonzero(first < days)
    who, when = np.r_[who, buyers], np.r_[when, first[buyers]]
    what = np.r_[what, np.full(len(buyers), "paid")]
    kept = when <= first[who]
    ids = np.array([f"a{number:05}" for number in range(accounts)])
    at = created[who] + (when * 86_400e6).astype("timedelta64[us]")
    kept &= at < END
    pd.DataFrame({"account": ids[who], "event": what, "at": at})[kept].to_parquet(folder / "events.parquet")
    frame = pd.DataFrame({"account": ids, "created": created, "industry": industry})
    frame.to_parquet(folder / "accounts.parquet")
