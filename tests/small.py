"""Small tables whose answers can be counted by eye, and a definition over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pqlml.definition import Definition, parse_definition
from pqlml.events import Tables, load_tables
from pqlml.warehouse import Warehouse

NOW = dt.datetime(2026, 6, 1)
Rows = Sequence[Mapping[str, Any]]


def day(number: float) -> dt.datetime:
    """Return midnight of the n-th day of 2026, counted from 1; fractions are hours."""
    return dt.datetime(2025, 12, 31) + dt.timedelta(days=number)


def event(entity: str | None, name: str | None, ts: object, **more: object) -> dict[str, object]:
    """Return one event row."""
    return {"entity_id": entity, "event": name, "ts": ts, **more}


def write(folder: Path, **tables: Rows | pa.Table) -> Path:
    """Write each table to ``<name>.parquet``."""
    for name, rows in tables.items():
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(_even(rows))
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def _even(rows: Rows) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in names} for row in rows]


def definition(**sections: Any) -> Definition:
    """Return a definition over ``events`` and ``entities``; sections given replace the usual ones."""
    usual: dict[str, Any] = {
        "name": "small",
        "sources": {
            "events": {"path": "events.parquet"},
            "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
            "observed_until": "2026-04-01",
        },
        "snapshots": {"every_days": 7, "start": "2026-01-08", "end": "2026-03-26"},
        "conversion": {"event": "bought", "horizon_days": 30},
    }
    return parse_definition(yaml.safe_dump(usual | sections))


def load(warehouse: Warehouse, folder: Path, **sections: Any) -> tuple[Definition, Tables]:
    """Load the tables of a folder with :func:`definition`."""
    made = definition(**sections)
    return made, load_tables(warehouse, made, folder, now=NOW)
