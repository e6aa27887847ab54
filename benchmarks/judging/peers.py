"""Peers, each run in an environment of its own: reads rows, writes probabilities, prints how long it took."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from judging.exchange import MISSING, as_peers_read, read_rows

Fit = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame, float], np.ndarray]


def xgboost(train: pd.DataFrame, label: np.ndarray, test: pd.DataFrame, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """XGBoost with its defaults."""
    from xgboost import XGBClassifier

    return positive(XGBClassifier(enable_categorical=True, random_state=0).fit(train, label), test)


def catboost(train: pd.DataFrame, label: np.ndarray, test: pd.DataFrame, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """CatBoost with its defaults."""
    from catboost import CatBoostClassifier

    texts = list(train.select_dtypes("category"))
    model = CatBoostClassifier(verbose=False, random_seed=0, allow_writing_files=False, cat_features=texts)
    return positive(model.fit(spoken(train), label), spoken(test))


def flaml(train: pd.DataFrame, label: np.ndarray, test: pd.DataFrame, seconds: float) -> np.ndarray:
    """FLAML, which searches learners and settings."""
    from flaml import AutoML

    model = AutoML()
    model.fit(
        X_train=train, y_train=label, task="classification", metric="log_loss", time_budget=seconds, seed=0, verbose=0
    )
    return positive(model, test)


def autogluon(train: pd.DataFrame, label: np.ndarray, test: pd.DataFrame, seconds: float) -> np.ndarray:
    """AutoGluon's stacked ensembles of the preset ``best_quality``."""
    from autogluon.tabular import TabularPredictor

    with tempfile.TemporaryDirectory() as made:
        model = TabularPredictor(label="label ", eval_metric="log_loss", problem_type="binary", path=made, verbosity=0)
        model.fit(train.assign(**{"label ": label}), presets="best_quality", time_limit=seconds)
        return np.asarray(model.predict_proba(test)[1], dtype=np.float64)


ENGINES: dict[str, Fit] = {"xgboost": xgboost, "catboost": catboost, "flaml": flaml, "autogluon": autogluon}


def positive(model: Any, test: pd.DataFrame) -> np.ndarray:  # noqa: ANN401 - whatever library it is of
    """Return the probability of a conversion."""
    return np.asarray(model.predict_proba(test)[:, 1], dtype=np.float64)


def spoken(values: pd.DataFrame) -> pd.DataFrame:
    """Write categories as texts, missing ones too."""
    texts = values.select_dtypes("category").astype(object)
    return values.assign(**{str(name): texts[name].where(texts[name].notna(), MISSING) for name in texts})


def main() -> None:
    """Fit on each fold's training part, predict its test part."""
    parser = argparse.ArgumentParser(description="Run one peer.")
    parser.add_argument("--engine", choices=sorted(ENGINES), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="budget of all folds together")
    parser.add_argument("--to", type=Path, required=True)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    values, label, folds = read_rows(asked.folder)
    found = np.full(len(label), np.nan)
    began = time.perf_counter()
    for fitted, judged in folds:
        train, test = as_peers_read(values.iloc[fitted], values.iloc[judged])
        found[judged] = ENGINES[asked.engine](train, label[fitted], test, asked.seconds / len(folds))
    seconds = time.perf_counter() - began
    np.save(asked.to, found)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
