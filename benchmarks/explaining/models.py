"""Leads and models that are explained; written once into a folder, where every engine reads them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import lightgbm as lgb
import numpy as np
from environments import environment, run

from pqlml.model.propensity import PropensityClassifier

FEATURES: Final = 130
TREES: Final = 300
ENGINES: Final = Path(__file__).parent / "engines.py"
OTHERS: Final = {
    "xgboost": ("xgboost==3.2.0", "scikit-learn"),
    "woodelf": ("woodelf-explainer==0.4.8", "lightgbm==4.6.0"),
}
"""Engines in environments of their own."""

GROWN_ON: Final = 40_000
"""Rows of training: the size of the trees is what matters here."""


def prepare(folder: Path, leads: int) -> np.ndarray:
    """Write rows, and models of 300 trees with 31 leaves, unless they are there; return the rows."""
    stamp = folder / f"made-of-{leads}"
    if not stamp.exists():
        print("making leads and models", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        matrix, label = make_leads(leads)
        np.save(folder / "matrix.npy", matrix)
        np.save(folder / "label.npy", label)
        grow(matrix[:GROWN_ON], label[:GROWN_ON], num_leaves=31).save_model(folder / "lightgbm.txt")
        released(matrix[:GROWN_ON], label[:GROWN_ON]).save_model(folder / "released.txt")
        rows = min(leads, GROWN_ON)
        run(environment("xgboost", OTHERS["xgboost"]), ENGINES, engine="grow_xgboost", folder=folder, rows=rows)
        stamp.touch()
    matrix = np.load(folder / "matrix.npy")
    return np.asarray(matrix)


def make_leads(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make features with gaps and an outcome that depends on some of them, alone and together."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, FEATURES))
    matrix[rng.random(matrix.shape) < 0.05] = np.nan  # noqa: PLR2004 - one in twenty is unknown
    known = np.nan_to_num(matrix)
    push = known[:, :20] @ rng.normal(size=20) / 2 + known[:, 0] * known[:, 1]
    return matrix, rng.random(rows) < 1 / (1 + np.exp(2 - push))


def grow(matrix: np.ndarray, label: np.ndarray, **settings: object) -> lgb.Booster:
    """Train plain trees; on one processor, so that whatever else runs does not hold it up."""
    usual = {"objective": "binary", "learning_rate": 0.05, "num_threads": 1, "verbose": -1}
    return lgb.train({**usual, **settings}, lgb.Dataset(matrix, label), TREES)


def released(matrix: np.ndarray, label: np.ndarray) -> lgb.Booster:
    """Train what pqlml releases: trees that begin with a line, one tree of steps for each of its columns."""
    return PropensityClassifier(n_trees=TREES, num_leaves=31, n_threads=1).fit(matrix, label).booster_
