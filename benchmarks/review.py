"""What `pqlml review` finds of planted error segments, what it finds in noise; ``make benchmark-review``.

Leads are made (`tests/review/errors.py`) with four slices each in which an error is more frequent, and as many without
any. Writes ``benchmarks/results/review.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from environments import ROOT, machine

from pqlml import __version__
from pqlml.review.slices import find_slices, halves
from tests.review.errors import leads

RESULTS: Final = ROOT / "benchmarks" / "results" / "review.json"
SAME: Final = 0.5
"""A told slice is the planted one if at least so much of what is in either is in both."""


def main() -> None:
    """Plant, look, count, and write."""
    parser = argparse.ArgumentParser(description="Count how many planted error segments a review finds.")
    parser.add_argument("--runs", type=int, default=25, help="so many sets of leads, with four segments each")
    parser.add_argument("--null-runs", type=int, default=100, help="so many sets without any segment")
    parser.add_argument("--leads", type=int, default=4000, help="leads of each set")
    asked = parser.parse_args()
    runs = [one(seed, asked.leads, planted=True) for seed in range(asked.runs)]
    null = [one(seed, asked.leads, planted=False) for seed in range(asked.null_runs)]
    told = sum(run["told"] for run in runs)
    summary = {
        "runs": asked.runs,
        "leads": asked.leads,
        "planted": sum(run["planted"] for run in runs),
        "found": sum(run["found"] for run in runs),
        "told": told,
        "false_discovery": round(sum(run["false"] for run in runs) / max(told, 1), 4),
        "null_runs": asked.null_runs,
        "null_runs_that_tell_anything": sum(run["told"] > 0 for run in null),
        "median_seconds": statistics.median(run["seconds"] for run in [*runs, *null]),
    }
    for name, value in summary.items():
        print(f"{name.replace('_', ' '):30} {value}")
    written = {"version": __version__, "machine": machine(), "summary": summary, "runs": runs, "null": null}
    RESULTS.write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def one(seed: int, rows: int, *, planted: bool) -> dict[str, Any]:
    """Look for slices in one set of leads."""
    made = leads(seed, rows, planted=planted)
    side = halves(np.arange(rows).astype(str), seed)
    started = time.perf_counter()
    told = find_slices(made.values, made.features, made.outcome, side, seed=seed)
    seconds = round(time.perf_counter() - started, 2)
    alike = [[(s.met(made.values) & p).sum() / (s.met(made.values) | p).sum() for p in made.slices] for s in told]
    return {
        "planted": len(made.slices),
        "found": sum(any(bool(shares[place] >= SAME) for shares in alike) for place in range(len(made.slices))),
        "told": len(told),
        "false": sum(bool(max(shares, default=0) < SAME) for shares in alike),
        "seconds": seconds,
    }


if __name__ == "__main__":
    main()
