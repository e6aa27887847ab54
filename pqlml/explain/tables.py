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
from pqlml.explain.telling import Telling
from pqlml.features.spec import Feature
from pqlml.language import Language
from pqlml.model.bundle import PropensityModel
from pqlml.model.predict import predict
from pqlml.schema import Dimension

_MICROSECONDS = pa.timestamp("us")


def explained_scores(  # noqa: PLR0913 - what a run is made of
    model: PropensityModel,
    version: str,
    run_id: str,
    as_of: dt.datetime,
    entity: np.ndarray,
    values: pd.DataFrame,
    *,
    memory: Path | None = None,
    telling: Telling | None = None,
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
    telling
        Language and words; those of the model's definition by default.

    Returns
    -------
    The tables ``scores``, ``reasons``, ``contributions`` and ``profile``; best lead first.
    """
    telling = telling if telling is not None else Telling.of(model)
    best = np.lexsort((entity, -model.log_odds(values)))
    values, entity = values.iloc[best].reset_index(drop=True), entity[best]
    scores = predict(model, values)  # in the order of the ranks, by which tiers of limited capacity are filled
    shares = contributions(model, values, memory)
    return {
        "scores": _scores(model, version, run_id, as_of, entity, scores, shares),
        "reasons": _reasons(model, run_id, entity, values, shares, telling),
        "contributions": _contributions(run_id, entity, shares),
        "profile": _profile(telling.features, run_id, entity, values, telling.language),
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
    model: PropensityModel,
    run_id: str,
    entity: np.ndarray,
    values: pd.DataFrame,
    shares: Contributions,
    telling: Telling,
) -> pa.Table:
    groups, _ = shares.by_group()
    told = reasons(values, shares, telling)
    contribution = told["contribution"].to_numpy(np.float64)
    return pa.table(
        {
            "run_id": _same(run_id, len(told)),
            "entity_id": _texts(entity[told["lead"].to_numpy(int)]),
            "rank": pa.array(told["rank"].to_numpy(), pa.int64()),
            "direction": _texts(np.where(contribution > 0, "for", "against")),
            "group": _texts(np.array(_names(groups), dtype=object)[told["group"].to_numpy(int)]),
            "dimension": _texts(told["dimension"]),
            "contribution": contribution,
            "points": contribution * model.scale.factor,
            "feature": _texts(told["feature"]),
            "fact": _numbers(told["fact"]),
            "typical": _numbers(told["typical"]),
            "similar": _texts(told["similar"]),
            "statement": _texts(told["statement"]),
            "sentence": _texts(told["sentence"]),
        }
    )


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


def _profile(
    features: tuple[Feature, ...], run_id: str, entity: np.ndarray, values: pd.DataFrame, told_in: Language
) -> pa.Table:
    facts = profile(told_features(features), values, told_in)
    return pa.table(
        {
            "run_id": _same(run_id, len(facts)),
            "entity_id": _texts(entity[facts["lead"].to_numpy(int)]),
            "section": _texts(facts["section"]),
            "position": pa.array(facts["position"].to_numpy(), pa.int64()),
            "label": _texts(facts["label"]),
            "value": _texts(facts["value"]),
        }
    )


def _same(text: str, rows: int) -> pa.Array:
    return pa.array([text] * rows, pa.string())


def _texts(column: pd.Series[Any] | np.ndarray) -> pa.Array:
    return pa.array(np.asarray(column, dtype=object), pa.string(), from_pandas=True)


def _numbers(column: pd.Series[Any]) -> pa.Array:
    """Return numbers, with null for NaN."""
    return pa.array(column.to_numpy(np.float64), pa.float64(), from_pandas=True)
