"""The whole path as a user walks it, from events to a lead with reasons; it reads from top to bottom."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pqlml import pipeline
from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.errors import DataError
from pqlml.events.simulate import simulate
from pqlml.model import registry
from pqlml.schema import DIMENSIONS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder, accounts=1_000, seed=3)
    return folder


def test_from_events_to_leads_with_reasons(data: Path, tmp_path: Path) -> None:
    definition = load_definition(shipped_definitions()["saas"])

    # 1. Can the tables be trusted, and who would be a row? Everything read is accounted for.
    checked = pipeline.check(definition, data)
    assert checked.passed
    assert checked.pairs == checked.labelled + sum(checked.dropped.values())
    for account in checked.reads:
        assert account.read == account.used + sum(account.set_aside.values())
    pairs = pipeline.labels(definition, data)
    assert (pairs["label"].isna() == pairs["reason"].notna()).all()
    assert pairs["reason"].value_counts().to_dict() == checked.dropped
    assert pairs["label"].sum() == checked.conversions

    # 2. Train: judged forward in time beside the hand-set points, then released to MLflow with a report.
    trained = pipeline.train(definition, data, tmp_path)
    metrics = trained.evaluated.evaluation.metrics
    assert metrics["model"]["roc_auc"].value > metrics["points"]["roc_auc"].value
    assert trained.evaluated.headline.endswith("entities may be on both sides.")
    assert sum(trained.evaluated.rows_by_split.values()) == checked.labelled
    assert "<html" in trained.report.read_text(encoding="utf-8")[:200]

    # It may score, because it beats the hand-set points and the other learner does not beat it.
    assert trained.contest.verdict.promote
    assert trained.champion == trained.released

    # 3. Score everybody who is a candidate at the end of the data, from the released model alone.
    earlier = pipeline.score("saas-trial", data, tmp_path, as_of=dt.datetime(2026, 6, 20))
    scored = pipeline.score("saas-trial", data, tmp_path, since="last")
    with pytest.raises(DataError, match="sales see the list of 'saas-trial' as of 2026-07-01"):
        pipeline.score("saas-trial", data, tmp_path, as_of=dt.datetime(2026, 6, 20))
    assert pipeline.published(tmp_path).run.run_id == scored.run_id
    scores = pq.read_table(scored.folder / "scores.parquet").to_pandas()
    assert len(scores) == sum(scored.by_tier.values())
    assert scores["probability"].is_monotonic_decreasing
    dropped = pq.read_table(scored.folder / "dropped.parquet").to_pandas()
    assert dropped["reason"].value_counts().to_dict() == scored.dropped
    assert not set(dropped["entity_id"]) & set(scores["entity_id"])

    # 4. Why: contributions add up to the log-odds of the probability, points by dimension to the points.
    shares = pq.read_table(scored.folder / "contributions.parquet").to_pandas()
    total = shares.groupby("entity_id")["contribution"].sum()[scores["entity_id"]].to_numpy()
    np.testing.assert_allclose(total, np.log(scores["probability"] / (1 - scores["probability"])), atol=1e-6)
    by_dimension = scores[[f"points_{dimension}" for dimension in DIMENSIONS]].sum(axis=1)
    np.testing.assert_allclose(by_dimension, scores["points"], atol=1e-6)
    best = pipeline.explain(tmp_path, scores["entity_id"][0])
    assert best.reasons
    assert all("_" not in reason.sentence for reason in best.reasons)

    # 5. What changed: parts that add up to the difference to the earlier score.
    before = pq.read_table(earlier.folder / "scores.parquet").to_pandas().set_index("entity_id")["log_odds"]
    parts = pq.read_table(scored.folder / "changes.parquet").to_pandas().groupby("entity_id")["change"].sum()
    change = scores.set_index("entity_id")["log_odds"] - before
    assert set(parts.index) == set(change.dropna().index)
    np.testing.assert_allclose(parts, change[parts.index], rtol=0, atol=1e-9)

    # 6. The model lives on without its training data: loaded by name, it scores the same.
    model = registry.fetch(tmp_path, registry.find(tmp_path, "saas-trial"))
    again = model.probability(trained.evaluated.rows.values.head(50))
    np.testing.assert_array_equal(again, trained.model.probability(trained.evaluated.rows.values.head(50)))
