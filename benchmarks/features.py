"""How long a table of features takes, engine beside engine on the same generated data, all checked to be equal.

``make benchmark-features`` runs everything, in about half an hour; ``python benchmarks/features.py --parts 1m --runs 1
--engines kernel sql`` runs a piece. Figures go to ``benchmarks/results/features.json``, part by part, and from there
to ``docs/benchmarks.md``; with ``--resume``, parts that are in the file already are not measured again. Generated data
and the environment of Featuretools stay in a folder for temporary files (``--folder``), and are found there again.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from feature_table.data import make_data
from feature_table.environment import featuretools_python
from feature_table.measure import Lane, first_use, measure
from feature_table.page import write_page
from feature_table.parts import ENGINES, PARTS, WARM_UP, Part
from feature_table.results import machine, row, summary, versions

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results" / "features.json"
PAGE: Final = ROOT / "docs" / "benchmarks.md"
FOLDER: Final = Path(tempfile.gettempdir()) / "pqlml-benchmark-features"
RUNS: Final = 7


def main() -> None:
    """Measure what is asked for, one part after the other; each is stored as soon as it is there."""
    parser = argparse.ArgumentParser(description="Measure how long a table of features takes, engine beside engine.")
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS), help="measure these only")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), help="measure these only")
    parser.add_argument("--runs", type=int, default=RUNS, help="interleaved runs of each part that is repeated")
    parser.add_argument("--resume", action="store_true", help="leave out the parts that the results already hold")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where generated data are kept")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file that the figures go to")
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(asked.results.read_text("utf-8")) if asked.results.exists() else {}
    rows: list[dict[str, Any]] = found.get("rows", [])
    for name in asked.parts:
        if asked.resume and any(entry["part"] == name for entry in rows):
            continue
        measured = measure_part(name, PARTS[name], asked)
        rows = [entry for entry in rows if entry["part"] != name] + measured
        rows.sort(key=lambda entry: list(PARTS).index(entry["part"]))
        found |= {"machine": machine(), "versions": versions(), "summary": summary(rows), "rows": rows}
        store(found, asked.results)
    if "kernel" in asked.engines and not (asked.resume and "first_use_seconds" in found):
        found["first_use_seconds"] = round(first_use(Lane("kernel"), asked.folder / "warm_up"), 1)
    store(found, asked.results)
    if asked.results == RESULTS:
        write_page(found, PAGE)
    print(json.dumps(found["summary"], indent=2))


def measure_part(name: str, part: Part, asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Make the data of a part, measure its lanes, and return one entry per lane."""
    print(f"{name}: {part.events:,} events, {part.accounts:,} accounts", flush=True)
    data, warm_up = asked.folder / name, asked.folder / "warm_up"
    make_data(warm_up, WARM_UP.events, WARM_UP.accounts)
    make_data(data, part.events, part.accounts)
    lanes = [Lane(engine, calendar, fresh) for engine, calendar, fresh in part.lanes if engine in asked.engines]
    for lane in lanes:
        if lane.engine == "featuretools":
            lane.python = featuretools_python(asked.folder / "featuretools")
    before = os.getloadavg()[0]
    measure(lanes, data, warm_up, asked.runs if part.repeated else 1, asked.folder)
    extra = {"load_before": round(before, 1), "load_after": round(os.getloadavg()[0], 1)}
    return [{"part": name, **row(lane, part, data), **extra} for lane in lanes]


def store(results: dict[str, Any], path: Path) -> None:
    """Write the results."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
