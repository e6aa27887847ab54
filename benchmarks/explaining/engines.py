"""One engine explains some rows, in a process of its own; prints seconds, rows and peak memory as JSON.

Runs in several environments, so it imports only what its engine needs.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Explain = Callable[[], Any]


def main() -> None:
    """Load data and model, warm up on a few rows, then explain; loading and warming up are not timed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=sorted(ENGINES))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--keep", type=Path, default=None)
    asked = parser.parse_args()
    matrix = np.load(asked.folder / "matrix.npy")[: asked.rows]
    explain = ENGINES[asked.engine](asked.folder, matrix)
    began = time.perf_counter()
    found = explain()
    seconds = time.perf_counter() - began
    if asked.keep is not None:
        np.save(asked.keep, np.asarray(found)[:4_000])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps({"seconds": seconds, "rows": len(matrix), "peak_gb": peak}))


def pqlml(folder: Path, matrix: np.ndarray) -> Explain:
    """Time includes preparing the model."""
    import lightgbm as lgb

    from pqlml.explain.trees import TreeExplainer

    booster = lgb.Booster(model_file=folder / "lightgbm.txt")
    TreeExplainer.of(booster).shares(matrix[:100])
    return lambda: TreeExplainer.of(booster).shares(matrix)


def released(folder: Path, matrix: np.ndarray) -> Explain:
    """Explain trees that begin with a line."""
    import lightgbm as lgb

    from pqlml.explain.trees import TreeExplainer

    booster = lgb.Booster(model_file=folder / "released.txt")
    TreeExplainer.of(booster).shares(matrix[:100])
    return lambda: TreeExplainer.of(booster).shares(matrix)


def lightgbm(folder: Path, matrix: np.ndarray) -> Explain:
    """LightGBM's own contributions, on all processors."""
    import lightgbm as lgb

    booster = lgb.Booster(model_file=folder / "lightgbm.txt")
    booster.predict(matrix[:10], pred_contrib=True)
    return lambda: np.asarray(booster.predict(matrix, pred_contrib=True))[:, :-1]


def predict(folder: Path, matrix: np.ndarray) -> Explain:
    """LightGBM's margins: what explaining is measured against."""
    import lightgbm as lgb

    booster = lgb.Booster(model_file=folder / "lightgbm.txt")
    booster.predict(matrix[:10], raw_score=True)
    return lambda: booster.predict(matrix, raw_score=True)


def released_predict(folder: Path, matrix: np.ndarray) -> Explain:
    """Margins of trees that begin with a line."""
    import lightgbm as lgb

    booster = lgb.Booster(model_file=folder / "released.txt")
    booster.predict(matrix[:10], raw_score=True)
    return lambda: booster.predict(matrix, raw_score=True)


def shap(folder: Path, matrix: np.ndarray) -> Explain:
    """``shap.TreeExplainer``, path-dependent."""
    import lightgbm as lgb
    import shap as package

    explainer = package.TreeExplainer(lgb.Booster(model_file=folder / "lightgbm.txt"))
    explainer.shap_values(matrix[:10])
    return lambda: explainer.shap_values(matrix)


def woodelf(folder: Path, matrix: np.ndarray) -> Explain:
    """``woodelf-explainer``, path-dependent; time includes preparing the model, as its calls do."""
    import lightgbm as lgb
    import pandas as pd
    from woodelf import WoodelfExplainer

    booster = lgb.Booster(model_file=folder / "lightgbm.txt")
    table = pd.DataFrame(matrix, columns=booster.feature_name())
    explainer = WoodelfExplainer(booster, feature_perturbation="tree_path_dependent")

    def explain(some: pd.DataFrame) -> Any:  # noqa: ANN401 - as the library returns them
        with contextlib.redirect_stderr(io.StringIO()):  # it draws its progress there
            return explainer.shap_values(some)

    explain(table.head(10))
    return lambda: explain(table)


def xgboost(folder: Path, matrix: np.ndarray) -> Explain:
    """XGBoost's own contributions, for a model of the same size on the same data."""
    import xgboost as xgb

    booster = xgb.Booster(model_file=folder / "xgboost.json")
    booster.predict(xgb.DMatrix(matrix[:10]), pred_contribs=True)
    data = xgb.DMatrix(matrix)
    return lambda: booster.predict(data, pred_contribs=True)


def grow_xgboost(folder: Path, matrix: np.ndarray) -> Explain:
    """Train that model."""
    import xgboost as xgb

    label = np.load(folder / "label.npy")[: len(matrix)]
    settings = {
        "objective": "binary:logistic",
        "grow_policy": "lossguide",
        "max_leaves": 31,
        "max_depth": 0,
        "eta": 0.05,
    }
    data = xgb.DMatrix(matrix, label)
    return lambda: xgb.train(settings, data, 300).save_model(folder / "xgboost.json")


ENGINES: dict[str, Callable[[Path, np.ndarray], Explain]] = {
    "pqlml": pqlml,
    "lightgbm": lightgbm,
    "predict": predict,
    "released": released,
    "released_predict": released_predict,
    "shap": shap,
    "woodelf": woodelf,
    "xgboost": xgboost,
    "grow_xgboost": grow_xgboost,
}

if __name__ == "__main__":
    main()
