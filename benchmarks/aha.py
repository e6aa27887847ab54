"""How often `pqlml aha` finds exactly what was planted, and something in noise; ``make benchmark-aha``.

Companies are simulated (`tests/review/planted.py`): in some, whoever sends 3 invitations within 7 days converts more
often afterwards; in some, only activity as a whole matters; in some, nothing does. Writes
``benchmarks/results/aha.json``. Half an hour on two cores; ``--resume`` goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from environments import ROOT, machine
from steps import Steps

from pqlml import __version__, pipeline
from tests.review.planted import Kind, write_company

RESULTS: Final = ROOT / "benchmarks" / "results" / "aha.json"
PLANTED: Final = "at least 3 invitations sent within 7 days"


def main() -> None:
    """Simulate, search, count, and write."""
    parser = argparse.ArgumentParser(description="Count how often the planted moment is found, and chance is not.")
    parser.add_argument("--runs", type=int, default=100, help="so many companies of each kind")
    parser.add_argument("--accounts", type=int, default=2000, help="accounts of each")
    parser.add_argument("--resume", action="store_true", help="keep the companies that were searched before")
    asked = parser.parse_args()
    steps = Steps("aha", {"accounts": asked.accounts}, resume=asked.resume)
    results: dict[str, list[Any]] = {kind: [] for kind in get_args(Kind)}
    for seed in range(asked.runs):
        for kind in get_args(Kind):
            results[kind].append(steps.step(f"{kind}/{seed}", partial(one, kind, seed, asked.accounts)))
    summary = {
        "runs": asked.runs,
        "accounts": asked.accounts,
        "planted_found_exactly": sum(run["first"] == PLANTED for run in results["rule"]),
        "noise_with_a_moment": sum(run["confirmed"] > 0 for run in results["noise"]),
        "activity_with_a_moment": sum(run["confirmed"] > 0 for run in results["activity"]),
        "activity_flagged": sum(run["only_activity"] > 0 for run in results["activity"]),
        "median_seconds": statistics.median(run["seconds"] for runs in results.values() for run in runs),
    }
    for name, value in summary.items():
        print(f"{name.replace('_', ' '):28} {value}")
    told = {"version": __version__, "machine": machine(), "summary": summary, "runs": results}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def one(kind: Kind, seed: int, accounts: int) -> dict[str, Any]:
    """Search one company."""
    with tempfile.TemporaryDirectory() as folder:
        definition = write_company(Path(folder), kind, seed, accounts)
        started = time.perf_counter()
        found = pipeline.aha(definition, Path(folder), seed=seed)
        seconds = round(time.perf_counter() - started, 2)
    told = {
        "first": str(found.confirmed[0].rule) if found.confirmed else None,
        "confirmed": len(found.confirmed),
        "only_activity": len(found.only_activity),
        "seconds": seconds,
    }
    print(kind, seed, told, file=sys.stderr)
    return told


if __name__ == "__main__":
    main()
