"""What training and scoring cost beside the bare library: the same trees, the same rows."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np
import pandas as pd
from environments import environment, run

from judging.compiled import MARGINS, ROWS, TREES
from pqlml.model.margins import tree_margins
from pqlml.model.propensity import PropensityClassifier

FEATURES: Final = 130
COMPILER: Final = Path(__file__).with_name("compiled.py")
COMPILERS: Final[Mapping[str, tuple[str, ...]]] = {
    "lleaves": ("lleaves==1.3.0", "llvmlite==0.44.0", "numpy==2.4.6"),
    "tl2cgen": ("tl2cgen==1.0.0", "treelite==4.8.1", "numpy==2.4.6"),
}
COMPILED_ROWS: Final = 100_000
"""Rows that compilers score."""


def make_rows(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make features with gaps, and a rare outcome that depends on some of them, alone and together."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, FEATURES))
    matrix[:, ::2] = np.floor(np.exp(matrix[:, ::2]))  # counts
    matrix[rng.random(matrix.shape) < 0.05] = np.nan  # noqa: PLR2004 - one in twenty is unknown
    known = np.nan_to_num(matrix)
    push = np.log1p(known[:, :20:2]) @ rng.normal(size=10) / 2 + known[:, 1] * known[:, 3] / 2
    return matrix, (rng.random(count) < 1 / (1 + np.exp(3.5 - push))).astype(np.int8)


def measure_cost(count: int, rounds: int, folder: Path | None = None) -> dict[str, Any]:
    """Time fitting and scoring side by side; ratios are medians over the rounds.

    Parameters
    ----------
    folder
        Where trees and rows are written for compilers of trees, each of which then has its turn; null leaves them out.
    """
    matrix, label = make_rows(count)
    frame = pd.DataFrame(matrix, columns=[f"feature {place}" for place in range(FEATURES)])
    training, scoring = [], []
    size, whole = 0, None
    for number in range(rounds):
        ours, model = timed(lambda: PropensityClassifier().fit(matrix, label))
        size = model.chosen_["n_trees"]
        settings = {key: value for key, value in model.settings_.items() if key != "boost_from_average"}
        bare, booster = timed(partial(train_bare, settings, size, matrix, label))
        training.append((ours, bare))
        whole = model.booster_
        if not number:
            model.predict_proba(matrix)  # compiles the kernel, once per machine
        scored, _ = timed(partial(model.predict_proba, matrix))
        same, _ = timed(partial(model.booster_.predict, matrix))
        without, _ = timed(partial(booster.predict, matrix))
        named = PropensityClassifier(n_trees=1).fit(frame.iloc[:1_000], label[:1_000])
        named.booster_ = whole
        of_frame, _ = timed(partial(named.predict_proba, frame))
        scoring.append((scored, same, without, of_frame))
        print(f"cost, round {number + 1}: training {ours:.1f} s, bare {bare:.1f} s", file=sys.stderr)
    return {
        "rows": count,
        "features": FEATURES,
        "conversions": int(label.sum()),
        "trees": size,
        "rounds": rounds,
        "training_seconds": median(ours for ours, _ in training),
        "bare_training_seconds": median(bare for _, bare in training),
        "training_over_bare": median(ours / bare for ours, bare in training),
        "rows_per_second": round(count / median(scored for scored, *_ in scoring)),
        "rows_per_second_of_a_data_frame": round(count / median(of_frame for *_, of_frame in scoring)),
        "bare_rows_per_second": round(count / median(same for _, same, *_ in scoring)),
        "scoring_over_bare": median(same / scored for scored, same, *_ in scoring),
        "scoring_over_trees_without_line": median(without / scored for scored, _, without, _ in scoring),
        "compiled": {} if folder is None or whole is None else measure_compiled(whole, matrix[:COMPILED_ROWS], folder),
    }


def train_bare(settings: dict[str, Any], trees: int, matrix: np.ndarray, label: np.ndarray) -> lgb.Booster:
    """Grow the same trees with the bare library; binning the rows is part of it, as it is of ours."""
    return lgb.train(settings, lgb.Dataset(matrix, label), trees)


def measure_compiled(booster: lgb.Booster, matrix: np.ndarray, folder: Path) -> dict[str, Any]:
    """Let compilers of trees score the same rows, beside the bare booster and the kernel on these rows."""
    folder.mkdir(parents=True, exist_ok=True)
    booster.save_model(folder / TREES)
    np.save(folder / ROWS, matrix)
    np.save(folder / MARGINS, booster.predict(matrix, raw_score=True))
    found: dict[str, Any] = {"rows": len(matrix)}
    for name, score in (("lightgbm", booster.predict), ("kernel", partial(tree_margins, booster))):
        score(matrix)
        seconds = median(timed(partial(score, matrix))[0] for _ in range(3))
        found[name] = {"rows_per_second": round(len(matrix) / seconds)}
    for name, packages in COMPILERS.items():
        try:
            found[name] = run(environment(name, packages), COMPILER, engine=name, folder=folder)
        except subprocess.CalledProcessError as error:
            found[name] = {"failed": f"exit code {error.returncode}"}
    return found


def median(values: Any) -> float:  # noqa: ANN401 - any iterable of numbers
    """Return the median with digits enough for any table."""
    return round(float(statistics.median(values)), 4)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long something took, and what it returned."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found
