"""Tables of a run: they keep the published contract, and say for each lead what the model says."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from pqlml.explain.contributions import BASE
from pqlml.explain.tables import explained_scores
from pqlml.model.bundle import PropensityModel
from pqlml.schema import TIERS
from pqlml.scoring.published_records import Run
from pqlml.scoring.published_tables import SCHEMAS, conform
from tests.helpers.synthetic import definition, fitted, make_rows

AS_OF = dt.datetime(2026, 6, 1)
ROWS = make_rows(entities=12, seed=6)
VALUES = ROWS.values
ENTITY = np.array([f"acc_{number:03}" for number in range(len(VALUES))], dtype=object)


def tables_of(model: PropensityModel, order: np.ndarray | None = None) -> dict[str, pa.Table]:
    order = order if order is not None else np.arange(len(VALUES))
    return explained_scores(model, "3", "run-1", AS_OF, ENTITY[order], VALUES.iloc[order])


def run_of(model: PropensityModel, tables: dict[str, pa.Table]) -> Run:
    tiers = tables["scores"]["tier"].to_pylist()
    return Run.model_validate(
        {
            "run_id": "run-1",
            "as_of": "2026-06-01T00:00:00Z",
            "created_at": "2026-06-01T01:00:00Z",
            "definition": {"name": "synthetic", "version": 1, "hash": model.definition.hash},
            "entity": "account",
            "model": {"id": "m-1", "version": "3", "mlflow_run_id": "r-1"},
            "counts": {"scored": len(tiers), "by_tier": {tier: tiers.count(tier) for tier in TIERS}, "dropped": {}},
            "tiers": {"critical": 101, "hot": 76, "warm": 51},
            "horizon_days": 30,
            "base_rate": model.training.base_rate,
            "headline": "",
        }
    )


def test_the_published_contract_is_kept() -> None:
    model, _ = fitted()
    tables = tables_of(model)
    conform(run_of(model, tables), {**tables, **{name: SCHEMAS[name].empty_table() for name in ("people", "changes")}})


def test_the_best_lead_comes_first_and_scores_are_those_of_the_model() -> None:
    model, _ = fitted()
    scores = tables_of(model)["scores"].to_pandas()
    assert scores["rank"].tolist() == list(range(1, len(VALUES) + 1))
    assert scores["log_odds"].is_monotonic_decreasing
    expected = dict(zip(ENTITY, model.probability(VALUES), strict=True))
    assert scores["probability"].tolist() == [expected[entity] for entity in scores["entity_id"]]


def test_the_order_of_the_rows_does_not_matter() -> None:
    model, _ = fitted()
    plan = definition("tiers: {by: capacity, critical: 3, hot: 6, warm: 9}")
    for each in (model, dataclasses.replace(model, definition=plan)):
        shuffled = np.random.default_rng(1).permutation(len(VALUES))
        assert tables_of(each) == tables_of(each, shuffled)


def test_capacity_goes_to_the_best_ranks_even_among_equals() -> None:
    model, _ = fitted()
    plan = definition("tiers: {by: capacity, critical: 1, hot: 2, warm: 3}")
    same = VALUES.iloc[[0] * 5]
    entity = np.array(list("edcba"), dtype=object)
    scores = explained_scores(dataclasses.replace(model, definition=plan), "3", "r", AS_OF, entity, same)["scores"]
    assert scores["entity_id"].to_pylist() == list("abcde")
    assert scores["tier"].to_pylist() == ["critical", "hot", "warm", "cold", "cold"]


def test_contributions_of_every_lead_start_from_the_base_and_add_up() -> None:
    tables = tables_of(fitted()[0])
    shares = tables["contributions"].to_pandas()
    sums = shares.groupby("entity_id")["contribution"].sum()
    scores = tables["scores"].to_pandas().set_index("entity_id")["log_odds"]
    np.testing.assert_allclose(sums.loc[scores.index], scores, rtol=0, atol=1e-9)
    base = shares[shares["group"] == BASE]
    assert len(base) == len(VALUES)
    assert base["contribution"].nunique() == 1
    assert set(base["dimension"]) == {"base"}


def test_reasons_repeat_the_contribution_of_their_group() -> None:
    model, _ = fitted()
    tables = tables_of(model)
    reasons = tables["reasons"].to_pandas()
    assert len(reasons) > len(VALUES)
    shares = tables["contributions"].to_pandas().set_index(["entity_id", "group"])["contribution"]
    for reason in reasons.itertuples():
        assert reason.contribution == pytest.approx(shares[reason.entity_id, reason.group])
        assert reason.points == pytest.approx(model.scale.factor * reason.contribution)
        assert reason.direction == ("for" if reason.contribution > 0 else "against")
    first = reasons.groupby("entity_id")["rank"].agg(["min", "max", "count"])
    assert (first["min"] == 1).all()
    assert (first["max"] == first["count"]).all()


def test_one_name_in_two_dimensions_keeps_the_contract() -> None:
    model, _ = fitted()
    renamed = tuple(
        dataclasses.replace(each, group="spend") if each.group in ("invited", "company_size") else each
        for each in model.features
    )
    model = dataclasses.replace(model, features=renamed)
    tables = tables_of(model)
    conform(run_of(model, tables), {**tables, **{name: SCHEMAS[name].empty_table() for name in ("people", "changes")}})
    assert {"spend (team)", "spend (fit)"} <= set(tables["contributions"]["group"].to_pylist())


def test_the_profile_counts_its_lines() -> None:
    facts = tables_of(fitted()[0])["profile"].to_pandas()
    positions = facts.groupby("entity_id")["position"].agg(list)
    assert all(found == list(range(1, len(found) + 1)) for found in positions)
    assert {"use", "upgrade", "company"} <= set(facts["section"])
