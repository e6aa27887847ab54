"""Training rows out of a few known effects: small enough to fit in a moment, large enough to be learned."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from pqlml.dataset import Rows
from pqlml.definition import Definition, parse_definition
from pqlml.features import Feature, Vocabulary
from pqlml.labels import PairAccount, PairCount
from pqlml.model.bundle import PropensityModel
from pqlml.model.fit import fit_model

TEXT = """
name: synthetic
sources:
  events: {path: events.csv, user_id: user}
  entities: {path: accounts.csv, signup_at: created}
snapshots: {monthly: true}
conversion: {event: paid, horizon_days: 30}
signals:
  engagement: {active: [signed_in]}
  team: {invited: [invite_sent]}
  value: {milestones: [first_report]}
  upgrade: {limit_hit: [limit_hit]}
  fit: {industry: industry, company_size: employees}
points:
  - {feature: limit_hit.count.28d, at_least: 2, points: 40, dimension: upgrade}
  - {feature: active.days.28d, at_least: 10, points: 20, dimension: engagement}
  - {feature: industry, values: [Fintech, saas], points: 20, dimension: fit}
"""
FEATURES = (
    Feature(
        "limit_hit.count.28d",
        "upgrade",
        "limit_hit",
        "count",
        ("limit_hit",),
        None,
        28,
        did="hit a plan limit",
        noun="plan limits hit",
    ),
    Feature(
        "limit_hit.recency",
        "upgrade",
        "limit_hit",
        "recency",
        ("limit_hit",),
        did="hit a plan limit",
        noun="plan limits hit",
    ),
    Feature(
        "active.days.28d", "engagement", "active", "days", ("signed_in",), None, 28, did="signed in", noun="sign-ins"
    ),
    Feature("active.trend", "engagement", "active", "trend", ("signed_in",), did="signed in", noun="sign-ins"),
    Feature(
        "invited.users.7d",
        "team",
        "invited",
        "users",
        ("invite_sent",),
        None,
        7,
        did="sent an invitation",
        noun="invitations sent",
    ),
    Feature(
        "milestones.first",
        "value",
        "milestones",
        "first",
        ("first_report",),
        did="built a first report",
        noun="first reports",
    ),
    Feature("industry", "fit", "industry", "attribute", source="industry", category=True, noun="industry"),
    Feature("company_size", "fit", "company_size", "attribute", source="employees", noun="company size"),
)
VOCABULARY = Vocabulary(attributes={"industry": "category", "employees": "number"}, users=True)
CUTOFFS = pd.date_range("2026-01-01", periods=5, freq="MS")
INDUSTRIES = ("education", "fintech", "retail", "saas")


def definition(more: str = "") -> Definition:
    """Return the definition of the rows, with more sections."""
    return parse_definition(TEXT + more)


def make_rows(entities: int = 240, seed: int = 0) -> Rows:
    """Make rows of all entities at all cutoffs; limits hit, active days and two industries drive the label."""
    rng = np.random.default_rng(seed)
    count = entities * len(CUTOFFS)
    entity = np.repeat([f"acc_{number:04}" for number in range(entities)], len(CUTOFFS))
    hits = rng.poisson(0.8, count).astype(float)
    days = rng.integers(0, 29, count).astype(float)
    industry = np.repeat(rng.choice(INDUSTRIES, entities), len(CUTOFFS))
    values = pd.DataFrame(
        {
            "limit_hit.count.28d": hits,
            "limit_hit.recency": np.where(hits > 0, rng.uniform(0, 28, count), np.nan),
            "active.days.28d": days,
            "active.trend": np.where(days > 0, rng.lognormal(0, 0.5, count), np.nan),
            "invited.users.7d": rng.poisson(0.5, count).astype(float),
            "milestones.first": np.where(rng.random(count) < 0.5, rng.uniform(0, 20, count), np.nan),
            "industry": pd.Series(industry, dtype="str").where(pd.Series(rng.random(count) > 0.05)),
            "company_size": np.repeat(np.round(rng.lognormal(4, 1, entities)), len(CUTOFFS)),
        }
    )
    log_odds = -3.4 + 0.9 * hits + 0.07 * days + 0.8 * np.isin(industry, ("fintech", "saas"))
    label = (rng.random(count) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
    keys = pd.DataFrame({"entity_id": entity, "cutoff": np.tile(CUTOFFS, entities)})
    account = PairAccount("cutoff", (PairCount(None, count, int(label.sum()), {"immature": 7}),))
    return Rows(keys, values, label, FEATURES, account)


@functools.cache
def fitted() -> tuple[PropensityModel, Rows]:
    """Return a model and the rows on which it was fitted; both are read-only."""
    rows = make_rows()
    return fit_model(definition(), VOCABULARY, rows, np.arange(len(rows.label))), rows
