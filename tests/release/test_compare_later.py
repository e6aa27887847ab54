"""Two versions as they were released, on what neither has learned from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from pqlml import pipeline
from pqlml.dataset import build_rows
from pqlml.definition import load_definition
from pqlml.errors import DataError, NotEnoughDataError, NotFoundError
from pqlml.events import load_tables
from pqlml.model import registry
from pqlml.release import compare_versions
from pqlml.warehouse import open_warehouse
from tests.cli.shop import Shop, run, run_json, write_shop


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
def released(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two versions, the second with one window more and a fortnight of data more; then data go on."""
    shop = write_shop(tmp_path_factory.mktemp("later"))
    workspace = shop.folder / "workspace"
    shop.say("sources:", "sources:\n  observed_until: 2024-04-06")
    pipeline.train(load_definition(shop.definition), shop.folder, workspace, candidate="linear")
    shop.say("observed_until: 2024-04-06", "observed_until: 2024-04-20")
    shop.say("windows_days: [14, all]", "windows_days: [7, 14, all]")
    pipeline.train(load_definition(shop.definition), shop.folder, workspace, candidate="linear")
    shop.say("  observed_until: 2024-04-20\n", "")
    return shop


def test_both_are_judged_on_what_neither_has_learned_from(released: Shop) -> None:
    workspace, today = released.folder / "workspace", load_definition(released.definition)
    found = pipeline.compare(today, released.folder, workspace, "shop", ("1", "2"))
    models = [registry.fetch(workspace, registry.find(workspace, "shop", version)) for version in ("1", "2")]
    known = [model.training.known_until for model in models]
    assert found.since == max(until for until in known if until is not None)
    with open_warehouse() as warehouse:
        rows = build_rows(today, load_tables(warehouse, today, released.folder), released.folder)
    later = (rows.keys["cutoff"] >= pd.Timestamp(found.since)).to_numpy()
    assert found.rows == later.sum() > 50
    assert found.converted == len(set(rows.entity[later & (rows.label == 1)]))
    # The second has today's definition but for where data end, so that today's rows are what it reads.
    said = models[1].probability(rows.values[later])
    assert found.drift["second"].value == pytest.approx(rows.label[later].mean() - said.mean())
    assert set(found.difference) == set(found.metrics["first"]) == set(found.metrics["second"])
    away = found.metrics["first"]["neg_log_loss"].value - found.metrics["second"]["neg_log_loss"].value
    assert found.difference["neg_log_loss"].value == pytest.approx(away)
    assert found.metrics["second"]["neg_log_loss"].value == pytest.approx(
        np.mean(np.log(np.where(rows.label[later] == 1, said, 1 - said)))
    )
    same = pipeline.compare(today, released.folder, workspace, "shop", ("2", "2"))
    assert set(same.difference["roc_auc"]) == {0.0}


def test_the_command_tells_figures_and_whether_probabilities_hold(released: Shop) -> None:
    asked = ("models", "compare", "shop", "1", "2", "--workspace", released.folder / "workspace")
    later = ("--definition", released.definition, "--data", released.folder)
    told = run(*asked, *later)
    assert told.exit_code == 0
    words = " ".join(told.stdout.split())
    assert "as released, on" in words
    assert "of which neither had learned anything" in words
    assert "Conversion rate minus what version 2 expected:" in words
    as_json = run_json(*asked, *later)
    assert as_json["since"].startswith("2024-04")
    assert set(as_json["drift"]) == {"first", "second"}
    alone = run(*asked, "--data", released.folder)
    assert alone.exit_code != 0
    assert "no use without --definition" in " ".join(alone.stderr.split())


def test_other_questions_and_unknown_versions_are_refused(released: Shop, tmp_path: Path) -> None:
    workspace = released.folder / "workspace"
    text = released.definition.read_text("utf-8").replace("horizon_days: 20", "horizon_days: 21")
    other = tmp_path / "other.yaml"
    other.write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"horizon_days=20.* and the definition 'shop'.*horizon_days=21.* different q"):
        pipeline.compare(load_definition(other), released.folder, workspace, "shop", ("1", "2"))
    today = load_definition(released.definition)
    with pytest.raises(NotFoundError, match=r"no version or alias .9."):
        pipeline.compare(today, released.folder, workspace, "shop", ("1", "9"))


def test_rows_without_times_that_are_not_the_same_are_told(monkeypatch: pytest.MonkeyPatch, released: Shop) -> None:
    alone = pd.DataFrame({"cutoff": pd.NaT, "label": 0, "probability": 0.5}, index=[0])

    def judged(workspace: Path, version: registry.Released) -> pd.DataFrame:  # noqa: ARG001 - as the real one
        return alone.assign(entity=version.version)

    monkeypatch.setattr(registry, "judged_rows", judged)
    with pytest.raises(
        NotEnoughDataError, match=r"1 and 1 rows, none of them the same\. Train both on data of the same"
    ):
        compare_versions(released.folder / "workspace", "shop", "1", "2")
