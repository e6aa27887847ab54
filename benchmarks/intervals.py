"""Whether intervals hold what they promise, and probabilities too, on simulated panels of which the truth is known.

``make benchmark-intervals`` draws 300 panels from one population in which the rows of a lead resemble each other,
computes the 95% interval of each figure by resampling leads, and counts how often it holds the figure of the
population: 92 to 98 in a hundred are asked for. Rows are resampled, too, to show what ignoring leads would cost. And it
trains on stationary data and measures the expected calibration error on 10,000 later rows: at most .02 is asked for.
``--runs`` makes it smaller, and ``--resume`` goes on where an earlier run was stopped. Figures go to
``benchmarks/results/intervals.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from environments import machine
from gate import DEFINITION, RATE, VOCABULARY, rows_of, values_of, with_mean
from steps import Steps

from pqlml.definition import parse_definition
from pqlml.model.fit import fit_model
from pqlml.model.metrics import Interval, Metric, compare

RESULTS: Final = Path(__file__).parent / "results" / "intervals.json"
RUNS: Final = 300
SHOWN: Final[tuple[Metric, ...]] = (
    "roc_auc",
    "average_precision",
    "neg_log_loss",
    "neg_brier_score",
    "brier_skill",
    "lift_at_10_percent",
    "recall_at_10_percent",
)

LEADS: Final = 400
ROWS_EACH: Final = 6
POPULATION: Final = 60_000
ASKED: Final = (0.92, 0.98)
_LEAD_EFFECT: Final = 1.0
_MONTHS: Final = 5


class Panel(NamedTuple):
    """Rows of leads: what came of them, what a good and a poor model say, and whose they are."""

    label: np.ndarray
    good: np.ndarray
    poor: np.ndarray
    entity: np.ndarray


def main() -> None:
    """Measure coverage and calibration, print the table, and store the figures."""
    parser = argparse.ArgumentParser(description="Count how often 95% intervals hold the truth.")
    parser.add_argument("--runs", type=int, default=RUNS, help="panels")
    parser.add_argument("--resume", action="store_true", help="take the panels of an earlier run")
    asked = parser.parse_args()
    steps = Steps("intervals", {}, resume=asked.resume)
    held, error = coverage(steps, asked.runs), calibration_error(0)
    by_lead = held["by_lead"]
    summary = {
        "lowest_coverage": min(by_lead.values()),
        "highest_coverage": max(by_lead.values()),
        "calibration_error": error,
    }
    RESULTS.write_text(
        json.dumps({"machine": machine(), "coverage": held, "summary": summary}, indent=1) + "\n", "utf-8"
    )
    print("| figure | leads resampled | rows resampled |\n|---|---|---|")
    for name, share in by_lead.items():
        print(f"| {name} | {share:.1%} | {held['by_row'][name]:.1%} |")
    print(f"\nexpected calibration error on 10,000 stationary rows: {error:.4f}")


def coverage(steps: Steps, runs: int) -> dict[str, Any]:
    """Count how often the intervals of so many panels hold the figures of the population."""
    truth = figures(panel(0, POPULATION), replicates=1)

    def holds(seed: int) -> dict[str, dict[str, bool]]:
        drawn = panel(seed)
        alone = drawn._replace(entity=np.arange(len(drawn.label)))
        return {
            how: {name: bool(each.low <= truth[name].value <= each.high) for name, each in figures(rows).items()}
            for how, rows in (("by_lead", drawn), ("by_row", alone))
        }

    held = [steps.step(f"panels/{seed}", partial(holds, seed)) for seed in range(1, runs + 1)]
    shares = {
        how: {name: float(np.mean([each[how][name] for each in held])) for name in held[0][how]}
        for how in ("by_lead", "by_row")
    }
    return {"panels": runs, "leads": LEADS, "rows_each": ROWS_EACH, **shares}


def figures(rows: Panel, replicates: int = 400) -> dict[str, Interval]:
    """Return figures of the good model, and its lead over the poor one, with intervals."""
    told = compare(
        rows.label, {"good": rows.good, "poor": rows.poor}, rows.entity, reference_rate=RATE, replicates=replicates
    )
    apart = {f"difference in {name}": told.differences["poor"][name] for name in ("average_precision", "neg_log_loss")}
    return {**{name: told.metrics["good"][name] for name in SHOWN}, **apart}


def panel(seed: int, leads: int = LEADS) -> Panel:
    """Draw leads whose rows share what no model knows, and a part of what it does."""
    rng = np.random.default_rng([seed, 4])
    entity = np.repeat(np.arange(leads), ROWS_EACH)
    known = rng.normal(size=leads)[entity] * 0.7 + rng.normal(size=len(entity)) * 0.7
    unknown = rng.normal(size=leads)[entity] * _LEAD_EFFECT
    label = (rng.random(len(entity)) < _chance(-2.2 + known + unknown)).astype(np.int8)
    noisy = known + rng.normal(size=len(entity))
    # A hidden part flattens the curve: these lines are close to what a calibrator would find.
    return Panel(label, _chance(-1.95 + 0.85 * known), _chance(-1.85 + 0.42 * noisy), entity)


def calibration_error(seed: int, entities: int = 4_000) -> float:
    """Train on stationary data, and return the expected calibration error on later rows: 10,000 by default."""
    rng = np.random.default_rng([seed, 5])
    values = values_of(rng, entities, _MONTHS)
    strength = 0.9 * (values["d.count.28d"] > 1) + 0.5 * values["a.count.28d"].clip(upper=3)
    label = rng.random(len(values)) < with_mean(strength.to_numpy(), RATE)
    rows = rows_of(values, label, entities, _MONTHS)
    month = np.tile(np.arange(_MONTHS), entities)
    train, judged = np.flatnonzero(month < _MONTHS // 2), np.flatnonzero(month >= _MONTHS // 2)[:10_000]
    model = fit_model(parse_definition(DEFINITION), VOCABULARY, rows, train, seed)
    probability = model.probability(rows.values.iloc[judged])
    found = compare(rows.label[judged], {"model": probability}, rows.entity[judged], reference_rate=RATE, replicates=1)
    return found.metrics["model"]["expected_calibration_error"].value


def _chance(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


if __name__ == "__main__":
    main()
