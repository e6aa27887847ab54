"""Whether probabilities hold after a shift of the base rate, and where nothing changes: ``make benchmark-calibration``.

Simulates accounts looked at once a month, fits and calibrates as ``pqlml train`` does, and compares what was expected
of the next month with what came. Writes ``benchmarks/results/calibration.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from environments import ROOT, machine

from pqlml import __version__
from pqlml.model.metrics import judge
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.unseen import History, settle_unseen

RESULTS: Final = ROOT / "benchmarks" / "results" / "calibration.json"
FEATURES: Final = 12
BEFORE, AFTER = 0.15, 0.30
MONTHS: Final = 6


class Panel(NamedTuple):
    """Rows of accounts by month: features, what came of them, whose they are, the month, and the true chance."""

    matrix: np.ndarray
    label: np.ndarray
    entity: np.ndarray
    month: np.ndarray
    chance: np.ndarray


def main() -> None:
    """Simulate, fit, compare, store."""
    parser = argparse.ArgumentParser(description="Measure how well probabilities hold.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--accounts", type=int, default=2_000, help="accounts of the shift")
    parser.add_argument("--judged", type=int, default=10_000, help="rows on which calibration is judged")
    asked = parser.parse_args()
    shifted = [shift(asked.accounts, seed) for seed in range(asked.runs)]
    both = [stationary(asked.accounts, asked.judged, seed) for seed in range(asked.runs)]
    steady, floor = [model for model, _ in both], [truth for _, truth in both]
    results = {
        "pqlml": __version__,
        "machine": machine(),
        "runs": asked.runs,
        "shift": {"accounts": asked.accounts, "from": BEFORE, "to": AFTER, "expected_minus_actual": spread(shifted)},
        "stationary": {
            "rows": asked.judged,
            "expected_calibration_error": spread(steady),
            "that_of_the_true_chances": spread(floor),
        },
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    print(f"| what | median | worst of {asked.runs} |\n|---|---|---|")
    for what, values in (
        ("expected minus actual conversion rate, one update after a shift from 15 % to 30 %", shifted),
        (f"expected calibration error at {asked.judged:,} rows where nothing changes", steady),
        ("that of the true chances on the same rows", floor),
    ):
        print(f"| {what} | {np.median(values):+.4f} | {max(values, key=abs):+.4f} |")


def shift(accounts: int, seed: int) -> float:
    """Return expected minus actual rate of the month after the first one with the new rate."""
    rows = panel(accounts, [BEFORE] * MONTHS + [AFTER, AFTER], seed)
    last = rows.month == MONTHS + 1
    expected = fitted_probability(Panel(*(part[~last] for part in rows)), rows.matrix[last])
    return float(expected.mean() - rows.label[last].mean())


def stationary(accounts: int, judged: int, seed: int) -> tuple[float, float]:
    """Return the expected calibration error on accounts of the next month: the model's, and the true chances'.

    With so many rows in each bin the share that converts differs from the chance, too: no model gets below that.
    """
    known = panel(accounts, [BEFORE] * MONTHS, seed)
    unseen = panel(judged, [BEFORE], seed, beginning=accounts)
    said = {"model": fitted_probability(known, unseen.matrix), "truth": unseen.chance}
    found = judge(unseen.label, said, unseen.entity, reference_rate=BEFORE, replicates=1)
    model, truth = (found[name]["expected_calibration_error"].value for name in ("model", "truth"))
    return model, truth


def fitted_probability(rows: Panel, unseen: np.ndarray) -> np.ndarray:
    """Fit trees and calibrator as training does; return the probabilities of other rows."""
    cutoff = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(30 * rows.month, unit="D"))
    learner = PropensityClassifier()
    settled = settle_unseen(learner, History(rows.matrix, rows.label, rows.entity, cutoff, window_days=30))
    trees = learner.fit(rows.matrix, rows.label)
    if settled.trees is not None:
        trees.keep_trees(*settled.trees)
    return settled.calibrator.probability(trees.margin(unseen))


def panel(accounts: int, rates: Sequence[float], seed: int, beginning: int = 0) -> Panel:
    """Make one row per account and month: features that change slowly, labels with the month's rate."""
    effects = np.random.default_rng(99).normal(size=FEATURES) * 0.5
    rng = np.random.default_rng([seed, beginning])
    habit = rng.normal(size=(accounts, FEATURES))
    parts = []
    for month, rate in enumerate(rates):
        values = 0.8 * habit + 0.6 * rng.normal(size=habit.shape)
        push = values @ effects + 0.5 * values[:, 0] * values[:, 1]
        chance = 1 / (1 + np.exp(-push - level(push, rate)))
        label = (rng.random(accounts) < chance).astype(np.float64)
        parts.append((values, label, np.arange(accounts) + beginning, np.full(accounts, month), chance))
    return Panel(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def level(push: np.ndarray, rate: float) -> float:
    """Find the intercept with which so many convert on average."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-push - middle))).mean() < rate:
            low = middle
        else:
            high = middle
    return low


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Return median and the value farthest from 0."""
    return {"median": round(float(np.median(values)), 5), "worst": round(float(max(values, key=abs)), 5)}


if __name__ == "__main__":
    main()
