"""What candidates in other environments read and write: rows as files, probabilities as files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

VALUES, FACTS, FOLDS = "values.parquet", "facts.json", "folds.npz"
MISSING: Final = "(missing)"


@dataclass(frozen=True)
class Prediction:
    """Probabilities of the judged rows, null for all others, and how long fitting and predicting took.

    Attributes
    ----------
    budget
        Seconds that the candidate was given for all folds; null where it takes what it takes.
    """

    probability: np.ndarray
    seconds: float
    budget: float | None = None


def write_rows(
    folder: Path, values: pd.DataFrame, label: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]]
) -> str:
    """Write rows and folds into a folder; return a fingerprint of all that candidates see."""
    folder.mkdir(parents=True, exist_ok=True)
    values.assign(**{"label ": label}).to_parquet(folder / VALUES)
    arrays = {
        f"{side}{number}": rows for number, fold in enumerate(folds) for side, rows in zip("ab", fold, strict=True)
    }
    np.savez(folder / FOLDS, **arrays)  # type: ignore[arg-type]  # the stubs take keywords for options
    digest = hashlib.blake2b(pd.util.hash_pandas_object(values, index=False).to_numpy().tobytes(), digest_size=8)
    for part in (label.astype(np.int8), *arrays.values()):
        digest.update(np.ascontiguousarray(part).tobytes())
    (folder / FACTS).write_text(json.dumps({"folds": len(folds)}), "utf-8")
    return digest.hexdigest()


def read_rows(folder: Path) -> tuple[pd.DataFrame, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Read what :func:`write_rows` wrote."""
    values = pd.read_parquet(folder / VALUES)
    label = values.pop("label ").to_numpy()
    arrays = np.load(folder / FOLDS)
    number = json.loads((folder / FACTS).read_text("utf-8"))["folds"]
    return values, label, [(arrays[f"a{fold}"], arrays[f"b{fold}"]) for fold in range(number)]


def code_digest(folder: Path) -> str:
    """Return a fingerprint of the code in a folder, on which predictions depend."""
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def store(file: Path, found: Prediction, fingerprint: str) -> None:
    """Keep a prediction with what it was made from."""
    file.parent.mkdir(parents=True, exist_ok=True)
    budget = np.nan if found.budget is None else found.budget
    # Whoever stops the run halfway finds the former file or the new one.
    made = file.with_name(f"{file.stem}-new.npz")
    np.savez(made, probability=found.probability, seconds=found.seconds, budget=budget, fingerprint=fingerprint)
    made.replace(file)


def recall(file: Path, fingerprint: str) -> Prediction | None:
    """Return a prediction of an earlier run, or null where there is none from the same rows and code."""
    if not file.exists():
        return None
    kept: Any = np.load(file)
    if str(kept["fingerprint"]) != fingerprint:
        return None
    budget = float(kept["budget"])
    return Prediction(kept["probability"], float(kept["seconds"]), None if np.isnan(budget) else budget)


def as_peers_read(train: pd.DataFrame, *others: pd.DataFrame) -> list[pd.DataFrame]:
    """Give texts the type of categories, as they are in the training part; leave out columns that say nothing there.

    Of a category the 200 most frequent texts are kept: some libraries take no more than 255.
    """
    kept = [name for name in train.columns if len(train[name].dropna().unique()) > 1]
    levels = {
        name: train[name].value_counts().index[:200] for name in kept if not pd.api.types.is_numeric_dtype(train[name])
    }
    return [
        pd.DataFrame(
            {
                name: pd.Categorical(part[name], categories=levels[name])
                if name in levels
                else part[name].astype(float)
                for name in kept
            },
            index=part.index,
        )
        for part in (train, *others)
    ]
