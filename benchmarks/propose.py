"""How often a proposal keeps its word when it is replayed on what came later; ``make benchmark-propose``.

Companies are simulated (`tests/review/improvable.py`). A proposal is made from the cutoffs that a person could have
known, adopted whatever it says, and replayed on a later period of the same length, whose outcomes it never saw. Writes
``benchmarks/results/propose.json``. Some five minutes on a quiet machine; ``--resume`` goes on
where it was stopped.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from environments import ROOT, machine
from steps import Steps

from pqlml import __version__, pipeline
from pqlml.definition import parse_definition
from pqlml.pipeline import Asked
from tests.review.improvable import TEXT, write_improvable

RESULTS: Final = ROOT / "benchmarks" / "results" / "propose.json"
JUDGED: Final = (dt.datetime(2025, 6, 15), dt.datetime(2025, 8, 15))
LATER: Final = (dt.datetime(2025, 9, 1), dt.datetime(2025, 11, 1))


def main() -> None:
    """Simulate, propose, replay, count, and write."""
    parser = argparse.ArgumentParser(description="Count how often replayed precision lies where a proposal said.")
    parser.add_argument("--runs", type=int, default=100, help="so many companies")
    parser.add_argument("--accounts", type=int, default=1500, help="accounts of each")
    parser.add_argument("--resume", action="store_true", help="keep the companies that were simulated before")
    asked = parser.parse_args()
    steps = Steps("propose", {"accounts": asked.accounts}, resume=asked.resume)
    runs = [steps.step(f"company/{seed}", partial(one, seed, asked.accounts)) for seed in range(asked.runs)]
    changed = [run for run in runs if run["changes"]]
    summary = {
        "runs": asked.runs,
        "accounts": asked.accounts,
        "with_changes": len(changed),
        "replayed_precision_in_interval": sum(run["inside"] for run in changed),
        "share_in_interval": round(sum(run["inside"] for run in changed) / max(len(changed), 1), 3),
        "replayed_precision_better": sum(run["replayed"] > run["replayed_old"] for run in changed),
        "verdict_better": sum(run["verdict"] == "better" for run in changed),
    }
    for name, value in summary.items():
        print(f"{name.replace('_', ' '):34} {value}")
    written = {"version": __version__, "machine": machine(), "summary": summary, "runs": runs}
    RESULTS.write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def one(seed: int, accounts: int) -> dict[str, Any]:
    """Propose for one company, and replay on what came later."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_improvable(folder, accounts, seed)
        definition = parse_definition(TEXT)
        found = pipeline.propose(definition, folder, Asked(*JUDGED, seed=seed), moments=False)
        replayed = pipeline.replay(definition, found.new, folder, Asked(*LATER))
    told = {
        "changes": len(found.changes),
        "verdict": found.verdict,
        "expected": found.precision.as_dict(),
        "replayed": replayed.new.precision,
        "replayed_old": replayed.old.precision,
        "inside": found.precision.low <= replayed.new.precision <= found.precision.high,
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(seed, told, file=sys.stderr)
    return told


if __name__ == "__main__":
    main()
