"""The champion: promoted by verdict or by a person who says why, rolled back, with a history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from pqlml.errors import DataError, NotFoundError
from pqlml.model import registry
from pqlml.model.registry import NotPromotedError, Record
from pqlml.model.verdict import Verdict
from tests.helpers.synthetic import fitted

VERDICTS = (Verdict("promote", "it won"), None, Verdict("use points", "it does not beat the hand-set points"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three versions: one that won, one that nobody judged, one that did not win."""
    folder = tmp_path_factory.mktemp("workspace")
    model, rows = fitted()
    with pytest.MonkeyPatch.context() as patch:
        # MLflow writes the variable, too: one that was set here is taken back in the end.
        patch.setenv("MLFLOW_TRACKING_URI", "")
        patch.delenv("MLFLOW_TRACKING_URI")
        before = mlflow.get_tracking_uri()
        for verdict in VERDICTS:
            released = registry.release(folder, model, Record({}, {}, verdict=verdict), rows.values.head(1))
            registry.challenge(folder, released)
        yield folder
        mlflow.set_tracking_uri(before)


def test_the_story_of_a_champion(workspace: Path) -> None:
    def champion() -> str | None:
        found = registry.champion(workspace, "synthetic")
        return None if found is None else found.version

    assert registry.find(workspace, "synthetic", "challenger").version == "3"
    assert registry.history(workspace, "synthetic") == []
    with pytest.raises(NotFoundError, match="nothing to roll back to for 'synthetic': there is no champion"):
        registry.rollback(workspace, "synthetic", why="no")

    with pytest.raises(NotPromotedError, match=r"version 3 .* is not promoted: use points: it does not beat .* --why"):
        registry.promote(workspace, "synthetic")
    with pytest.raises(NotPromotedError, match=r"version 2 .* is not promoted: it was never judged"):
        registry.promote(workspace, "synthetic", "2")
    with pytest.raises(DataError, match="a reason of 0 characters"):
        registry.promote(workspace, "synthetic", "2", why="  ")
    assert champion() is None

    first = registry.promote(workspace, "synthetic", "1")
    assert (first.version, first.before, first.why) == ("1", None, "promote: it won.")
    with pytest.raises(NotFoundError, match="the present champion is the first"):
        registry.rollback(workspace, "synthetic", why="no")
    registry.promote(workspace, "synthetic", why=" sales asked for it ")
    assert champion() == "3"
    back = registry.rollback(workspace, "synthetic", why="half of them were students")
    assert (champion(), back.version, back.before) == ("1", "1", "3")

    reigns = registry.history(workspace, "synthetic")
    assert [(item.before, item.version, item.why) for item in reigns] == [
        (None, "1", "promote: it won."),
        ("1", "3", "sales asked for it"),
        ("3", "1", "rolled back: half of them were students"),
    ]
    assert [item.at for item in reigns] == sorted(item.at for item in reigns)
    assert [item.rolled_back for item in reigns] == [False, False, True]
    with pytest.raises(DataError, match="version 1 of 'synthetic' is the champion already"):
        registry.promote(workspace, "synthetic", "1", why="again")
    aliases = {item.released.version: item.aliases for item in registry.versions(workspace, "synthetic")}
    assert aliases == {"1": ("champion",), "2": (), "3": ("challenger",)}


def test_each_way_back_leads_one_champion_further(workspace: Path) -> None:
    name = "synthetic"
    while True:
        try:
            registry.rollback(workspace, name, why="to the first")
        except NotFoundError:
            break
    for version in ("2", "3"):
        registry.promote(workspace, name, version, why="a test")
    assert [registry.rollback(workspace, name, why="worse").version for _ in range(2)] == ["2", "1"]
    with pytest.raises(NotFoundError, match="the present champion is the first"):
        registry.rollback(workspace, name, why="worse")
    registry.promote(workspace, name, "2", why="a test")
    mlflow.MlflowClient().set_registered_model_alias(name, "champion", "3")
    assert registry.rollback(workspace, name, why="nobody said why").version == "2", "the last that history knows"
    assert registry.rollback(workspace, name, why="worse").version == "1"


def test_a_look_into_an_empty_workspace_leaves_it_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert registry.names(tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_all_names_are_told_however_many_there_are(workspace: Path) -> None:
    client = mlflow.MlflowClient()
    more = [f"other-{number:03}" for number in range(101)]
    for name in more:
        client.create_registered_model(name)
    assert registry.names(workspace) == [*more, "synthetic"]


def test_a_store_that_does_not_answer_is_told_without_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mlflow.get_tracking_uri()
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlflow.db").write_bytes(b"no database at all, but some words" * 99)
    with pytest.raises(DataError, match=r"at the file .*mlflow\.db, which does not answer as a store of MLflow"):
        registry.versions(tmp_path, "any")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "carrier-pigeon://me:secret@nowhere")
    with pytest.raises(DataError, match="at the address in MLFLOW_TRACKING_URI") as told:
        registry.versions(tmp_path, "any")
    assert "secret" not in str(told.value)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(before)
