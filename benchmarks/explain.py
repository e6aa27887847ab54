"""How fast leads are explained, beside every other exact explainer that installs; ``make benchmark-explain``.

Writes ``benchmarks/results/explain.json`` and the tables of docs/explaining.md. Competitors that need packages of their
own run in environments that the script makes under ``.benchmarks``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from environments import ROOT, environment, machine, run

from pqlml import __version__
from pqlml.explain.trees import ShareMemory, TreeExplainer

RESULTS: Final = ROOT / "benchmarks" / "results" / "explain.json"
PAGE: Final = ROOT / "docs" / "explaining.md"
ENGINES: Final = ROOT / "benchmarks" / "explaining" / "engines.py"
BEGIN, END = "<!-- results: written by benchmarks/explain.py -->\n", "<!-- end of results -->\n"
FEATURES: Final = 130
CHANGED: Final = 0.05
OTHERS: Final = {
    "xgboost": ("xgboost==3.2.0", "scikit-learn"),
    "woodelf": ("woodelf-explainer==0.4.8", "lightgbm==4.6.0"),
}
ROWS: Final = {"lightgbm": 4_000, "shap": 4_000, "xgboost": 4_000, "woodelf": 40_000}
"""Slow engines explain fewer rows; their speed does not depend on the number."""

COMPARED: Final = ("pqlml", "lightgbm", "shap", "woodelf")
"""Engines that explain the same model."""

Entry = dict[str, Any]


def main() -> None:
    """Measure, store, and write the page."""
    parser = argparse.ArgumentParser(description="Measure explaining.")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved runs of every engine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        matrix, label = leads(asked.leads)
        prepare(folder, matrix, label)
        engines, summary = compare(folder, asked.leads, asked.rounds)
        summary |= daily(folder, matrix, asked.rounds)
        shapes = list(other_shapes(matrix, label, asked.rounds))
    facts = {"version": __version__, "machine": machine(), "leads": asked.leads, "rounds": asked.rounds}
    results = {**facts, "engines": engines, "shapes": shapes, "summary": summary}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{markdown(results)}{END}{rest.split(END)[1]}", "utf-8")
    print(markdown(results))


def leads(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make features with gaps and an outcome that depends on some of them, alone and together."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, FEATURES))
    matrix[rng.random(matrix.shape) < 0.05] = np.nan  # noqa: PLR2004 - one in twenty is unknown
    known = np.nan_to_num(matrix)
    push = known[:, :20] @ rng.normal(size=20) / 2 + known[:, 0] * known[:, 1]
    return matrix, rng.random(rows) < 1 / (1 + np.exp(2 - push))


def grow(matrix: np.ndarray, label: np.ndarray, *, trees: int = 300, **settings: object) -> lgb.Booster:
    """Train on 40,000 of the rows: the size of the trees is what matters here."""
    data = lgb.Dataset(matrix[:40_000], label[:40_000])
    return lgb.train({"objective": "binary", "learning_rate": 0.05, "verbose": -1, **settings}, data, trees)


def prepare(folder: Path, matrix: np.ndarray, label: np.ndarray) -> None:
    """Write what the engines read: rows, and a model of 300 trees with 31 leaves from each library."""
    np.save(folder / "matrix.npy", matrix)
    np.save(folder / "label.npy", label)
    grow(matrix, label, num_leaves=31).save_model(folder / "lightgbm.txt")
    run(environment("xgboost", OTHERS["xgboost"]), ENGINES, engine="grow_xgboost", folder=folder, rows=40_000)


def compare(folder: Path, count: int, rounds: int) -> tuple[list[Entry], Entry]:
    """Run every engine in turn, in processes of their own; the ratios are medians over the rounds."""
    names = ("pqlml", "predict", "lightgbm", "shap", "woodelf", "xgboost")
    speeds: dict[str, list[float]] = {name: [] for name in names}
    peaks: dict[str, float] = dict.fromkeys(names, 0.0)
    for number in range(rounds):
        for name in names:
            python = environment(name, OTHERS[name]) if name in OTHERS else sys.executable
            keep = (
                {"keep": folder / f"{name}.npy"}
                if number == 0 and name in ("pqlml", "lightgbm", "shap", "woodelf")
                else {}
            )
            rows = min(count, ROWS.get(name, count))
            found = run(python, ENGINES, engine=name, folder=folder, rows=rows, **keep)
            speeds[name].append(found["rows"] / found["seconds"])
            peaks[name] = max(peaks[name], found["peak_gb"])
            print(f"round {number + 1}: {name} {speeds[name][-1]:,.0f} rows/s", file=sys.stderr)
    ours = np.load(folder / "pqlml.npy")
    differences = {name: apart(ours, np.load(folder / f"{name}.npy")) for name in COMPARED[1:]}
    engines = [
        {
            "engine": name,
            "rows_per_second": round(statistics.median(speeds[name])),
            "pqlml_over_it": round(paired(speeds["pqlml"], speeds[name]), 2),
            "peak_gb": round(peaks[name], 2),
            "largest_difference": differences.get(name),
        }
        for name in names
    ]
    summary = {
        "speedup_over_lightgbm": round(paired(speeds["pqlml"], speeds["lightgbm"]), 1),
        "speedup_over_shap": round(paired(speeds["pqlml"], speeds["shap"]), 1),
        "speedup_over_woodelf": round(paired(speeds["pqlml"], speeds["woodelf"]), 1),
        "speedup_over_xgboost": round(paired(speeds["pqlml"], speeds["xgboost"]), 1),
        "cost_over_predict": round(paired(speeds["predict"], speeds["pqlml"]), 2),
        "max_difference": max(differences["lightgbm"], differences["shap"]),
        "peak_gb": round(peaks["pqlml"], 2),
    }
    return engines, summary


def daily(folder: Path, matrix: np.ndarray, rounds: int) -> Entry:
    """Compare a day on which some leads changed with explaining all of them, each with all that it reads and writes."""
    booster = lgb.Booster(model_file=folder / "lightgbm.txt")
    rng = np.random.default_rng(1)
    ratios = []
    yesterday = folder / "yesterday"
    memory = ShareMemory(yesterday)
    memory.shares(memory.explainer(lambda: TreeExplainer.of(booster)), matrix)
    for _ in range(rounds):
        today = matrix.copy()
        changed = rng.permutation(len(matrix))[: int(CHANGED * len(matrix))]
        today[changed] = rng.normal(size=(len(changed), FEATURES))
        kept = folder / "today"
        shutil.copytree(yesterday, kept)
        began = time.perf_counter()
        memory = ShareMemory(kept)
        recalled = memory.shares(memory.explainer(lambda: TreeExplainer.of(booster)), today)
        some = time.perf_counter() - began
        began = time.perf_counter()
        shares = TreeExplainer.of(booster).shares(today)
        ratios.append(some / (time.perf_counter() - began))
        if not np.array_equal(recalled.shares, shares):
            msg = "what was looked up differs from what is computed"
            raise ValueError(msg)
        shutil.rmtree(kept)
    return {"daily_run_over_full": round(statistics.median(ratios), 4), "daily_share_changed": CHANGED}


def other_shapes(matrix: np.ndarray, label: np.ndarray, rounds: int) -> Iterator[Entry]:
    """Measure trees of other sizes, and what categories and missing values cost, beside LightGBM."""
    rng = np.random.default_rng(2)
    categories = matrix.copy()
    columns = list(range(100, FEATURES))
    categories[:, columns] = rng.integers(30, size=(len(matrix), len(columns)))
    full = np.nan_to_num(matrix)
    gaps = np.where(rng.random(matrix.shape) < 0.5, np.nan, matrix)  # noqa: PLR2004 - every other one
    models: tuple[tuple[str, np.ndarray, Entry], ...] = (
        *((f"{leaves} leaves", matrix, {"num_leaves": leaves}) for leaves in (15, 31, 63, 127, 255)),
        *((f"depth {depth}", matrix, {"num_leaves": 255, "max_depth": depth}) for depth in (4, 6, 8)),
        ("30 categorical features", categories, {"num_leaves": 31, "categorical_feature": columns}),
        ("nothing missing", full, {"num_leaves": 31}),
        ("half of all values missing", gaps, {"num_leaves": 31}),
    )
    for name, values, settings in models:
        yield shape(name, values, grow(values, label, **settings), min(3, rounds))
        print(f"{name} done", file=sys.stderr)


def shape(name: str, values: np.ndarray, booster: lgb.Booster, rounds: int) -> Entry:
    """Measure one model: all rows with ours, 300 with LightGBM's own."""
    few = values[:300]
    shares, expected = np.empty((0, 0)), np.empty((0, 0))
    explainer = TreeExplainer.of(booster)
    speeds, others, preparing = [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        explainer = TreeExplainer.of(booster)
        preparing.append(time.perf_counter() - began)
        shares = explainer.shares(values)
        speeds.append(len(values) / (time.perf_counter() - began))
        began = time.perf_counter()
        expected = np.asarray(booster.predict(few, pred_contrib=True))
        others.append(len(few) / (time.perf_counter() - began))
    return {
        "shape": name,
        "rows_per_second": round(statistics.median(speeds)),
        "speedup_over_lightgbm": round(paired(speeds, others), 1),
        "preparing_seconds": round(statistics.median(preparing), 2),
        "tables_mb": round(explainer.table_bytes / 1e6, 1),
        "long_paths": explainer.long_paths,
        "largest_difference": apart(shares[: len(few)], expected[:, :-1]),
    }


def apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference between two matrices of shares."""
    return float(np.abs(ours - theirs).max())


def paired(speeds: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios, run by run."""
    return statistics.median(mine / its for mine, its in zip(speeds, others, strict=True))


def markdown(results: Mapping[str, Any]) -> str:
    """Return the results as docs/explaining.md shows them."""
    size, summary = results["machine"], results["summary"]
    told = (
        f"{results['leads']:,} leads, {FEATURES} features, 300 trees of 31 leaves; {size['cores']} cores, "
        f"{size['memory_gib']} GiB, Python {size['python']}; medians of {results['rounds']} interleaved runs."
    )
    notes = (
        "`pqlml` includes preparing the model. `predict` is LightGBM's margin without an explanation: explaining costs "
        f"{summary['cost_over_predict']:g} times as much.\nOn a day on which {CHANGED:.0%} of the leads changed, "
        f"explaining takes {summary['daily_run_over_full']:.1%} of the time for all, with reading and writing what is "
        "kept."
    )
    engines = table(
        (
            "engine",
            "leads per second",
            "pqlml is so many times as fast",
            "peak memory",
            "largest difference from pqlml",
        ),
        (
            (
                entry["engine"],
                f"{entry['rows_per_second']:,}",
                f"{entry['pqlml_over_it']:g}",
                f"{entry['peak_gb']:g} GB",
                "" if entry["largest_difference"] is None else f"{entry['largest_difference']:.0e}",
            )
            for entry in results["engines"]
        ),
    )
    shapes = table(
        (
            "model",
            "leads per second",
            "times LightGBM's own",
            "preparing",
            "tables",
            "paths without table",
            "difference",
        ),
        (
            (
                entry["shape"],
                f"{entry['rows_per_second']:,}",
                f"{entry['speedup_over_lightgbm']:g}",
                f"{entry['preparing_seconds']:g} s",
                f"{entry['tables_mb']:g} MB",
                f"{entry['long_paths']:,}",
                f"{entry['largest_difference']:.0e}",
            )
            for entry in results["shapes"]
        ),
    )
    return f"{told}\n\n{engines}\n{notes}\n\n{shapes}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
