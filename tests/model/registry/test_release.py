"""Releases in MLflow: found by name, version and alias, loaded as they were, served as pyfunc."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest

from pqlml.errors import DataError, NotFoundError
from pqlml.model import registry
from pqlml.model.bundle import save_model
from pqlml.model.metrics import Interval
from pqlml.model.predict import predict
from pqlml.model.registry import NotPromotedError, Record, Released
from pqlml.model.verdict import Verdict
from pqlml.times import utc_now
from tests.helpers.synthetic import definition, fitted

METRICS = {"model": {"roc_auc": Interval(0.8, 0.7, 0.9)}, "points": {"roc_auc": Interval(0.6, 0.5, 0.7)}}

PAIRS = {"pairs": fitted()[1].account.as_dict()}


@pytest.fixture(scope="module", autouse=True)
def local_store() -> Iterator[None]:
    """No tracking server of the environment, and none left behind."""
    with pytest.MonkeyPatch.context() as patch:
        # MLflow writes the variable, too: one that was set here is taken back in the end.
        patch.setenv("MLFLOW_TRACKING_URI", "")
        patch.delenv("MLFLOW_TRACKING_URI")
        before = mlflow.get_tracking_uri()
        yield
        mlflow.set_tracking_uri(before)


def record(report: Path, verdict: Verdict | None) -> Record:
    return Record(
        metrics=METRICS,
        parameters={"rows": 1200},
        files={report: None, report.with_name("gain.svg"): "plots"},
        accounts=PAIRS,
        judged=pd.DataFrame({"entity": ["a", "b"], "cutoff": [pd.Timestamp("2026-01-01")] * 2, "label": [0, 1]}),
        verdict=verdict,
    )


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Released]]:
    """A workspace with two versions of one model: setting up its database takes seconds."""
    workspace = tmp_path_factory.mktemp("workspace") / "not yet there"
    report = tmp_path_factory.mktemp("files") / "report.html"
    report.write_text("<p>worth it</p>")
    report.with_name("gain.svg").write_text("<svg/>")
    model, rows = fitted()
    second = dataclasses.replace(model, headline="second")
    return workspace, [
        registry.release(workspace, model, record(report, Verdict("promote", "it won")), rows.values.head(3)),
        registry.release(workspace, second, record(report, None), rows.values.head(3)),
    ]


def test_versions_grow(released: tuple[Path, list[Released]]) -> None:
    workspace, (first, second) = released
    assert (first.version, second.version) == ("1", "2")
    assert first.name == second.name == "synthetic"
    assert first.run_id != second.run_id
    assert (workspace / "mlflow.db").exists()
    assert registry.names(workspace) == ["synthetic"]


def test_a_version_is_found_by_number_and_nothing_scores_by_chance(released: tuple[Path, list[Released]]) -> None:
    workspace, (first, second) = released
    with pytest.raises(NotPromotedError, match=r"no version of the model 'synthetic' is the champion; the newest is 2"):
        registry.find(workspace, "synthetic")
    assert registry.champion(workspace, "synthetic") is None
    assert registry.champion(workspace, "unheard of") is None
    assert registry.find(workspace, "synthetic", "newest") == second
    assert registry.find(workspace, "synthetic", "1") == first


def test_an_alias_is_followed_and_the_champion_goes_first(released: tuple[Path, list[Released]]) -> None:
    workspace, (first, second) = released
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("synthetic", "champion", "1")
    client.set_registered_model_alias("synthetic", "trial", "2")
    try:
        assert registry.find(workspace, "synthetic") == first
        assert registry.find(workspace, "synthetic", "champion") == registry.champion(workspace, "synthetic") == first
        assert registry.find(workspace, "synthetic", "trial") == second
        assert registry.find(workspace, "synthetic", "newest") == second
    finally:
        client.delete_registered_model_alias("synthetic", "champion")
        client.delete_registered_model_alias("synthetic", "trial")


def test_what_is_not_there_is_told_with_what_is(released: tuple[Path, list[Released]]) -> None:
    workspace, _ = released
    with pytest.raises(NotFoundError, match=r"no version or alias '7'; versions: 1, 2; aliases: \{\}"):
        registry.find(workspace, "synthetic", "7")
    with pytest.raises(NotFoundError, match=r"no model for the definition 'syntetic' .* models for: synthetic\."):
        registry.find(workspace, "syntetic")
    with pytest.raises(NotFoundError, match=r"no model for the definition \"it's\""):
        registry.find(workspace, "it's")


def test_a_fetched_model_scores_as_it_did(released: tuple[Path, list[Released]]) -> None:
    workspace, (first, second) = released
    model, rows = fitted()
    again = registry.fetch(workspace, first)
    np.testing.assert_array_equal(again.probability(rows.values), model.probability(rows.values))
    assert again.definition == model.definition
    assert registry.fetch(workspace, second).headline == "second"


def test_mlflow_serves_the_same_scores(released: tuple[Path, list[Released]]) -> None:
    _, (first, _) = released
    model, rows = fitted()
    with warnings.catch_warnings(record=True):  # MLflow asks for type hints
        served = mlflow.pyfunc.load_model(first.uri)
    found = served.predict(rows.values.head(20))
    expected = predict(model, rows.values.head(20))
    np.testing.assert_array_equal(found["probability"], expected["probability"])
    assert found["tier"].tolist() == expected["tier"].tolist()


def test_the_run_holds_figures_parameters_and_files(released: tuple[Path, list[Released]]) -> None:
    _, (first, _) = released
    run = mlflow.get_run(first.run_id)
    assert run.data.metrics == {
        "model.roc_auc": 0.8,
        "model.roc_auc_low": 0.7,
        "model.roc_auc_high": 0.9,
        "points.roc_auc": 0.6,
        "points.roc_auc_low": 0.5,
        "points.roc_auc_high": 0.7,
    }
    assert run.data.params == {"rows": "1200"}
    assert run.data.tags["pqlml.definition_hash"] == definition().hash
    files = {item.path for item in mlflow.MlflowClient().list_artifacts(first.run_id)}
    assert {"report.html", "definition.yaml", "pairs.json", "plots", "judged.parquet"} <= files
    assert mlflow.artifacts.load_dict(f"runs:/{first.run_id}/pairs.json") == PAIRS["pairs"]


def test_a_model_has_a_signature_and_an_example_or_is_not_logged(released: tuple[Path, list[Released]]) -> None:
    workspace, (first, _) = released
    info = mlflow.models.get_model_info(first.uri)
    types = {column.name: column.type.name for column in info.signature.inputs}
    assert types == {name: "string" if name == "industry" else "double" for name in fitted()[1].values.columns}
    assert [column.name for column in info.signature.outputs] == ["probability", "log_odds", "points", "tier"]
    assert info.saved_input_example_info is not None
    with pytest.raises(DataError, match="with an example of its input"):
        registry.release(workspace, fitted()[0], Record({}, {}), fitted()[1].values.head(0))
    assert len(registry.versions(workspace, "synthetic")) == 2


def test_versions_are_listed_newest_first_with_what_is_known(released: tuple[Path, list[Released]]) -> None:
    workspace, (first, second) = released
    newest, oldest = registry.versions(workspace, "synthetic")
    assert (newest.released, oldest.released) == (second, first)
    assert oldest.metrics == METRICS
    assert (oldest.kind, oldest.definition) == ("trees", {"version": "1", "hash": definition().hash})
    assert oldest.verdict == Verdict("promote", "it won")
    assert (newest.verdict, newest.headline) == (None, "second")
    assert abs((oldest.created_at - utc_now()).total_seconds()) < 3600


def test_judged_rows_and_later_files_stay_with_the_run(released: tuple[Path, list[Released]], tmp_path: Path) -> None:
    workspace, (first, _) = released
    assert registry.judged_rows(workspace, first)["label"].tolist() == [0, 1]
    (tmp_path / "card.html").write_text("<p>card</p>")
    registry.attach(workspace, first, tmp_path / "card.html")
    assert "card.html" in {item.path for item in mlflow.MlflowClient().list_artifacts(first.run_id)}


def test_judged_rows_that_were_not_kept_are_asked_for_in_vain(tmp_path: Path) -> None:
    model, rows = fitted()
    bare = registry.release(tmp_path, model, Record({}, {}), rows.values.head(1))
    with pytest.raises(NotFoundError, match=r"the judged rows of models:/synthetic/1 were not kept"):
        registry.judged_rows(tmp_path, bare)


def test_another_workspace_of_the_same_process_is_its_own_and_says_what_to_run(
    released: tuple[Path, list[Released]], tmp_path: Path
) -> None:
    assert registry.names(released[0]) == ["synthetic"]
    assert registry.names(tmp_path) == []
    with pytest.raises(NotFoundError, match=r"There is no model at all\. Run 'pqlml train' first"):
        registry.find(tmp_path, "synthetic")
    assert registry.names(released[0]) == ["synthetic"]


def test_a_model_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", lambda **_: str(tmp_path))
    with pytest.raises(NotFoundError, match="models:/other/1 holds no pqlml model"):
        registry.fetch(tmp_path, Released("other", "1", "", ""))


def test_the_stored_entry_point_scores_like_the_model(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True):  # MLflow asks for type hints, also while it is imported
        warnings.filterwarnings("ignore", ".*[Tt]ype hint", UserWarning)
        from pqlml.model.pyfunc_entry import PropensityPyfunc
    model, rows = fitted()
    save_model(model, tmp_path)
    served = PropensityPyfunc()
    served.load_context(SimpleNamespace(artifacts={"bundle": str(tmp_path)}))
    found = served.predict(None, rows.values.head(9))  # type: ignore[no-untyped-call]  # hints would be a schema
    pd.testing.assert_frame_equal(found, predict(model, rows.values.head(9)))


def test_the_users_choice_of_a_server_stays(
    released: tuple[Path, list[Released]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = registry.tracking_uri(released[0])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", chosen)
    assert registry.names(tmp_path) == ["synthetic"]
    assert os.environ["MLFLOW_TRACKING_URI"] == chosen


def test_a_server_by_url_goes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert registry.tracking_uri(tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    assert registry.tracking_uri(tmp_path) == "https://mlflow.example.org"
