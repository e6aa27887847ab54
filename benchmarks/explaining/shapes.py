"""Trees of other sizes, and what categories and missing values cost, beside LightGBM's own contributions."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from steps import Steps

from explaining.compare import paired
from explaining.models import FEATURES, grow, released
from pqlml.explain.trees import TreeExplainer

ROUNDS: Final = 3
GROWN_ON: Final = 10_000
MOST_ROWS: Final = 30_000
"""Rows of training, and rows explained at most."""

SECONDS: Final = 4.0
SECONDS_OF_LIGHTGBM: Final = 1.5
"""Of each model as many rows are explained as take about so long."""

Entry = dict[str, Any]
Grow = Callable[[np.ndarray, np.ndarray], lgb.Booster]


def _trees(**settings: object) -> Grow:
    """Grow trees of a shape; of some features each, which takes less time and leaves the shape as it is."""
    return lambda matrix, label: grow(matrix, label, feature_fraction=0.3, **settings)


CATEGORIES: Final = list(range(100, FEATURES))
SHAPES: Final[dict[str, tuple[str, Grow]]] = {
    **{f"{leaves} leaves": ("usual", _trees(num_leaves=leaves)) for leaves in (15, 31, 63, 127, 255)},
    **{f"255 leaves, depth {depth}": ("usual", _trees(num_leaves=255, max_depth=depth)) for depth in (4, 6, 8)},
    "30 categorical features": ("categories", _trees(num_leaves=31, categorical_feature=CATEGORIES)),
    "nothing missing": ("full", _trees(num_leaves=31)),
    "half of all values missing": ("gaps", _trees(num_leaves=31)),
    "31 leaves after a line (as released)": ("usual", released),
}
"""Name -> which rows, and how the trees are grown. Where no depth is named it is not limited."""


def shapes(steps: Steps, folder: Path, matrix: np.ndarray) -> None:
    """Measure each shape."""
    label = np.load(folder / "label.npy")
    rows = matrix[:MOST_ROWS]
    for name, (kind, make) in SHAPES.items():
        found = steps.step(f"shapes/{name}", partial(_shape, kind, rows, label[: len(rows)], make))
        print(f"{name}: {found['rows_per_second']:,} rows/s", file=sys.stderr, flush=True)


def _values(kind: str, rows: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(2)
    if kind == "categories":
        values: np.ndarray = rows.copy()
        values[:, CATEGORIES] = rng.integers(30, size=(len(rows), len(CATEGORIES)))
        return values
    if kind == "full":
        return np.asarray(np.nan_to_num(rows))
    if kind == "gaps":
        return np.where(rng.random(rows.shape) < 0.5, np.nan, rows)  # noqa: PLR2004 - every other one
    return rows


def _shape(kind: str, rows: np.ndarray, label: np.ndarray, make: Grow) -> Entry:
    values = _values(kind, rows)
    booster = make(values[:GROWN_ON], label[:GROWN_ON])
    explainer = TreeExplainer.of(booster)
    explainer.shares(values[:100])
    values = values[: _affordable(explainer.shares, values, 1_000, SECONDS)]
    few = values[: _affordable(partial(booster.predict, pred_contrib=True), values, 8, SECONDS_OF_LIGHTGBM)]
    shares, expected = np.empty((0, 0)), np.empty((0, 0))
    speeds, others, preparing = [], [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        explainer = TreeExplainer.of(booster)
        preparing.append(time.perf_counter() - began)
        shares = explainer.shares(values)
        speeds.append(len(values) / (time.perf_counter() - began))
        began = time.perf_counter()
        expected = np.asarray(booster.predict(few, pred_contrib=True))
        others.append(len(few) / (time.perf_counter() - began))
    return {
        "rows": len(values),
        "rows_of_lightgbm": len(few),
        "rows_per_second": round(statistics.median(speeds)),
        "speedup_over_lightgbm": round(paired(speeds, others), 1),
        "preparing_seconds": round(statistics.median(preparing), 2),
        "tables_mb": round(explainer.table_bytes / 1e6, 1),
        "long_paths": explainer.long_paths,
        "largest_difference": float(np.abs(shares[: len(few)] - expected[:, :-1]).max()),
    }


def _affordable(explain: Callable[[np.ndarray], object], values: np.ndarray, tried: int, seconds: float) -> int:
    """Return how many rows can be explained in so many seconds, and not much fewer than are enough to time."""
    began = time.perf_counter()
    explain(values[:tried])
    each = (time.perf_counter() - began) / tried
    return int(np.clip(seconds / each, 4 * tried, len(values)))
