"""The road over a definition's tables: every column is examined, and ignored ones are told as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pqlml import pipeline
from pqlml.audit import Audited
from pqlml.definition import load_definition, parse_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import xeducation
from pqlml.model import registry
from tests.audit.planted import World, company

TEXT = """
name: planted
sources:
  events: {path: events.parquet, known_at: known_at}
  entities: {path: entities.parquet, %s}
  observed_until: 2026-07-30
snapshots: {every_days: 30, start: 2026-03-17, end: 2026-06-15}
conversion: {event: subscribed, horizon_days: 30}
windows_days: [14, all]
"""
LEADS = """
name: leads
sources: {entities: {path: leads.csv, entity_id: lead, ignore: [status, valid_from]}}
conversion: {label: bought}
"""


def tables(folder: Path, world: World, entities: pd.DataFrame) -> Path:
    folder.mkdir(exist_ok=True)
    world.events.to_parquet(folder / "events.parquet")
    entities.to_parquet(folder / "entities.parquet")
    return folder


def by_column(found: Audited) -> dict[str, tuple[str, bool]]:
    return {leak.column: (leak.code, leak.ignored) for leak in reversed(found.leaks)}


def test_versions_keep_the_past_as_it_was_and_one_overwritten_row_each_does_not(tmp_path: Path) -> None:
    world = company(3, 400)
    began = world.events.groupby("entity_id")["ts"].min()
    newest = world.entities.drop_duplicates("entity_id", keep="last").drop(columns="valid_from")
    newest = newest.assign(began=newest["entity_id"].map(began).fillna(pd.Timestamp("2026-01-01")))
    newest["trial_ends"] = newest["began"] + pd.Timedelta(days=14)
    versioned = parse_definition(TEXT % "valid_from: valid_from")
    clean = pipeline.audit(versioned, tables(tmp_path / "a", world, world.entities))
    assert clean.passed
    assert "crm_status" not in by_column(clean)
    overwritten = parse_definition(TEXT % "signup_at: began, ignore: [crm_status]")
    found = pipeline.audit(overwritten, tables(tmp_path / "b", world, newest))
    assert by_column(found)["crm_status"] == ("PQL004", True)
    assert by_column(found)["plan"] == ("PQL004", False)
    assert "trial_ends" not in by_column(found), "planned from the sign-up"
    assert not found.passed


def test_an_earlier_extract_shows_what_was_written_into_the_past_since(tmp_path: Path) -> None:
    world = company(3, 400)
    definition = parse_definition(TEXT % "valid_from: valid_from")
    now = tables(tmp_path / "now", world, world.entities)
    then = tables(tmp_path / "then", world, world.entities)
    same = pipeline.audit(definition, now, earlier=then)
    assert {result.check.code: result.outcome for result in same.results}["PQL011"] == "passed"
    before = world.entities.assign(plan="free")
    found = pipeline.audit(definition, now, earlier=tables(tmp_path / "then", world, before.assign(employees=7.0)))
    assert {leak.column for leak in found.leaks if leak.code == "PQL011"} == {"employees"}, "plans differ later only"


def test_a_plain_table_is_examined_with_its_ignored_columns(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    wins = chance.random(500) < 0.3
    leads = pd.DataFrame(
        {
            "lead": [f"l{number}" for number in chance.permutation(500)],
            "bought": wins * 1,
            "size": chance.integers(1, 99, 500),
            "status": np.where(wins, "customer", "open"),
            "valid_from": "2026-01-01",
        }
    )
    leads.to_csv(tmp_path / "leads.csv", index=False)
    found = pipeline.audit(parse_definition(LEADS), tmp_path)
    assert by_column(found) == {"status": ("PQL004", True)}
    assert found.passed


@pytest.mark.shared_data
def test_the_leaks_of_the_lead_table_are_found_though_the_definition_ignores_them(
    datasets: Path, tmp_path: Path
) -> None:
    xeducation.load(tmp_path, datasets)
    definition = load_definition(shipped_definitions()["xeducation"])
    found = pipeline.audit(definition, tmp_path)
    assert definition.sources.entities is not None
    assert set(definition.sources.entities.ignore) == {leak.column for leak in found.leaks if leak.ignored}
    assert {leak.severity for leak in found.leaks if not leak.ignored} <= {"warning"}


def test_leaks_of_columns_in_use_are_told_and_stop_a_release_and_ignored_ones_are_left_to_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(0)
    wins = chance.random(500) < 0.3
    leads = pd.DataFrame(
        {
            "lead": [f"l{number}" for number in chance.permutation(500)],
            "bought": wins * 1,
            "size": chance.integers(1, 99, 500),
            "status": np.where(wins, "customer", "open"),
            "contract": pd.Series("signed", index=range(500)).where(wins),
            "valid_from": "2026-01-01",
        }
    )
    leads.to_csv(tmp_path / "leads.csv", index=False)
    checked = pipeline.check(parse_definition(LEADS), tmp_path)
    assert checked.passed, "a leak stops nobody from training"
    assert checked.audited is not None
    assert by_column(checked.audited) == {"contract": ("PQL012", False)}
    assert checked.audited.certain == ("contract",)
    assert checked.audited.leaks[0].lift is not None
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    trained = pipeline.train(parse_definition(LEADS), tmp_path, tmp_path / "workspace")
    assert trained.contest.verdict.decision == "mend leaks"
    assert registry.champion(tmp_path / "workspace", trained.released.name) is None


def test_check_takes_what_the_toolkit_counted_at_its_word(tmp_path: Path) -> None:
    world = company(3, 400)
    newest = world.entities.drop_duplicates("entity_id", keep="last").drop(columns="valid_from")
    newest["began"] = newest["entity_id"].map(world.events.groupby("entity_id")["ts"].min())
    newest["began"] = newest["began"].fillna(pd.Timestamp("2026-01-01"))
    overwritten = parse_definition(TEXT % "signup_at: began, ignore: [crm_status]")
    checked = pipeline.check(overwritten, tables(tmp_path, world, newest))
    assert checked.audited is not None
    assert by_column(checked.audited)["plan"] == ("PQL004", False)
    assert "crm_status" not in by_column(checked.audited)
    full = pipeline.audit(overwritten, tmp_path)
    assert checked.audited.rows == full.rows
    found = {leak.column: leak for leak in checked.audited.leaks}["plan"]
    told = {leak.column: leak for leak in full.leaks}["plan"]
    assert found.evidence == told.evidence
    assert found.lift is not None
    assert told.lift is not None
    assert found.lift.auc_with == pytest.approx(told.lift.auc_with, abs=0.05)
