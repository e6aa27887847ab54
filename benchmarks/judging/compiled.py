"""Compilers of trees, each in an environment of its own: reads a booster and rows, prints how long scoring takes."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TREES, ROWS, MARGINS = "trees.txt", "rows.npy", "margins.npy"
ROUNDS = 3

Score = Callable[[np.ndarray], np.ndarray]


def lleaves(trees: Path, width: int, folder: Path) -> Score:  # noqa: ARG001 - it needs neither
    """Compile with LLVM."""
    import lleaves as library

    model: Any = library.Model(model_file=str(trees))
    model.compile(raw_score=True)
    return lambda rows: np.asarray(model.predict(rows))


def tl2cgen(trees: Path, width: int, folder: Path) -> Score:  # noqa: ARG001 - it reads the width itself
    """Compile to C, as the successor of Treelite's compiler does, with the machine's C compiler."""
    import tl2cgen as library
    import treelite

    model: Any = treelite.frontend.load_lightgbm_model(str(trees))
    to = folder / "trees.so"
    library.export_lib(model, toolchain="gcc", libpath=str(to), params={"parallel_comp": 2})
    predictor: Any = library.Predictor(str(to))
    return lambda rows: np.asarray(predictor.predict(library.DMatrix(rows), pred_margin=True)).ravel()


ENGINES = {"lleaves": lleaves, "tl2cgen": tl2cgen}


def main() -> None:
    """Compile once, score some times."""
    parser = argparse.ArgumentParser(description="Score with compiled trees.")
    parser.add_argument("--engine", choices=sorted(ENGINES), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    asked = parser.parse_args()
    rows, margins = np.load(asked.folder / ROWS), np.load(asked.folder / MARGINS)
    with tempfile.TemporaryDirectory() as made:
        began = time.perf_counter()
        score = ENGINES[asked.engine](asked.folder / TREES, rows.shape[1], Path(made))
        found = score(rows[:10])
        compiling = time.perf_counter() - began
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            found = score(rows)
            seconds.append(time.perf_counter() - began)
    told = {
        "compiling_seconds": round(compiling, 1),
        "rows_per_second": round(len(rows) / statistics.median(seconds)),
        "largest_difference": float(np.abs(found - margins).max()),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
