"""Slices add up to the judged rows, in an order that people expect."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pqlml.dataset import split_rows
from pqlml.model.evaluation import Evaluation, evaluate_candidates
from pqlml.model.slices import by_segment, by_tier, over_time
from pqlml.schema import TIERS
from tests.helpers.synthetic import CUTOFFS, VOCABULARY, definition, make_rows

ROWS = make_rows()


@pytest.fixture(scope="module")
def judged() -> Evaluation:
    plan = definition("evaluation: {test_from: 2026-03-01}")
    return evaluate_candidates(plan, VOCABULARY, ROWS, split_rows(plan, ROWS.keys, ROWS.label), progress=lambda _: None)


def test_time_is_cut_by_cutoff_or_by_month_where_they_are_many(judged: Evaluation) -> None:
    parts = over_time(judged, ROWS)
    assert [(part.by, part.value) for part in parts] == [
        ("cutoff", f"{cutoff:%Y-%m-%d} 00:00") for cutoff in CUTOFFS[2:]
    ]
    assert sum(part.rows for part in parts) == len(judged.rows)
    assert sum(part.conversions for part in parts) == judged.label.sum()
    assert sum(part.predicted for part in parts) == pytest.approx(judged.probability["model"].sum())
    last = (ROWS.keys["cutoff"].iloc[judged.rows] == CUTOFFS[-1]).to_numpy()
    area = parts[-1].roc_auc
    assert area is not None
    assert area.value == pytest.approx(roc_auc_score(judged.label[last], judged.probability["model"][last]))
    assert parts[-1].as_dict()["roc_auc"] == area.as_dict()
    spread = ROWS.keys.assign(cutoff=ROWS.keys["cutoff"] + pd.to_timedelta(np.arange(len(ROWS.label)) // 5 % 20, "h"))
    months = over_time(judged, dataclasses.replace(ROWS, keys=spread))
    assert [(part.by, part.value) for part in months] == [("month", f"2026-0{month}") for month in (3, 4, 5)]


def test_segments_are_frequent_texts_and_quarters_of_numbers(judged: Evaluation) -> None:
    parts = by_segment(judged, ROWS)
    by = {name: [part for part in parts if part.by == name] for name in ("industry", "company_size")}
    assert {part.value for part in by["industry"]} == {"education", "fintech", "retail", "saas", "unknown"}
    assert by["industry"][-1].value == "unknown"
    numbers = [part.value for part in by["company_size"]]
    assert numbers[0].startswith("up to ")
    assert numbers[-1].startswith("above ")
    assert len(numbers) == 4
    for found in by.values():
        assert sum(part.rows for part in found) == len(judged.rows)
    assert all(part.rows > 0.15 * len(judged.rows) for part in by["company_size"])


def test_tiers_are_those_of_the_model(judged: Evaluation) -> None:
    parts = by_tier(judged)
    assert {part.by for part in parts} == {"tier"}
    order = [part.value for part in parts]
    assert order == [tier for tier in TIERS if tier in order]
    assert len(order) > 1
    assert sum(part.rows for part in parts) == len(judged.rows)
    assert sum(part.predicted for part in parts) == pytest.approx(judged.probability["model"].sum())
    expected = [part.predicted / part.rows for part in parts]
    assert expected == sorted(expected, reverse=TIERS[0] == "critical")


def test_a_slice_of_few_conversions_has_no_area(judged: Evaluation) -> None:
    few = ROWS.values.assign(industry=np.where(np.arange(len(ROWS.label)) // 5 % 80 == 0, "rare", "usual"))
    parts = by_segment(judged, dataclasses.replace(ROWS, values=few))
    areas = {part.value: part.roc_auc for part in parts if part.by == "industry"}
    assert areas["rare"] is None
    assert areas["usual"] is not None


def test_without_times_and_attributes_there_is_nothing_to_cut(judged: Evaluation) -> None:
    bare = dataclasses.replace(ROWS, keys=ROWS.keys[["entity_id"]], features=ROWS.features[:2])
    assert over_time(judged, bare) == by_segment(judged, bare) == ()
    unknown = ROWS.values.assign(company_size=np.nan)
    parts = by_segment(judged, dataclasses.replace(ROWS, values=unknown))
    assert [part.value for part in parts if part.by == "company_size"] == ["unknown"]
