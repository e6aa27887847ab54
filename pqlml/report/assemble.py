"""From an evaluation to the content of its report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pqlml.dataset.rows import Rows
from pqlml.definition.parts import PointsRule
from pqlml.events.tables import Finding
from pqlml.explain.contributions import Contributions, contributions
from pqlml.features.spec import Feature
from pqlml.model.bundle import PropensityModel
from pqlml.model.calibration import log_odds
from pqlml.model.evaluation import Evaluation
from pqlml.model.scorecard import PointsScorecard
from pqlml.report.content import CARD_COLUMNS, LeadPreview, ReportContent
from pqlml.report.readable import as_read, readable, yes_or_no

_SAMPLE = 1_000
"""Rows whose contributions are drawn; more dots would only hide one another."""


def report_content(
    evaluation: Evaluation,
    rows: Rows,
    findings: Sequence[Finding],
    headline: str,
    run_ids: Mapping[str, str],
    leads: Sequence[LeadPreview] = (),
    created_at: dt.datetime | None = None,
) -> ReportContent:
    """Gather what the report shows; explains a sample of the judged rows with the model that judged them."""
    model = evaluation.model
    generator = np.random.default_rng(0)
    sample = np.sort(generator.choice(len(evaluation.rows), min(_SAMPLE, len(evaluation.rows)), replace=False))
    values = rows.values.iloc[evaluation.rows[sample]].reset_index(drop=True)
    shares = contributions(model, values)
    by_split, conversions = rows_by_split(evaluation, rows)
    judged = rows.values.iloc[evaluation.rows].reset_index(drop=True)
    points = None
    if evaluation.card_points is not None:
        points = model.scale.points(log_odds(evaluation.probability["model"]))
    return ReportContent(
        definition=model.definition,
        headline=headline,
        how_judged=evaluation.split.headline,
        metrics=evaluation.metrics,
        differences=evaluation.differences,
        label=evaluation.label,
        entity=evaluation.entity,
        probabilities=evaluation.probability,
        rows_by_split=by_split,
        conversions_by_split=conversions,
        dropped=rows.dropped,
        findings=findings,
        groups=group_strength(shares),
        shap_values=shares.values,
        shap_data=_numbers(values, model),
        feature_labels=[readable(feature) for feature in model.features],
        points_card=_card(model, judged, values, evaluation.label, shares),
        model_points=points,
        hand_points=evaluation.card_points,
        run_ids=run_ids,
        created_at=created_at
        if created_at is not None
        else dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0),
        leads=leads,
    )


def rows_by_split(evaluation: Evaluation, rows: Rows) -> tuple[dict[str, int], dict[str, int]]:
    """Count labelled rows, and conversions among them, by part; folds over entities judge every row."""
    parts = evaluation.split.parts(len(rows.label))
    return (
        {name: len(part) for name, part in parts.items()},
        {name: int(rows.label[part].sum()) for name, part in parts.items()},
    )


def fold_counts(evaluation: Evaluation, rows: Rows) -> list[dict[str, Any]]:
    """Count rows and conversions of each fold: ``origin`` (null over entities), ``train``, ``test``, ``set_aside``."""
    return [
        {
            "origin": fold.origin,
            **{
                part: {"rows": len(found), "conversions": int(rows.label[found].sum())}
                for part, found in (("train", fold.train), ("test", fold.test))
            },
            "set_aside": {why: len(found) for why, found in fold.set_aside.items()},
        }
        for fold in evaluation.split.folds
    ]


def group_strength(shares: Contributions) -> pd.DataFrame:
    """Return one row per feature group, strongest first: mean absolute contribution in log-odds over the rows."""
    groups, by_group = shares.by_group()
    nouns = {(feature.group, feature.dimension): feature.noun for feature in reversed(shares.features)}
    table = pd.DataFrame(
        {
            "group": [group for group, _ in groups],
            "dimension": [dimension for _, dimension in groups],
            "label": [nouns[group] or group[0] for group in groups],
            "mean_abs_contribution": np.abs(by_group).mean(axis=0),
        }
    )
    return table.sort_values("mean_abs_contribution", ascending=False, ignore_index=True)


def rule_in_words(rule: PointsRule, features: Mapping[str, Feature]) -> str:
    """Tell the condition of a hand-set rule."""
    feature = features.get(rule.feature)
    name = rule.feature if feature is None else readable(feature)
    if rule.values is not None:
        return f"{name}: {' or '.join(rule.values)}"
    low, high = (
        None if number is None else f"{number:,g}" if feature is None else as_read(feature, number)
        for number in (rule.at_least, rule.at_most)
    )
    if feature is not None and yes_or_no(feature):
        return f"{name}: {low or high}"
    if low is not None and high is not None:
        return f"{name}: {low} to {high}"
    return f"{name}: {low} or more" if low is not None else f"{name}: {high} or less"


def _card(
    model: PropensityModel, judged: pd.DataFrame, sample: pd.DataFrame, label: np.ndarray, shares: Contributions
) -> pd.DataFrame:
    """Set each hand-set rule beside what happened, and beside what the model makes of the same signal."""
    card = PointsScorecard(model.definition.points)
    features = {feature.name: feature for feature in model.features}
    met, met_in_sample = card.met(judged), card.met(sample)
    groups, by_group = shares.by_group()
    position = {group: number for number, group in enumerate(groups)}
    lines = []
    for number, rule in enumerate(card.rules):
        yes, inside = met[:, number], met_in_sample[:, number]
        told = features[rule.feature]
        share = by_group[:, position[told.group, told.dimension]]
        gain = (
            model.scale.factor * (share[inside].mean() - share[~inside].mean())
            if inside.any() and not inside.all()
            else None
        )
        lines.append(
            {
                "rule": rule_in_words(rule, features),
                "dimension": rule.dimension,
                "points": rule.points,
                "share_met": float(yes.mean()),
                "rate_met": float(label[yes].mean()) if yes.any() else None,
                "rate_not_met": float(label[~yes].mean()) if not yes.all() else None,
                "model_points": gain,
            }
        )
    return pd.DataFrame(lines, columns=list(CARD_COLUMNS))


def _numbers(values: pd.DataFrame, model: PropensityModel) -> np.ndarray:
    """Return the values as numbers; texts have no place on a scale from low to high."""
    columns = [
        np.full(len(values), np.nan) if feature.category else values[feature.name].to_numpy(np.float64, na_value=np.nan)
        for feature in model.features
    ]
    return np.column_stack(columns)
