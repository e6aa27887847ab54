"""Splits that say what they are worth: forward in time and purged where there is time, over entities where not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.definition.model import Definition
from pqlml.errors import NotEnoughDataError
from pqlml.times import days


@dataclass(frozen=True)
class Fold:
    """Row positions to fit on and to judge on; they never overlap."""

    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Split:
    """One or more folds, and in words how they were made.

    Attributes
    ----------
    forward
        Whether every test row lies after every training row and its label window.
    purged
        Rows in no part, because their label window reaches into the test part.
    headline
        What every figure made with this split must carry along.
    """

    folds: tuple[Fold, ...]
    repeats: int
    forward: bool
    purged: int
    headline: str
    test_from: pd.Timestamp | None = None


def first_test_cutoff(definition: Definition, cutoff: pd.Series) -> pd.Timestamp | None:
    """Return the cutoff from which rows are test rows, or null where the split is not by time."""
    plan = definition.evaluation
    if definition.timeless or plan.folds is not None:
        return None
    if plan.test_from is not None:
        return pd.Timestamp(plan.test_from)
    if cutoff.empty:
        msg = "there is no row to split; widen 'snapshots' or 'population', or collect more data."
        raise NotEnoughDataError(msg)
    ordered = cutoff.sort_values(ignore_index=True)
    return pd.Timestamp(ordered.iloc[min(int(len(ordered) * (1 - plan.test_share)), len(ordered) - 1)])


def split_rows(definition: Definition, keys: pd.DataFrame, label: np.ndarray, seed: int = 0) -> Split:
    """Split rows as the definition's evaluation plan says.

    Raises
    ------
    NotEnoughDataError
        If a part would be empty or hold one class only; says how many rows and conversions there are.
    """
    test_from = first_test_cutoff(definition, keys["cutoff"]) if "cutoff" in keys else None
    split = (
        _forward(definition, keys, test_from)
        if test_from is not None
        else _over_entities(definition, keys["entity_id"].to_numpy(), label, seed)
    )
    for fold in split.folds:
        for part, rows in (("training", fold.train), ("test", fold.test)):
            _require_both_classes(part, label[rows], split)
    return split


def _forward(definition: Definition, keys: pd.DataFrame, test_from: pd.Timestamp) -> Split:
    cutoff = keys["cutoff"]
    window = days(definition.conversion.gap_days + definition.conversion.horizon_days)
    test = (cutoff >= test_from).to_numpy()
    train = (cutoff + window <= test_from).to_numpy()
    shared = bool(set(keys["entity_id"][train]) & set(keys["entity_id"][test]))
    purged = int((~test & ~train).sum())
    headline = (
        f"forward in time: judged on cutoffs from {test_from:%Y-%m-%d} on, after fitting on rows whose label window "
        f"had closed by then ({purged} rows in between purged); "
        f"{'entities may be on both sides' if shared else 'no entity is on both sides'}"
    )
    folds = (Fold(np.flatnonzero(train), np.flatnonzero(test)),)
    return Split(folds, 1, forward=True, purged=purged, headline=headline, test_from=test_from)


def _over_entities(definition: Definition, entity: np.ndarray, label: np.ndarray, seed: int) -> Split:
    from sklearn.model_selection import StratifiedGroupKFold

    plan = definition.evaluation
    number = plan.folds or 5
    conversions = int(label.sum())
    entities = len(np.unique(entity))
    if min(conversions, len(label) - conversions, entities) < number:
        msg = (
            f"{number} folds need at least {number} rows of each class and {number} entities; there are {conversions} "
            f"conversions in {len(label)} rows of {entities} entities. Ask for fewer folds ('evaluation.folds') or "
            f"collect more data."
        )
        raise NotEnoughDataError(msg)
    folds = []
    for repeat in range(plan.repeats):
        splitter = StratifiedGroupKFold(number, shuffle=True, random_state=seed + repeat)
        folds += [Fold(train, test) for train, test in splitter.split(label, label, entity)]
    repeated = f", repeated {plan.repeats} times" if plan.repeats > 1 else ""
    why = "the data has no times" if definition.timeless else "as the definition asks"
    headline = (
        f"NOT forward in time ({why}): {number} stratified folds over entities{repeated}; next month may be worse"
    )
    return Split(tuple(folds), plan.repeats, forward=False, purged=0, headline=headline)


def _require_both_classes(part: str, label: np.ndarray, split: Split) -> None:
    conversions = int(label.sum())
    if 0 < conversions < len(label):
        return
    if len(label) == 0:
        detail = "it has no rows"
    else:
        detail = f"all {len(label)} rows are {'conversions' if conversions else 'without conversion'}"
    advice = (
        "Move 'evaluation.test_from', change 'evaluation.test_share', widen 'snapshots'"
        if split.forward
        else "Ask for fewer folds ('evaluation.folds')"
    )
    msg = f"the {part} part cannot be used: {detail} ({split.headline}). {advice}, or collect more data."
    raise NotEnoughDataError(msg)
