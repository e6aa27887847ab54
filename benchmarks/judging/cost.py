"""What training and scoring cost beside the bare library: the same trees, the same rows."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import lightgbm as lgb
import numpy as np

from pqlml.model.propensity import PropensityClassifier

FEATURES: Final = 130


def make_rows(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make features with gaps, and a rare outcome that depends on some of them, alone and together."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, FEATURES))
    matrix[:, ::2] = np.floor(np.exp(matrix[:, ::2]))  # counts
    matrix[rng.random(matrix.shape) < 0.05] = np.nan  # noqa: PLR2004 - one in twenty is unknown
    known = np.nan_to_num(matrix)
    push = np.log1p(known[:, :20:2]) @ rng.normal(size=10) / 2 + known[:, 1] * known[:, 3] / 2
    return matrix, (rng.random(count) < 1 / (1 + np.exp(3.5 - push))).astype(np.int8)


def measure_cost(count: int, rounds: int) -> dict[str, Any]:
    """Time fitting and scoring side by side; ratios are medians over the rounds."""
    matrix, label = make_rows(count)
    training, scoring = [], []
    size = 0
    for number in range(rounds):
        ours, model = timed(lambda: PropensityClassifier().fit(matrix, label))
        size = model.chosen_["n_trees"]
        settings = {key: value for key, value in model.settings_.items() if key != "boost_from_average"}
        bare, booster = timed(lambda s=settings, n=size: lgb.train(s, lgb.Dataset(matrix, label), n))  # type: ignore[misc]
        training.append((ours, bare))
        whole = model.booster_
        scored, _ = timed(lambda m=model: m.predict_proba(matrix))  # type: ignore[misc]
        same, _ = timed(lambda b=whole: b.predict(matrix))  # type: ignore[misc]
        without, _ = timed(lambda b=booster: b.predict(matrix))  # type: ignore[misc]
        scoring.append((scored, same, without))
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
        "rows_per_second": round(count / median(scored for scored, _, _ in scoring)),
        "scoring_over_bare": median(same / scored for scored, same, _ in scoring),
        "scoring_over_trees_without_line": median(without / scored for scored, _, without in scoring),
    }


def median(values: Any) -> float:  # noqa: ANN401 - any iterable of numbers
    """Return the median with digits enough for any table."""
    return round(float(statistics.median(values)), 4)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long something took, and what it returned."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found
