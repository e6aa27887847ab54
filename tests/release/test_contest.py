"""The contest: of two equals the simpler is released, and the champion defends what it has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import mlflow
import numpy as np
import pandas as pd
import pytest

from pqlml import pipeline
from pqlml.dataset import split_rows
from pqlml.definition import load_definition
from pqlml.errors import NotEnoughDataError
from pqlml.model import registry, verdict
from pqlml.model.evaluation import Evaluation, evaluate_candidates
from pqlml.model.fit import fit_model
from pqlml.model.registry import Record
from pqlml.model.rematch import drift_of, judged_positions, unseen_split
from pqlml.release import choose, compare_versions, decide
from tests.cli.shop import write_shop
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

PLAN = definition("evaluation: {test_from: 2026-04-01}")
ROWS = make_rows(600)
CUTOFF = ROWS.keys["cutoff"]
NOTHING = cast("Any", None)
"""Tables and folder, which are not read where the rows hold the champion's features."""


@pytest.fixture(scope="module", autouse=True)
def own_store() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # MLflow writes the variable, too: one that was set here is taken back in the end.
        patch.setenv("MLFLOW_TRACKING_URI", "")
        patch.delenv("MLFLOW_TRACKING_URI")
        before = mlflow.get_tracking_uri()
        yield
        mlflow.set_tracking_uri(before)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    split = split_rows(PLAN, ROWS.keys, ROWS.label)
    return evaluate_candidates(PLAN, VOCABULARY, ROWS, split, progress=lambda _: None)


def test_of_two_that_cannot_be_told_apart_the_simpler_is_released(evaluation: Evaluation) -> None:
    """The effects of these rows are a straight line: trees cannot beat it."""
    found = choose(evaluation, ROWS)
    assert list(found.verdicts) == ["trees", "linear"]
    assert found.verdicts["trees"].decision == "use linear"
    assert (found.kind, found.verdict.decision) == ("linear", "promote")
    assert found.evaluation.metrics["trees"] == evaluation.metrics["model"]
    asked = choose(evaluation, ROWS, candidate="trees")
    assert (asked.kind, asked.verdict.decision) == ("trees", "use linear")
    assert asked.evaluation is evaluation
    assert list(choose(evaluation, ROWS, candidate="linear").verdicts) == ["linear"]


def test_from_too_little_the_simpler_is_released_as_well(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "TOO_FEW", 1_000_000)
    found = choose(evaluation, ROWS)
    assert (found.kind, found.verdict.decision) == ("linear", "not enough data")


def test_with_a_leak_nobody_wins(evaluation: Evaluation, tmp_path: Path) -> None:
    found = decide(evaluation, ROWS, NOTHING, NOTHING, tmp_path, candidate="linear", leaks=("plan",))
    assert found.verdict.decision == choose(evaluation, ROWS, leaks=("plan",)).verdict.decision == "mend leaks"


def test_a_champion_defends_what_it_has_not_seen(evaluation: Evaluation, tmp_path: Path) -> None:
    known = np.flatnonzero(pd.Timestamp("2026-02-01") >= CUTOFF)
    champion = fit_model(PLAN, VOCABULARY, ROWS, known, kind="linear")
    released = registry.release(tmp_path, champion, Record({}, {}), ROWS.values.head(1))
    assert decide(evaluation, ROWS, NOTHING, NOTHING, tmp_path).champion is None
    registry.promote(tmp_path, "synthetic", "1", why="the first")
    found = decide(evaluation, ROWS, NOTHING, NOTHING, tmp_path)
    assert found.champion == released
    assert found.rematch is not None
    late = (pd.Timestamp("2026-04-01") <= CUTOFF).to_numpy()
    assert found.rematch.rows == late.sum()
    assert found.rematch.converted == len(set(ROWS.entity[late & (ROWS.label == 1)]))
    assert found.rematch.metrics["champion"]["roc_auc"].value > 0.7
    assert found.verdict.decision == "keep champion", "the same learner on the same world is no better"
    assert "it does not beat the champion, version 1, beyond chance on 1200 rows" in found.verdict.because


def test_a_champion_of_another_world_is_replaced(evaluation: Evaluation, tmp_path: Path) -> None:
    """Half of what it expects comes true: its order is right, and its probabilities no longer hold."""
    world = make_rows(600)
    rng = np.random.default_rng(1)
    world.label[:] = np.maximum(world.label, rng.random(len(world.label)) < 0.2)
    known = np.flatnonzero(pd.Timestamp("2026-02-01") >= CUTOFF)
    champion = fit_model(PLAN, VOCABULARY, world, known, kind="linear")
    registry.release(tmp_path, champion, Record({}, {}), ROWS.values.head(1))
    registry.promote(tmp_path, "synthetic", "1", why="the first")
    found = decide(evaluation, ROWS, NOTHING, NOTHING, tmp_path)
    assert found.verdict.promote
    assert found.rematch is not None
    assert found.rematch.drift is not None
    assert found.rematch.drift.high < 0
    assert found.rematch.as_dict()["drift"] == found.rematch.drift.as_dict()


def test_nobody_is_judged_on_what_it_has_seen(evaluation: Evaluation) -> None:
    def champion(last: str) -> Any:
        return fit_model(PLAN, VOCABULARY, ROWS, np.flatnonzero(pd.Timestamp(last) >= CUTOFF), kind="linear")

    split = unseen_split(champion("2026-03-20"), evaluation, ROWS)
    assert CUTOFF.iloc[judged_positions(split)].min() == pd.Timestamp("2026-04-01")
    split = unseen_split(champion("2026-04-01"), evaluation, ROWS)
    assert CUTOFF.iloc[judged_positions(split)].unique().tolist() == [pd.Timestamp("2026-05-01")]
    for fold in split.folds:
        assert CUTOFF.iloc[fold.train].max() + pd.Timedelta(days=30) <= pd.Timestamp("2026-05-01")
    with pytest.raises(NotEnoughDataError, match=r"no judged row is later than what it has seen \(until 2026-05-31\)"):
        unseen_split(champion("2026-05-01"), evaluation, ROWS)


def test_drift_is_what_came_beyond_what_was_expected() -> None:
    label = np.array([1, 1, 0, 0])
    entity = np.array(["a", "a", "b", "c"])
    found = drift_of(label, np.full(4, 0.25), entity)
    assert found.value == 0.25
    # Sums by lead around the mean: 2 * 0.5, -0.5, -0.5.
    assert found.high - found.value == pytest.approx(1.959964 * np.sqrt(1 + 0.25 + 0.25) / 4)


def test_a_champion_of_another_definition_gets_the_features_of_its_own(tmp_path: Path) -> None:
    shop, workspace = write_shop(tmp_path), tmp_path / "workspace"
    shop.say("sources:", "sources:\n  observed_until: 2024-04-20")
    pipeline.train(load_definition(shop.definition), tmp_path, workspace, candidate="linear")
    registry.promote(workspace, "shop", "1", why="the first")
    shop.say("  observed_until: 2024-04-20\n", "")
    shop.say("windows_days: [14, all]", "windows_days: [7, 14, all]")
    trained = pipeline.train(load_definition(shop.definition), tmp_path, workspace, candidate="linear")
    assert trained.contest.rematch is not None
    assert trained.contest.rematch.why_not == ""
    assert trained.contest.rematch.rows > 0
    assert trained.contest.rematch.metrics["champion"]["roc_auc"].value > 0.5

    with pytest.raises(NotEnoughDataError, match=r"were judged on 221 and 383 rows, none of them the same \(cutoffs"):
        compare_versions(workspace, "shop", "1", "2")
    same = compare_versions(workspace, "shop", "2", "challenger")
    assert set(same.difference) == set(same.metrics["first"]) == set(same.metrics["second"])
    assert (same.rows, same.only_first, same.only_second, same.relabelled) == (383, 0, 0, 0)
    assert set(same.difference["roc_auc"]) == {0.0}

    today = load_definition(shop.definition)
    with pytest.raises(NotEnoughDataError, match=r"0 labelled rows, 0 of them converted, are from 20\d\d"):
        pipeline.compare(today, tmp_path, workspace, "shop", ("1", "2"))

    files = {item.path for item in mlflow.MlflowClient().list_artifacts(trained.released.run_id)}
    assert {"model_card.html", "judged.parquet", "verdict.json", "environment.json", "tables.json", "plots"} <= files
    card = Path(mlflow.MlflowClient().download_artifacts(trained.released.run_id, "model_card.html", str(tmp_path)))
    page = card.read_text()
    for told in ("model version 2", "What it is for", "Limits", "regularised linear model", "windows_days", "pandas"):
        assert told in page
