"""The candidates of the comparison, each from a set to probabilities of its judged rows."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from environments import environment, run

from judging.exchange import Prediction, as_peers_read
from judging.sets import JudgedSet
from pqlml.dataset.folds import Fold
from pqlml.model.bundle import Kind
from pqlml.model.calibration import sigmoid
from pqlml.model.candidates import rival_log_odds
from pqlml.model.fit import fit_model
from pqlml.model.tune import Budget, TuningRows, tune_classifier

PEERS: Final = Path(__file__).with_name("peers.py")
ENVIRONMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "xgboost": ("xgboost==3.2.0", "scikit-learn==1.9.1", "pandas==3.1.1", "pyarrow==26.0.1"),
    "catboost": ("catboost==1.2.10", "pandas==3.1.1", "pyarrow==26.0.1"),
    "flaml": ("flaml[automl]==2.7.0", "scikit-learn==1.9.1", "pandas==3.1.1", "pyarrow==26.0.1"),
    "autogluon": (
        "autogluon.tabular[lightgbm,catboost,xgboost]==1.6.3",
        "scikit-learn==1.9.1",
        "pandas==2.3.3",
        "pyarrow==24.0.0",
    ),
}
"""What peers with packages of their own need."""
FOLDERS: Final = {"xgboost": "xgboost-model"}
"""Environments whose plain name another benchmark has."""
TIMED: Final = ("tuned", "flaml", "autogluon")
"""Candidates that use as much time as they are given."""

Predict = Callable[[JudgedSet, Fold, float], np.ndarray]


def default(judged: JudgedSet, fold: Fold, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """Pqlml as it is."""
    return _pqlml(judged, fold, "trees")


def linear(judged: JudgedSet, fold: Fold, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """Pqlml's regularised linear model."""
    return _pqlml(judged, fold, "linear")


def points(judged: JudgedSet, fold: Fold, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """Add up the hand-set points, and make them log-odds by a straight line."""
    return sigmoid(rival_log_odds("points", judged.definition, judged.rows, fold))


def tuned(judged: JudgedSet, fold: Fold, seconds: float) -> np.ndarray:
    """Pqlml with the settings that a search on the training part alone finds."""
    rows, definition = judged.rows, judged.definition
    values, label = rows.values.iloc[fold.train], rows.label[fold.train]
    encoder = judged.encoder(values)
    with_times = "cutoff" in rows.keys
    found = tune_classifier(
        TuningRows(
            encoder.matrix(values),
            label,
            rows.entity[fold.train],
            rows.keys["cutoff"].iloc[fold.train].to_numpy() if with_times else None,
            horizon_days=definition.conversion.horizon_days if with_times else None,
            gap_days=definition.conversion.gap_days,
            categorical=tuple(encoder.categorical),
        ),
        Budget(seconds=seconds),
    )
    settings = definition.model.model_copy(update=dict(found.parameters))
    model = fit_model(
        definition.model_copy(update={"model": settings}), judged.vocabulary, rows, fold.train, kind="trees"
    )
    return model.probability(rows.values.iloc[fold.test])


def lightgbm(judged: JudgedSet, fold: Fold, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """LightGBM with its defaults."""
    from lightgbm import LGBMClassifier

    return _frame(LGBMClassifier(verbose=-1, random_state=0, n_jobs=1), judged, fold)


def hist_gradient_boosting(judged: JudgedSet, fold: Fold, seconds: float) -> np.ndarray:  # noqa: ARG001 - takes what it takes
    """scikit-learn's histogram gradient boosting with its defaults."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return _frame(HistGradientBoostingClassifier(random_state=0), judged, fold)


OURS: Final[Mapping[str, Predict]] = {
    "default": default,
    "tuned": tuned,
    "linear": linear,
    "points": points,
    "lightgbm": lightgbm,
    "hist_gradient_boosting": hist_gradient_boosting,
}
"""Candidates that run in the project's own environment."""
CANDIDATES: Final = (*OURS, *ENVIRONMENTS)


def predict(name: str, judged: JudgedSet, folder: Path, seconds: float) -> Prediction:
    """Let one candidate fit every fold and predict its test part.

    Parameters
    ----------
    folder
        Where the set's rows were written for candidates that run elsewhere.
    seconds
        Budget of all folds together, for those that take one.
    """
    if name in ENVIRONMENTS:
        with tempfile.TemporaryDirectory() as made:
            to = Path(made) / "probability.npy"
            python = environment(FOLDERS.get(name, name), ENVIRONMENTS[name])
            told = run(python, PEERS, engine=name, folder=folder, seconds=seconds, to=to)
            return Prediction(np.load(to), float(told["seconds"]))
    found = np.full(len(judged.rows.label), np.nan)
    folds = judged.split.folds
    began = time.perf_counter()
    for number, fold in enumerate(folds, start=1):
        found[fold.test] = OURS[name](judged, fold, seconds / len(folds))
        print(f"{judged.name}: {name}, fold {number} of {len(folds)}", file=sys.stderr)
    return Prediction(found, time.perf_counter() - began)


def _pqlml(judged: JudgedSet, fold: Fold, kind: Kind) -> np.ndarray:
    model = fit_model(judged.definition, judged.vocabulary, judged.rows, fold.train, kind=kind)
    return model.probability(judged.rows.values.iloc[fold.test])


def _frame(model: Any, judged: JudgedSet, fold: Fold) -> np.ndarray:  # noqa: ANN401 - of two libraries
    values: pd.DataFrame = judged.rows.values
    train, test = as_peers_read(values.iloc[fold.train], values.iloc[fold.test])
    if "categorical_features" in model.get_params():
        model.set_params(categorical_features="from_dtype")
    return np.asarray(model.fit(train, judged.rows.label[fold.train]).predict_proba(test)[:, 1], dtype=np.float64)
