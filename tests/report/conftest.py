"""A report's content out of invented numbers: a model, slightly worse points, a linear model, several dimensions."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from pqlml.definition import load_definition
from pqlml.events.tables import Finding
from pqlml.model.learning_curve import Learned
from pqlml.model.metrics import Interval, compare
from pqlml.model.optimism import Optimism
from pqlml.model.slices import Slice
from pqlml.report import LeadPreview, ReportContent
from pqlml.schema import TIERS

FEATURES = (
    ("limit_hit", "upgrade", "Plan limits hit, last 28 days", 0.52),
    ("active", "engagement", "Active days, last 7 days", 0.44),
    ("pricing", "upgrade", "Pricing page viewed, last 14 days", 0.31),
    ("joined", "team", "Members who joined, ever", 0.29),
    ("company_size", "fit", "Company size", 0.24),
    ("milestones", "value", "First reports built, ever", 0.21),
    ("workflows", "value", "Workflows completed end to end, last 28 days", 0.19),
    ("trend", "engagement", "Active days, last 7 days against the 21 days before", 0.16),
    ("invited", "team", "Invitations sent, last 28 days", 0.13),
    ("industry", "fit", "Industry", 0.11),
    ("session", "engagement", "Mean session in minutes, last 28 days", 0.08),
    ("paid_feature", "upgrade", "Paid features tried, last 28 days", 0.07),
    ("recency", "engagement", "Days since the last sign-in", 0.06),
    ("records", "value", "Records created, ever", 0.04),
    ("countries", "fit", "Country", 0.02),
    ("admins", "team", "Admins assigned, ever", 0.01),
)
RULES = (
    ("5 or more active days, last 7 days", "engagement", 20, 0.18, 0.094, 0.031, 24.0),
    ("3 or more members joined, ever", "team", 25, 0.12, 0.081, 0.037, 11.0),
    ("3 or more plan limits hit, last 28 days", "upgrade", 30, 0.07, 0.187, 0.031, 52.0),
    ("Pricing page viewed, last 28 days", "upgrade", 15, 0.22, 0.072, 0.034, 17.0),
    ("Company size from 50 to 500", "fit", 20, 0.31, 0.044, 0.041, 2.0),
    ("Industry is saas or fintech", "fit", 15, 0.36, 0.038, 0.044, -6.0),
    ("Team workspace set up", "team", 15, 0.0, np.nan, 0.042, np.nan),
)


def make_content(rows: int = 6000, seed: int = 4) -> ReportContent:
    """Make the content of a report; the same seed makes the same content."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(rows, len(FEATURES)))
    strength = np.array([feature[3] for feature in FEATURES])
    shap = data * strength * rng.choice([0.5, 1.3], size=(rows, 1)) + rng.normal(0, 0.04, data.shape)
    shap[:, 0] = np.where(data[:, 0] > 1, 1.6, -0.22) * rng.normal(1, 0.1, rows)
    log_odds = shap.sum(axis=1) - 3.9
    probability = 1 / (1 + np.exp(-log_odds))
    label = (rng.random(rows) < probability).astype(np.int8)
    hand = np.clip(np.round((38 + 22 * (log_odds + 3.9) * 0.6 + rng.normal(0, 24, rows)) / 5) * 5, 0, 180)
    points = 1 / (1 + np.exp(-(hand / 38 - 4.6)))
    probabilities = {
        "model": probability,
        "points": points,
        "linear": np.clip(probability * rng.lognormal(0, 0.5, rows), 0, 1),
    }
    entity = np.array([f"acc_{code:05d}" for code in rng.integers(rows // 3, size=rows)])
    shown = data.copy()
    shown[:, 9] = np.nan
    shown[rng.random(rows) < 0.3, 4] = np.nan
    sample = slice(0, rows // 4)
    groups = pd.DataFrame(FEATURES, columns=["group", "dimension", "label", "mean_abs_contribution"])
    compared = compare(label, probabilities, entity, reference_rate=0.04, replicates=100)
    area = Interval(0.82, 0.76, 0.87)
    return ReportContent(
        definition=load_definition("configs/saas.yaml"),
        headline="Working the best 10% of the list catches 47% of all conversions, 4.7 times as many as by chance.",
        how_judged="forward in time: test cutoffs from 2026-03-01 on, purged by 30 days. Accounts may be on both.",
        metrics=compared.metrics,
        differences=compared.differences,
        label=label,
        probabilities=probabilities,
        entity=entity,
        rows_by_split={"train": 14_210, "purged": 2_904, "test": rows},
        conversions_by_split={"train": 571, "purged": 118, "test": int(label.sum())},
        dropped={
            "already_converted": 3_120,
            "immature": 1_480,
            "too_old": 960,
            "excluded": 212,
            "left": 77,
            "too_young": 0,
        },
        findings=[
            Finding(
                "PQD020",
                "error",
                "event never occurs",
                "the definition names the event 'goal_reached', which never occurs; did you mean 'goal_set'?",
                0,
            ),
            Finding(
                "PQD030",
                "warning",
                "events after conversion",
                "they are kept, and no feature of a labelled pair reads them.",
                1834,
            ),
            Finding(
                "PQD022", "note", "entities without an event", "they stay candidates: silence is information.", 412
            ),
        ],
        groups=groups,
        shap_values=shap[sample],
        shap_data=shown[sample],
        feature_labels=[feature[2] for feature in FEATURES],
        points_card=pd.DataFrame(
            RULES, columns=["rule", "dimension", "points", "share_met", "rate_met", "rate_not_met", "model_points"]
        ),
        model_points=np.clip(38 + 22 * (log_odds + 3.9), -20, 190),
        hand_points=hand,
        run_ids={
            "Run": "20261123-214500-a1b2c3",
            "Model": "saas-trial/7",
            "MLflow run": "0f9a2b7c4d1e4f6a8b3c5d7e9f1a2b3c",
        },
        created_at=dt.datetime(2026, 11, 23, 21, 45),
        leads=[
            LeadPreview(
                entity_id=f"acc_0{number}412",
                probability=0.71 - 0.07 * number,
                points=141 - 17.4 * number,
                tier=TIERS[min(number // 2, 3)],
                reasons=[
                    "hit the project limit 4 times in the last 28 days",
                    "was active on 7 of the last 7 days",
                    "viewed pricing twice this week",
                ],
            )
            for number in range(5)
        ],
        over_time=[
            Slice("cutoff", f"2026-03-{day:02} 00:00", 400, day, 0.9 * day + 3, None if day < 10 else area)
            for day in (1, 8, 15, 22)
        ],
        segments=[Slice("industry", name, 300, 12, 11.4, area) for name in ("saas", "fintech", "unknown")],
        optimism=[Optimism("roc_auc", Interval(0.81, 0.78, 0.84), Interval(0.87, 0.85, 0.89))],
        learning=[Learned(months, 900, 40, area, Interval(0.2, 0.15, 0.26)) for months in (1, 3, None)],
    )


@pytest.fixture(scope="session")
def content() -> ReportContent:
    """A full content, small enough to be quick."""
    return make_content(rows=1200)
