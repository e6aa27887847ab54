"""Every engine in turn on the same rows, in processes of their own; ratios are medians over the rounds."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from environments import environment, run
from steps import Steps

from explaining.models import ENGINES, OTHERS

NAMES: Final = ("pqlml", "predict", "lightgbm", "shap", "woodelf", "xgboost", "released", "released_predict")
SAME: Final = ("lightgbm", "shap", "woodelf")
"""Engines that explain the same model as ours."""

ROWS: Final = {"lightgbm": 4_000, "shap": 3_000, "xgboost": 4_000, "woodelf": 20_000}
"""Slow engines explain fewer rows; their speed does not depend on the number."""

_DIFFERENCE: Final = "difference"

Entry = dict[str, Any]


def compare(steps: Steps, folder: Path, leads: int, rounds: int) -> None:
    """Take the rounds."""
    for number in range(1, rounds + 1):
        for name in NAMES:
            found = steps.step(f"compare/{number}/{name}", partial(_one, name, folder, leads, keep=number == 1))
            print(f"round {number}: {name} {found['rows'] / found['seconds']:,.0f} rows/s", file=sys.stderr, flush=True)
    for name in SAME:
        steps.step(f"compare/{_DIFFERENCE}/{name}", partial(_difference, folder, name))


def _one(name: str, folder: Path, leads: int, *, keep: bool) -> Entry:
    python = environment(name, OTHERS[name]) if name in OTHERS else sys.executable
    kept = {"keep": folder / f"{name}.npy"} if keep and name in ("pqlml", *SAME) else {}
    return run(python, ENGINES, engine=name, folder=folder, rows=min(leads, ROWS.get(name, leads)), **kept)


def _difference(folder: Path, name: str) -> float:
    ours, theirs = np.load(folder / "pqlml.npy"), np.load(folder / f"{name}.npy")
    rows = min(len(ours), len(theirs))
    return float(np.abs(ours[:rows] - theirs[:rows]).max())


def compared(steps: Steps) -> tuple[list[Entry], Entry]:
    """Return a line per engine, and what matters most."""
    taken: dict[str, list[Entry]] = {name: [] for name in NAMES}
    differences: dict[str, float] = {}
    for step, found in steps.of("compare").items():
        turn, name = step.split("/")
        if turn == _DIFFERENCE:
            differences[name] = found
        else:
            taken[name].append(found)
    speeds = {name: [run["rows"] / run["seconds"] for run in runs] for name, runs in taken.items()}
    peaks = {name: round(max(run["peak_gb"] for run in runs), 2) for name, runs in taken.items()}
    engines = [
        {
            "engine": name,
            "rows": taken[name][0]["rows"],
            "rows_per_second": round(statistics.median(speeds[name])),
            "pqlml_over_it": round(paired(speeds["pqlml"], speeds[name]), 2),
            "peak_gb": peaks[name],
            "largest_difference": differences.get(name),
            "runs": [round(speed) for speed in speeds[name]],
        }
        for name in NAMES
    ]
    others = ("lightgbm", "shap", "woodelf", "xgboost")
    summary = {
        **{f"speedup_over_{name}": round(paired(speeds["pqlml"], speeds[name]), 1) for name in others},
        "cost_over_predict": round(paired(speeds["predict"], speeds["pqlml"]), 2),
        "released_cost_over_predict": round(paired(speeds["released_predict"], speeds["released"]), 2),
        "released_speed_over_plain": round(paired(speeds["released"], speeds["pqlml"]), 2),
        "max_difference": max(differences["lightgbm"], differences["shap"]),
        "peak_gb": max(peaks["pqlml"], peaks["released"]),
    }
    return engines, summary


def paired(speeds: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios, run by run; a round that was not finished does not count."""
    return statistics.median(mine / its for mine, its in zip(speeds, others, strict=False))
