"""Splits as the definition plans them: forward in time and purged where there is time, over entities where not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pqlml.dataset.folds import ENTITY_PARTS, Fold, Split, entity_parts, require_parts
from pqlml.dataset.origins import Sides, choose_origins, latest_share, rolling_folds
from pqlml.definition.model import Definition
from pqlml.errors import NotEnoughDataError
from pqlml.times import days


def first_test_cutoff(definition: Definition, cutoff: pd.Series) -> pd.Timestamp | None:
    """Return the cutoff from which rows are test rows, or null where the split is not by time."""
    plan = definition.evaluation
    if definition.timeless or plan.folds is not None:
        return None
    if plan.test_from is not None:
        return pd.Timestamp(plan.test_from)
    return latest_share(cutoff.to_numpy("datetime64[us]"), plan.test_share)


def split_rows(
    definition: Definition, keys: pd.DataFrame, label: np.ndarray, seed: int = 0, *, origins: int = 1
) -> Split:
    """Split rows as the definition's evaluation plan says.

    Parameters
    ----------
    keys
        ``entity_id`` and, where there is time, ``cutoff`` per row.
    origins
        At how many instants of the test part the model is fitted anew where the plan does not say: as many as the rows
        allow up to this.

    Raises
    ------
    NotEnoughDataError
        If a part would be empty or hold one class only; says how many rows and conversions there are.
    """
    plan = definition.evaluation
    test_from = first_test_cutoff(definition, keys["cutoff"]) if "cutoff" in keys else None
    if test_from is None:
        return _over_entities(definition, keys["entity_id"].to_numpy(), label, seed)
    if plan.origins is not None:
        return _forward(definition, keys, label, test_from, plan.origins, seed)
    for number in range(origins, 1, -1):
        try:
            return _forward(definition, keys, label, test_from, number, seed)
        except NotEnoughDataError:
            continue  # with fewer origins each fold has more rows
    return _forward(definition, keys, label, test_from, 1, seed)


def _forward(
    definition: Definition, keys: pd.DataFrame, label: np.ndarray, test_from: pd.Timestamp, number: int, seed: int
) -> Split:
    plan, entity = definition.evaluation, keys["entity_id"].to_numpy()
    cutoff = keys["cutoff"].to_numpy("datetime64[us]")
    window = pd.Timedelta(days(definition.conversion.gap_days + definition.conversion.horizon_days))
    origins = choose_origins(cutoff, number, test_from)
    sides = None
    if plan.entity_disjoint:
        sides = Sides(entity_parts(entity, ENTITY_PARTS, seed), [range(ENTITY_PARTS)] * len(origins))
    train = None if plan.train_days is None else pd.Timedelta(days(plan.train_days))
    folds = rolling_folds(cutoff, origins, window, train=train, sides=sides)
    headline = f"forward in time: {_when(folds, origins, plan.train_days)}; {_who(folds, entity, plan.entity_disjoint)}"
    advice = "Move 'evaluation.test_from', change 'evaluation.test_share', widen 'snapshots', or collect more data."
    if len(folds) > 1:
        advice = f"Ask for fewer 'evaluation.origins'. {advice}"
    require_parts(folds, label, headline, advice)
    return Split(folds, 1, forward=True, headline=headline, test_from=test_from)


def _when(folds: Sequence[Fold], origins: Sequence[pd.Timestamp], train_days: float | None) -> str:
    counts = sorted({len(fold.set_aside.get("purged", ())) for fold in folds})
    purged = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    rows = "rows" if train_days is None else f"the last {train_days:g} days of rows"
    fitted = f"after fitting on {rows} whose label window had closed by then ({purged} rows in between purged)"
    if len(origins) == 1:
        return f"judged on cutoffs from {origins[0]:%Y-%m-%d} on, {fitted}"
    return (
        f"judged from {len(origins)} origins between {origins[0]:%Y-%m-%d} and {origins[-1]:%Y-%m-%d}, each on the "
        f"cutoffs up to the next, {fitted}"
    )


def _who(folds: Sequence[Fold], entity: np.ndarray, disjoint: bool) -> str:  # noqa: FBT001 - a value from the definition
    if disjoint:
        return f"no entity is on both sides (each of {ENTITY_PARTS} parts is judged after fitting on the others)"
    shared = any(bool(set(entity[fold.train]) & set(entity[fold.test])) for fold in folds)
    return "entities may be on both sides" if shared else "no entity is on both sides"


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
    advice = "Ask for fewer folds ('evaluation.folds'), or collect more data."
    require_parts(tuple(folds), label, headline, advice)
    return Split(tuple(folds), plan.repeats, forward=False, headline=headline)
