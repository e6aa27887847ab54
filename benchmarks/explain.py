"""How fast leads are explained, beside every other exact explainer that installs; ``make benchmark-explain``.

Takes about a quarter of an hour, and keeps every step: ``python benchmarks/explain.py --resume`` goes on where it was
stopped, ``--parts shapes`` measures a part anew and keeps the others. Writes ``benchmarks/results/explain.json`` and
the tables of docs/explaining.md. Competitors that need packages of their own run in environments that the script makes
under ``.benchmarks``, where leads, models and steps stay, too.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent))

from environments import FOLDER, ROOT, machine
from explaining.compare import compare, compared
from explaining.daily import daily, days
from explaining.models import prepare
from explaining.page import markdown, write_page
from explaining.shapes import shapes
from steps import Steps

from pqlml import __version__

RESULTS: Final = ROOT / "benchmarks" / "results" / "explain.json"
PAGE: Final = ROOT / "docs" / "explaining.md"
PARTS: Final = ("compare", "daily", "shapes")


def main() -> None:
    """Measure, store, and write the page once all parts are there."""
    parser = argparse.ArgumentParser(description="Measure explaining.")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds of all engines, and of days")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="measure these only")
    parser.add_argument("--resume", action="store_true", help="keep the steps that were taken before")
    asked = parser.parse_args()
    steps = Steps("explain", {"leads": asked.leads}, resume=asked.resume, parts=asked.parts, others=PARTS)
    folder = FOLDER / "explain"
    matrix = prepare(folder, asked.leads)
    if "compare" in asked.parts:
        compare(steps, folder, asked.leads, asked.rounds)
    if "daily" in asked.parts:
        days(steps, folder, matrix, asked.rounds)
    if "shapes" in asked.parts:
        shapes(steps, folder, matrix)
    missing = [part for part in PARTS if not steps.of(part)]
    if missing:
        print(f"kept in {steps.path}; still to be measured: {', '.join(missing)}")
        return
    engines, summary = compared(steps)
    rounds = min(len(entry["runs"]) for entry in engines)
    facts = {"version": __version__, "machine": machine(), "leads": asked.leads, "rounds": rounds}
    measured = [{"shape": name, **found} for name, found in steps.of("shapes").items()]
    results = {**facts, "engines": engines, "shapes": measured, "summary": {**summary, **daily(steps)}}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    write_page(results, PAGE)
    print(markdown(results))


if __name__ == "__main__":
    main()
