"""From measured seconds to figures: medians, paired ratios, and the few numbers that matter most."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from feature_table.matrix import CALENDARS, columns
from feature_table.measure import Lane
from feature_table.parts import Part

Entry = dict[str, Any]


def row(lane: Lane, part: Part, data: Path) -> Entry:
    """Return what one lane measured."""
    pairs = pq.read_metadata(data / f"pairs_{lane.calendar}.parquet").num_rows
    return {
        "engine": lane.engine,
        "events": part.events,
        "accounts": part.accounts,
        "cutoffs": len(CALENDARS[lane.calendar]),
        "rows": pairs,
        "features": len(columns()),
        "fresh_process": lane.fresh,
        "seconds": round(statistics.median(lane.seconds), 3),
        "peak_gb": round(lane.peak_gb, 2),
        "runs": [round(seconds, 3) for seconds in lane.seconds],
    }


def summary(rows: Sequence[Entry]) -> dict[str, float]:
    """Return the figures that what was measured allows; ratios are medians of the ratios within a round."""
    kernel, sql = {"engine": "kernel"}, {"engine": "sql"}
    large, small = {"part": "10m", "cutoffs": 4, "fresh_process": False}, {"part": "1m", "cutoffs": 4}
    ratios = {
        "speedup_over_sql_10m": ({**sql, **large}, {**kernel, **large}),
        "speedup_over_sql_10m_fresh": (
            {**sql, **large, "fresh_process": True},
            {**kernel, **large, "fresh_process": True},
        ),
        "growth_4_to_26_cutoffs": ({**kernel, **large, "cutoffs": 26}, {**kernel, **large}),
        "ibis_over_sql_10m": ({"engine": "ibis", **large}, {**sql, **large}),
        "speedup_over_sql_1m": ({**sql, **small, "fresh_process": False}, {**kernel, **small, "fresh_process": False}),
    }
    many = {"part": "200_cutoffs"}
    ratios["speedup_over_featuretools_200_cutoffs"] = ({"engine": "featuretools", **many}, {**kernel, **many})
    figures = {name: _ratio(_found(rows, of), _found(rows, over)) for name, (of, over) in ratios.items()}
    for size in ("10m", "100m"):
        entry = _found(rows, {**kernel, "part": size, "cutoffs": 4, "fresh_process": False})
        figures[f"peak_gb_{size}"] = None if entry is None else entry["peak_gb"]
    return {name: figure for name, figure in figures.items() if figure is not None}


def _found(rows: Sequence[Entry], wanted: Mapping[str, object]) -> Entry | None:
    return next((row for row in rows if all(row[name] == value for name, value in wanted.items())), None)


def _ratio(of: Entry | None, over: Entry | None) -> float | None:
    if of is None or over is None:
        return None
    paired = [float(first / second) for first, second in zip(of["runs"], over["runs"], strict=True)]
    return round(statistics.median(paired), 2)


def machine() -> Entry:
    """Return the size of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return the versions of what was measured."""
    names = ("pqlml", "duckdb", "ibis-framework", "numba", "numpy", "pandas", "polars", "pyarrow")
    return {name: importlib.metadata.version(name) for name in names}
