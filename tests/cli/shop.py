"""A small shop whose tables can be spoilt, and commands run as a user runs them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from pqlml.cli import app

DEFINITION = """\
name: shop
sources:
  events: {path: events.csv, entity_id: customer, event: what, ts: at, properties: {spent: amount}}
  entities: {path: customers.csv, entity_id: customer, signup_at: joined, ignore: [note]}
population: {min_age_days: 1}
snapshots: {every_days: 14, start: 2024-02-01}
conversion: {event: bought, horizon_days: 20}
signals:
  engagement: {visits: visited}
  fit: {company_size: size}
windows_days: [14, all]
points:
  - {feature: visits.count.14d, at_least: 2, points: 60, dimension: engagement}
  - {feature: company_size, at_least: 50, points: 30, dimension: fit}
"""


@dataclass(frozen=True)
class Shop:
    """A small shop: 120 customers, visits, and purchases by those who visit often."""

    folder: Path

    @property
    def definition(self) -> Path:
        return self.folder / "shop.yaml"

    @property
    def space(self) -> Path:
        """A narrow space of small trees."""
        path = self.folder / "space.yaml"
        path.write_text("n_trees: {low: 10, high: 40}\nnum_leaves: {low: 3, high: 8}\n")
        return path

    def change(self, table: str, change: Callable[[pd.DataFrame], Any]) -> None:
        """Read a table as texts, let `change` alter or replace it, write it back."""
        path = self.folder / f"{table}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False).astype(object)
        changed = change(frame)
        (frame if changed is None else changed).to_csv(path, index=False)

    def say(self, old: str, new: str) -> None:
        """Change the definition."""
        text = self.definition.read_text()
        assert old in text
        self.definition.write_text(text.replace(old, new))


def write_shop(folder: Path, customers: int = 120) -> Shop:
    start = dt.datetime(2024, 1, 1)
    events, people = [], []
    for number in range(customers):
        customer, joined = f"c{number:03}", start + dt.timedelta(hours=7 * number)
        keen = number % 4 == 0
        people.append((customer, f"{joined:%Y-%m-%dT%H:%M:%SZ}", 10 + number % 90, "any"))
        every = 3 if keen else 8 + number % 5
        events += [(customer, "visited", joined + dt.timedelta(days=day, hours=1), 0) for day in range(0, 140, every)]
        if keen:
            events.append((customer, "bought", joined + dt.timedelta(days=50 + number % 60), 10))
    frame = pd.DataFrame(events, columns=["customer", "what", "at", "amount"])
    frame["at"] = frame["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    frame.to_csv(folder / "events.csv", index=False)
    pd.DataFrame(people, columns=["customer", "joined", "size", "note"]).to_csv(folder / "customers.csv", index=False)
    (folder / "shop.yaml").write_text(DEFINITION)
    return Shop(folder)


def run(*arguments: object) -> Result:
    """Run a command; whatever happens, nobody sees a traceback."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="pqlml")
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def run_json(*arguments: object, exit_code: int = 0) -> dict[str, Any]:
    """Run a command with ``--output json`` and return the object that it writes, which is all that it writes."""
    result = run(*arguments, "--output", "json")
    assert result.exit_code == exit_code, result.output
    assert result.stderr == ""
    told: dict[str, Any] = json.loads(result.stdout, parse_constant=_refuse)
    return told


def _refuse(constant: str) -> None:
    pytest.fail(f"{constant} is not JSON")
