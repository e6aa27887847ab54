"""What the model is worth beside its peers, on the same rows; ``make benchmark-model``.

Writes ``benchmarks/results/model.json``, set by set, and the tables of docs/models.md. Peers with packages of their own
run in environments that the script makes under ``.benchmarks``. Predictions are kept there: ``--resume`` goes on where
an earlier run was stopped, and ``--sets`` and ``--candidates`` measure a part, beside all that is kept for the same
rows (and, of the project's own candidates, from the same code).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from environments import FOLDER, ROOT, machine
from judging.candidates import CANDIDATES, TIMED, predict
from judging.cost import measure_cost
from judging.exchange import Prediction, code_digest, recall, store, write_rows
from judging.page import markdown, summary
from judging.sets import SETS, JudgedSet, read_set

from pqlml import __version__
from pqlml.errors import DataError, MissingExtraError
from pqlml.model.metrics import Interval, compare

RESULTS: Final = ROOT / "benchmarks" / "results" / "model.json"
PAGE: Final = ROOT / "docs" / "models.md"
BEGIN, END = "<!-- results: written by benchmarks/model.py -->\n", "<!-- end of results -->\n"
KEPT: Final = FOLDER / "model"
METRICS: Final = ("average_precision", "neg_log_loss", "roc_auc", "brier_skill", "expected_calibration_error")

Entry = dict[str, Any]


def main() -> None:
    """Measure what is asked for; what was measured before is kept."""
    parser = argparse.ArgumentParser(description="Compare the model with its peers.")
    parser.add_argument("--sets", nargs="*", choices=[*SETS], default=[*SETS])
    parser.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=CANDIDATES)
    parser.add_argument("--seconds", type=float, default=600, help="budget per set of those that take one")
    parser.add_argument("--accounts", type=int, default=6_000, help="size of the simulated company")
    parser.add_argument("--replicates", type=int, default=1_000, help="resamples of entities")
    parser.add_argument("--resume", action="store_true", help="take predictions of an earlier run on the same rows")
    parser.add_argument("--cost-rows", type=int, default=320_000, help="rows of the cost; 0 leaves it out")
    parser.add_argument("--cost-rounds", type=int, default=3)
    asked = parser.parse_args()
    left_out = {}
    for name in asked.sets:
        try:
            judged = read_set(name, KEPT / "data", accounts=asked.accounts)
        except (DataError, MissingExtraError) as error:
            left_out[name] = str(error)
            continue
        entry = measure(judged, asked)
        results = stored()
        results["sets"][name] = entry
        write(results)
    if asked.cost_rows:
        cost = {**measure_cost(asked.cost_rows, asked.cost_rounds, KEPT / "compiled"), "machine": machine()}
        write({**stored(), "cost": cost})
    print(markdown(stored()))
    for name, why in left_out.items():
        print(f"left out {name}: {why}")


def measure(judged: JudgedSet, asked: argparse.Namespace) -> Entry:
    """Let every candidate predict, and judge all that there is for these rows."""
    rows, folder = judged.rows, KEPT / "rows" / judged.name
    folds = [(fold.train, fold.test) for fold in judged.split.folds]
    fingerprint = write_rows(folder, rows.values, rows.label, folds)
    found: dict[str, Prediction] = {}
    failed: dict[str, str] = {}
    for name in CANDIDATES:
        budget = asked.seconds if name in TIMED else None
        file, made_from = KEPT / "predictions" / judged.name / f"{name}.npz", f"{fingerprint}{code_of(name)}"
        kept = recall(file, made_from)
        if kept is not None and (name not in asked.candidates or (asked.resume and kept.budget == budget)):
            found[name] = kept
        elif name in asked.candidates:
            print(f"{judged.name}: {name}", file=sys.stderr)
            try:
                found[name] = replace(predict(name, judged, folder, asked.seconds), budget=budget)
            except subprocess.CalledProcessError as error:
                failed[name] = f"stopped with exit code {error.returncode}"
                continue
            store(file, found[name], made_from)
    if "default" not in found:
        found = {"default": predict("default", judged, folder, asked.seconds), **found}
        store(
            KEPT / "predictions" / judged.name / "default.npz", found["default"], f"{fingerprint}{code_of('default')}"
        )
    return {**judge_all(judged, found, asked.replicates), "failed": failed, "resamples": asked.replicates}


def code_of(name: str) -> str:
    """Return what a candidate's predictions depend on beside the rows: for those of this project, its code."""
    return f" {code_digest(ROOT / 'pqlml' / 'model')}" if name in {"default", "tuned", "linear", "points"} else ""


def judge_all(judged: JudgedSet, found: Mapping[str, Prediction], replicates: int) -> Entry:
    """Measure all candidates on the same resamples of entities."""
    rows = judged.rows
    tested = np.unique(np.concatenate([fold.test for fold in judged.split.folds]))
    label = rows.label[tested]
    order = ["default", *(name for name in found if name != "default")]
    compared = compare(
        label,
        {name: found[name].probability[tested] for name in order},
        rows.entity[tested],
        reference_rate=float(np.mean([rows.label[fold.train].mean() for fold in judged.split.folds])),
        replicates=replicates,
    )
    return {
        "definition": judged.definition.hash,
        "how_judged": judged.split.headline,
        "forward_in_time": judged.split.forward,
        "fitted": {
            "rows": len(judged.split.folds[0].train),
            "conversions": int(rows.label[judged.split.folds[0].train].sum()),
        },
        "judged": {
            "rows": len(tested),
            "conversions": int(label.sum()),
            "entities": len(set(rows.entity[tested])),
        },
        "features": rows.values.shape[1],
        "pqlml": __version__,
        "machine": machine(),
        "candidates": {
            name: {
                "seconds": round(found[name].seconds, 1),
                "budget_seconds": found[name].budget,
                **{metric: rounded(compared.metrics[name][metric]) for metric in METRICS},
                **(
                    {}
                    if name == "default"
                    else {
                        f"default_minus_it_{metric}": rounded(compared.differences[name][metric])
                        for metric in METRICS[:2]
                    }
                ),
            }
            for name in order
        },
    }


def rounded(interval: Interval) -> dict[str, float]:
    """Return a value with its interval, in digits enough for any table."""
    return {part: round(number, 6) for part, number in interval.as_dict().items()}


def stored() -> Entry:
    """Return what was measured so far, by other runs too."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"sets": {}}


def write(results: Entry) -> None:
    """Store the results, and write the page's tables anew."""
    results["sets"] = {name: results["sets"][name] for name in SETS if name in results["sets"]}
    results["summary"] = summary(results)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{markdown(results)}{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
