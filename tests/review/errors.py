"""Leads of whom it is known in which slices an outcome is more frequent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pqlml.features.spec import Feature

INDUSTRIES = (
    "agency",
    "bank",
    "clinic",
    "hotel",
    "insurer",
    "law",
    "media",
    "pharma",
    "retail",
    "saas",
    "school",
    "shop",
)
COUNTRIES = ("BR", "CA", "DE", "FR", "JP", "US")
SOURCES = ("ads", "event", "referral", "search")


class Planted(NamedTuple):
    """Leads: values, features, whether the outcome happened, and who is in each planted slice."""

    values: pd.DataFrame
    features: tuple[Feature, ...]
    outcome: np.ndarray
    slices: tuple[np.ndarray, ...]


def leads(seed: int, rows: int = 4000, *, planted: bool = True, rate: float = 0.5, inside: float = 0.8) -> Planted:
    """Make leads; in four slices the outcome is more frequent: a value, a bound, and two pairs."""
    rng = np.random.default_rng([seed, 5])
    level = rng.lognormal(0, 0.7, rows)
    features: list[Feature] = []
    columns: dict[str, object] = {}
    for number in range(8):
        name = f"signal{number}.count.28d"
        noun = f"uses of part {number}"
        features.append(Feature(name, "engagement", f"signal{number}", "count", window_days=28, noun=noun))
        columns[name] = rng.poisson(level * (0.5 + number)).astype(float)
    for name, levels in (("industry", INDUSTRIES), ("country", COUNTRIES), ("source", SOURCES)):
        features.append(Feature(name, "fit", name, "attribute", source=name, category=True, noun=name))
        columns[name] = rng.choice(levels, rows)
    features.append(Feature("company_size", "fit", "company_size", "attribute", noun="company size"))
    columns["company_size"] = np.round(rng.lognormal(4, 1.2, rows))
    values = pd.DataFrame(columns)
    industries = rng.permutation(INDUSTRIES)
    busy = values[f"signal{rng.integers(8)}.count.28d"]
    large = values["company_size"] >= values["company_size"].quantile(0.75)
    slices = (
        values["industry"] == industries[0],
        busy >= busy.quantile(0.92),
        (values["country"] == rng.choice(COUNTRIES)) & (values["source"] == rng.choice(SOURCES)),
        (values["source"] == rng.choice(SOURCES)) & large,
    )
    inside_any = np.logical_or.reduce([met.to_numpy() for met in slices]) & planted
    outcome = rng.random(rows) < np.where(inside_any, inside, rate)
    kept = tuple(met.to_numpy(bool) for met in slices) if planted else ()
    return Planted(values, tuple(features), outcome, kept)
