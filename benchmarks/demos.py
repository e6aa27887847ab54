"""What the shipped definitions are worth on every demonstration, beside the hand-set points.

``make benchmark-demos`` runs all; ``python benchmarks/demos.py --only cdnow`` runs one. Figures go to
``benchmarks/results/demos.json``, entry by entry, and from there into the table of the README. Data sets that are not
here (see ``PQLML_DATASETS`` in data/README.md) are left out by name, and keep the figures of an earlier run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow.parquet as pq

from pqlml import __version__, pipeline
from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import DEMOS, Demo
from pqlml.demo.prepare import prepare
from pqlml.errors import DataError, MissingExtraError
from pqlml.model.metrics import Interval, compare
from pqlml.pipeline import Evaluated

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results" / "demos.json"
README: Final = ROOT / "README.md"
BEGIN, END = "<!-- results: written by benchmarks/demos.py -->\n", "<!-- end of results -->\n"
STRONGEST: Final = 5
ACCOUNTS: Final = 20_000

Entry = dict[str, Any]


def main() -> None:
    """Measure what is asked for, one demonstration after the other; each is stored as soon as it is there."""
    parser = argparse.ArgumentParser(description="Measure the shipped definitions on the demonstrations.")
    parser.add_argument("--only", action="append", choices=sorted(DEMOS), help="run this one; repeat for more")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="size of the simulated company")
    parser.add_argument("--data", type=Path, help="keep the tables in this folder, and find them there again")
    asked = parser.parse_args()
    left_out: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as made:
        for name in asked.only or DEMOS:
            demo, data = DEMOS[name], (asked.data or Path(made)) / name
            try:
                prepare(demo, data, accounts=asked.accounts if demo.simulated else None)
            except (DataError, MissingExtraError) as error:
                left_out[name] = str(error)
                continue
            store(name, measure(demo, data), RESULTS, README)
    print(markdown(json.loads(RESULTS.read_text("utf-8"))))
    for name, why in left_out.items():
        print(f"left out {name}: {why}")
    if asked.only and left_out:
        sys.exit(1)


def measure(demo: Demo, data: Path) -> Entry:
    """Evaluate a demonstration with its shipped definition, as ``pqlml evaluate`` does; and compare it to the truth."""
    evaluated = pipeline.evaluate(load_definition(shipped_definitions()[demo.definition]), data)
    evaluation = evaluated.evaluation
    entry: Entry = {
        "title": demo.title,
        "definition": evaluated.definition.hash,
        "how_judged": evaluation.split.headline,
        "forward_in_time": evaluation.split.forward,
        "rows_by_split": evaluated.rows_by_split,
        "conversions_by_split": evaluated.conversions_by_split,
        "judged": {
            "rows": len(evaluation.rows),
            "conversions": int(evaluation.label.sum()),
            "entities": len(set(evaluation.entity)),
        },
        "metrics": {
            candidate: {metric: rounded(interval) for metric, interval in found.items()}
            for candidate, found in evaluation.metrics.items()
        },
        "model_minus_points": rounded(evaluation.differences["points"]["roc_auc"]),
        "pqlml": __version__,
        "machine": machine(),
    }
    if demo.simulated:
        entry["truth"] = {"probability": against_truth(evaluated, data), "drivers": planted_drivers(evaluated, data)}
    return entry


def against_truth(evaluated: Evaluated, data: Path) -> Entry:
    """Compare the model with the true probabilities on the judged rows that have one.

    The truth is known for accounts that are open at the cutoff; rows of others (an account that closed or converted
    before it, which was not known yet) are counted as ``rows_without_truth``.
    """
    evaluation = evaluated.evaluation
    rows = evaluated.rows.keys.iloc[evaluation.rows].reset_index(drop=True)
    rows = rows.assign(label=evaluation.label, model=evaluation.probability["model"])
    days = sorted(set(rows["cutoff"].dt.date))
    truth = pq.read_table(
        data / "truth" / "probability.parquet",
        columns=["account_id", "day", "probability_30d"],
        filters=[("day", "in", days)],
    ).to_pandas()
    truth["cutoff"] = pd.to_datetime(truth["day"]).astype("datetime64[us]")
    known = rows.merge(
        truth.rename(columns={"account_id": "entity_id"}), on=["entity_id", "cutoff"], how="inner", validate="1:1"
    )
    found = compare(
        known["label"],
        {"truth": known["probability_30d"], "model": known["model"]},
        known["entity_id"],
        reference_rate=float(known["label"].mean()),
    )
    return {
        "rows": len(known),
        "rows_without_truth": len(rows) - len(known),
        "roc_auc": {name: rounded(metrics["roc_auc"]) for name, metrics in found.metrics.items()},
        "truth_minus_model": rounded(found.differences["model"]["roc_auc"]),
    }


def planted_drivers(evaluated: Evaluated, data: Path) -> list[Entry]:
    """Return the strongest planted drivers with the place (1 = first) of their groups among the explained ones."""
    planted = json.loads((data / "truth" / "drivers.json").read_text("utf-8"))
    places = {group: place for place, group in reversed(list(enumerate(evaluated.groups["group"], start=1)))}
    strongest = sorted(planted, key=lambda driver: -driver["strength"])[:STRONGEST]
    return [
        {"driver": driver["name"], "group": driver["group"], "place": places.get(driver["group"])}
        for driver in strongest
    ]


def rounded(interval: Interval) -> dict[str, float]:
    """Return a value with its interval, in digits enough for any table."""
    return {part: round(number, 6) for part, number in interval.as_dict().items()}


def machine() -> Entry:
    """Return the size of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def store(name: str, entry: Entry, results: Path, readme: Path) -> None:
    """Put one entry into the results, leaving the others as they are, and write the README's table anew."""
    found = json.loads(results.read_text("utf-8")) if results.exists() else {}
    found = {known: {**found, name: entry}[known] for known in DEMOS if known in {*found, name}}
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    before, rest = readme.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}{markdown(found)}{END}{after}", "utf-8")


def markdown(results: Mapping[str, Entry]) -> str:
    """Return the results as the README shows them: a table, and what the truth of the simulated company says."""
    head = (
        "data",
        "judged",
        "rows (conversions)",
        "ROC-AUC: model",
        "points",
        "difference",
        "best 10% hold: model",
        "points",
    )
    lines = [head, tuple("---" for _ in head)]
    for name, entry in results.items():
        judged = entry["judged"]
        figures = [
            shown(entry["metrics"][candidate][metric], digits)
            for metric, digits in (("roc_auc", ".3f"), ("recall_at_10_percent", ".0%"))
            for candidate in ("model", "points")
        ]
        figures.insert(2, shown(entry["model_minus_points"], "+.3f"))
        how = "later in time" if entry["forward_in_time"] else "in folds"
        lines.append((f"`{name}`", how, f"{judged['rows']:,} ({judged['conversions']:,})", *figures))
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    truth = results.get("saas", {}).get("truth")
    return f"{table}\n{truth_in_words(truth)}" if truth else table


def truth_in_words(truth: Mapping[str, Any]) -> str:
    """Say how near the model comes to what was planted in the simulated company."""
    probability = truth["probability"]
    areas, apart = probability["roc_auc"], shown(probability["truth_minus_model"], ".3f")
    drivers = ", ".join(f"{driver['driver'].replace('_', ' ')} {driver['place']}" for driver in truth["drivers"])
    return (
        f"On {probability['rows']:,} of the rows of the simulated company the true probability is known. It reaches a\n"
        f"ROC-AUC of {areas['truth']['value']:.3f} there, the model {areas['model']['value']:.3f} "
        f"(difference {apart}).\n"
        f"The places of the five strongest planted drivers among what moves the model: {drivers}.\n"
    )


def shown(found: Mapping[str, float], digits: str) -> str:
    """Write a value with its interval."""
    value, low, high = (format(found[part], digits) for part in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


if __name__ == "__main__":
    main()
