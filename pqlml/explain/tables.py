"""Scores, reasons, contributions and profiles of one run as tables, in the shape of the published contract."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pqlml.explain.contributions import BASE, Contributions, contributions, points_by_dimension
from pqlml.explain.profile import profile, told_features
from pqlml.explain.reasons import reasons
from pqlml.model.bundle import PropensityModel
from pqlml.model.predict import predict
from pqlml.schema import Dimension

_MICROSECONDS = pa.timestamp("us")


def explained_scores(
    model: PropensityModel,
    version: str,
    run_id: str,
    as_of: dt.datetime,
    entity: np.ndarray,
    values: pd.DataFrame,
    *,
    memory: Path | None = None,
) -> dict[str, pa.Table]:
    """Score and explain a whole run.

    Parameters
    ----------
    entity
        Entity per row of ``values``, unique.
    values
        Feature table as of ``as_of``.
    memory
        See :func:`pqlml.explain.contributions`.

    Returns
    -------
    The tables ``scores``, ``reasons``, ``contributions`` and ``profile``; best lead first.
    """
    best = np.lexsort((entity, -model.log_odds(values)))
    values, entity = values.iloc[best].reset_index(drop=True), entity[best]
    scores = predict(model, values)  # in the order of the ranks, by which tiers of limited capacity are filled
    shares = contributions(model, values, memory)
    return {
        "scores": _scores(model, version, run_id, as_of, entity, scores, shares),
        "reasons": _reasons(model, run_id, entity, values, shares),
        "contributions": _contributions(run_id, entity, shares),
        "profile": _profile(model, run_id, entity, values),
    }


def _scores(
    model: PropensityModel,
    version: str,
    run_id: str,
    as_of: dt.datetime,
    entity: np.ndarray,
    scores: pd.DataFrame,
    shares: Contributions,
) -> pa.Table:
    rows = len(scores)
    dimensions = points_by_dimension(model, shares)
    return pa.table(
        {
            "run_id": _same(run_id, rows),
            "entity_id": pa.array(entity, pa.string()),
            "as_of": pa.array([as_of] * rows, _MICROSECONDS),
            "definition_hash": _same(model.definition.hash, rows),
            "model_version": _same(version, rows),
            "rank": pa.array(range(1, rows + 1), pa.int64()),
            "probability": scores["probability"].to_numpy(),
            "log_odds": scores["log_odds"].to_numpy(),
            "points": scores["points"].to_numpy(),
            "tier": pa.array(scores["tier"].tolist(), pa.string()),
            "base_points": np.full(rows, model.scale.points(np.array([shares.base]))[0]),
            **{f"points_{name}": dimensions[name].to_numpy() for name in dimensions.columns},
        }
    )


def _reasons(
    model: PropensityModel, run_id: str, entity: np.ndarray, values: pd.DataFrame, shares: Contributions
) -> pa.Table:
    groups, _ = shares.by_group()
    called = dict(zip(groups, _names(groups), strict=True))
    rows = [
        {
            "run_id": run_id,
            "entity_id": name,
            "rank": rank,
            "direction": "for" if reason.contribution > 0 else "against",
            "group": called[reason.group, reason.dimension],
            "dimension": reason.dimension,
            "contribution": reason.contribution,
            "points": reason.contribution * model.scale.factor,
            "fact": reason.fact,
            "sentence": reason.sentence,
        }
        for name, told in zip(entity, reasons(model, values, shares), strict=True)
        for rank, reason in enumerate(told, start=1)
    ]
    text, number = pa.string(), pa.float64()
    kinds = {"rank": pa.int64(), "contribution": number, "points": number, "fact": number}
    columns = (
        "run_id",
        "entity_id",
        "rank",
        "direction",
        "group",
        "dimension",
        "contribution",
        "points",
        "fact",
        "sentence",
    )
    return _table(rows, {name: kinds.get(name, text) for name in columns})


def _contributions(run_id: str, entity: np.ndarray, shares: Contributions) -> pa.Table:
    groups, by_group = shares.by_group()
    names = [BASE, *_names(groups)]
    dimensions = ["base", *(dimension for _, dimension in groups)]
    values = np.column_stack([np.full(len(entity), shares.base), by_group])
    count = len(names)
    return pa.table(
        {
            "run_id": _same(run_id, len(entity) * count),
            "entity_id": pa.array(np.repeat(entity, count), pa.string()),
            "group": pa.array(names * len(entity), pa.string()),
            "dimension": pa.array(dimensions * len(entity), pa.string()),
            "contribution": values.ravel(),
        }
    )


def _names(groups: list[tuple[str, Dimension]]) -> list[str]:
    """Name each group for itself: an attribute and a measure may be called the same in two dimensions."""
    often = Counter(group for group, _ in groups)
    return [group if often[group] == 1 else f"{group} ({dimension})" for group, dimension in groups]


def _profile(model: PropensityModel, run_id: str, entity: np.ndarray, values: pd.DataFrame) -> pa.Table:
    rows = [
        {
            "run_id": run_id,
            "entity_id": name,
            "section": fact.section,
            "position": place,
            "label": fact.label,
            "value": fact.value,
        }
        for name, facts in zip(entity, profile(told_features(model.features), values), strict=True)
        for place, fact in enumerate(facts, start=1)
    ]
    text = pa.string()
    return _table(
        rows, {"run_id": text, "entity_id": text, "section": text, "position": pa.int64(), "label": text, "value": text}
    )


def _same(text: str, rows: int) -> pa.Array:
    return pa.array([text] * rows, pa.string())


def _table(rows: list[dict[str, Any]], kinds: dict[str, pa.DataType]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))
