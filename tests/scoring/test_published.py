"""Published runs: whole or not at all, newest at once, kept within bounds, refused when they contradict themselves."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pqlml.errors import DataError, NotFoundError
from pqlml.scoring import published
from pqlml.scoring.published import RUNS_KEPT, open_current, write_published
from pqlml.scoring.published_tables import KEYS
from tests.published_example import AS_OF, example_run, publish_example

Tables = dict[str, pa.Table]


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    run, tables = example_run(leads=7)
    folder = write_published(tmp_path, run, tables)

    opened = open_current(tmp_path)

    assert folder == tmp_path / "published" / "run-1"
    assert opened.run.as_of == AS_OF
    assert opened.run.counts.dropped == {"already_converted": 212, "too_young": 31, "excluded": 9}
    assert json.loads((folder / "run.json").read_text()) == run
    for name, table in tables.items():
        columns = [(column, "ascending") for column in KEYS[name]]
        assert pq.read_table(folder / f"{name}.parquet").sort_by(columns).equals(table.sort_by(columns))


def test_leads_come_best_first_in_pages_with_their_reasons(tmp_path: Path) -> None:
    publish_example(tmp_path)
    run = open_current(tmp_path)

    first, second = run.leads(limit=25), run.leads(limit=25, offset=25)

    assert first.total == second.total == 60
    assert [lead.rank for lead in first.leads + second.leads] == list(range(1, 51))
    assert all([reason.rank for reason in lead.reasons] == [1, 2, 3, 4, 5, 6, 7] for lead in second.leads)
    assert run.leads(offset=60).leads == ()


def test_leads_are_found_by_tier_and_by_part_of_id_or_name(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=20, ids=("ÄRA_50%", "b.c"))
    run = open_current(tmp_path)

    warm = run.leads(tier="warm")

    assert warm.total == run.run.counts.by_tier["warm"] > 0
    assert {lead.tier for lead in warm.leads} == {"warm"}
    assert [lead.entity_id for lead in run.leads(search="ära_5").leads] == ["ÄRA_50%"]
    assert [lead.entity_id for lead in run.leads(search=".").leads] == ["b.c"], "the text is no pattern"
    name = run.leads(limit=1).leads[0].name
    assert name is not None
    assert "ÄRA_50%" in {lead.entity_id for lead in run.leads(search=name.upper()).leads}
    assert run.leads(search="no such lead").total == 0


def test_a_lead_adds_up_and_carries_its_own_rows_only(tmp_path: Path) -> None:
    publish_example(tmp_path)
    run = open_current(tmp_path)

    for row in run.leads(limit=60).leads:
        lead = run.lead(row.entity_id)
        assert math.isclose(sum(item.contribution for item in lead.contributions), lead.log_odds, abs_tol=1e-6)
        assert math.isclose(sum(lead.points_by_dimension.values()), lead.points, abs_tol=1e-6)
        assert lead.reasons == row.reasons
        assert [fact.label for fact in lead.profile][:2] == ["Active days, last 28 days", "Features used, last 28 days"]
        assert len(lead.profile) == 17


def test_rows_of_a_lead_are_found_across_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _everything(tmp_path / "whole", leads=10)
    monkeypatch.setattr(published, "LEADS_PER_ROW_GROUP", 3)
    grouped = _everything(tmp_path / "grouped", leads=10)

    file = pq.ParquetFile(tmp_path / "grouped/published/run-1/contributions.parquet")

    assert grouped == whole
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [36, 36, 36, 12]


def test_a_lead_without_reasons_or_profile_is_read(tmp_path: Path) -> None:
    run, tables = example_run(leads=4)
    tables["reasons"] = tables["reasons"].slice(0, 0)
    tables["profile"] = tables["profile"].slice(0, 0)
    write_published(tmp_path, run, tables)
    opened = open_current(tmp_path)

    first = opened.leads().leads[0]

    assert (first.name, first.reasons) == (None, ())
    assert opened.lead(first.entity_id).profile == ()


def test_an_empty_run_is_read(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=0)

    assert open_current(tmp_path).leads().model_dump() == {"total": 0, "leads": ()}


def test_unknown_lead_is_named(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)

    with pytest.raises(NotFoundError, match=r"No account 'nobody' among the 3 scored in the run 'run-1'"):
        open_current(tmp_path).lead("nobody")


def test_who_was_looked_at_and_has_no_score_is_published_with_the_reason(tmp_path: Path) -> None:
    run, tables = example_run(leads=3)
    run["counts"] |= {"total": 5, "dropped": {"left": 1, "excluded": 1}}
    dropped = pa.table({"entity_id": ["gone", "ours"], "reason": ["left", "excluded"], "cutoff": [AS_OF, AS_OF]})
    write_published(tmp_path, run, tables, dropped)

    opened = open_current(tmp_path)

    assert (opened.why_not("gone"), opened.why_not("nobody")) == ("left", None)
    assert pq.read_table(opened.folder / "dropped.parquet")["run_id"].unique().to_pylist() == ["run-1"]
    with pytest.raises(NotFoundError, match=r"No account 'ours' .* dropped as 'excluded'"):
        opened.lead("ours")


def test_reasons_that_are_not_as_often_there_as_the_run_says_are_refused(tmp_path: Path) -> None:
    run, tables = example_run(leads=3)
    dropped = pa.table({"entity_id": ["gone"], "reason": ["left"], "cutoff": [AS_OF]})
    with pytest.raises(DataError, match="expected the same numbers"):
        write_published(tmp_path, run, tables, dropped)


def test_nothing_published_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="run `pqlml score` first"):
        open_current(tmp_path)


def test_a_new_run_is_picked_up_and_the_same_one_is_not_read_twice(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)
    before = open_current(tmp_path)
    assert open_current(tmp_path) is before

    publish_example(tmp_path, leads=4, run_id="run-2")

    assert open_current(tmp_path).run.run_id == "run-2"
    assert before.leads().total == 3, "a run that is open stays readable"


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"run_id": "../../etc"}', '{"run_id": "run-9"}'])
def test_damaged_current_is_an_error_that_the_next_run_repairs(tmp_path: Path, text: str) -> None:
    publish_example(tmp_path, leads=3)
    (tmp_path / "published/current.json").write_text(text)

    with pytest.raises(DataError, match="cannot be read"):
        open_current(tmp_path)

    publish_example(tmp_path, leads=3, run_id="run-2")
    assert open_current(tmp_path).run.run_id == "run-2"


@pytest.mark.parametrize("name", ["run.json", "scores.parquet", "profile.parquet"])
def test_damaged_file_of_a_run_is_an_error(tmp_path: Path, name: str) -> None:
    folder = publish_example(tmp_path, leads=3)
    (folder / name).write_bytes(b"damaged")

    with pytest.raises(DataError, match=name):
        open_current(tmp_path)


def test_damaged_details_are_an_error(tmp_path: Path) -> None:
    folder = publish_example(tmp_path, leads=3)
    opened = open_current(tmp_path)
    (folder / "reasons.parquet").unlink()

    with pytest.raises(DataError, match=r"reasons\.parquet"):
        opened.leads()


class Killed(BaseException):
    """Stands for a process that is gone: nothing handles it, and nothing is cleaned up."""


def _kill_at_step(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process die just before its ``step``-th write that matters (fsync, replace)."""
    steps = itertools.count(1)

    def counted(call: Callable[..., None]) -> Callable[..., None]:
        def dying(*arguments: Any, **options: Any) -> None:
            if next(steps) == step:
                raise Killed
            call(*arguments, **options)

        return dying

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(os, "replace", counted(os.replace))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)


def test_killed_at_any_step_readers_see_one_whole_run(tmp_path: Path) -> None:
    seen = []
    for step in itertools.count(1):
        workspace = tmp_path / str(step)
        before = _everything(workspace, leads=5)
        with pytest.MonkeyPatch.context() as patch:
            _kill_at_step(patch, step)
            try:
                publish_example(workspace, leads=6, run_id="run-2")
                finished = True
            except Killed:
                finished = False
        run = open_current(workspace)
        seen.append(run.run.run_id)
        if run.run.run_id == "run-1":
            assert _read_everything(workspace) == before
        else:
            assert len(_read_everything(workspace)) == 6
        publish_example(workspace, leads=6, run_id="run-3")
        assert open_current(workspace).run.run_id == "run-3", "what was left behind does not hinder the next run"
        if finished:
            break

    assert seen == ["run-1"] * (len(seen) - 2) + ["run-2", "run-2"]
    assert len(seen) == 14, "7 files, their folder and its name twice; current.json and its name twice; finished"


def test_an_interrupted_run_can_be_published_again_under_its_id(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)
    publish_example(tmp_path, leads=3, run_id="run-2")
    (tmp_path / "published/current.json").write_text('{"run_id": "run-1"}')
    assert open_current(tmp_path).run.run_id == "run-1"

    publish_example(tmp_path, leads=4, run_id="run-2")

    assert open_current(tmp_path).leads().total == 4


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_example(tmp_path, leads=3)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publish_example(tmp_path, leads=3, run_id="run-2")

    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == ["current.json", "run-1"]


def test_oldest_runs_are_deleted_and_the_current_one_never(tmp_path: Path) -> None:
    folders = [publish_example(tmp_path, leads=1, run_id=f"run-{number}") for number in range(RUNS_KEPT)]
    for age, folder in enumerate(reversed(folders)):
        os.utime(folder / "run.json", (1_000_000_000 - age, 1_000_000_000 - age))

    publish_example(tmp_path, leads=1, run_id="run-new")
    newest = {path.name for path in (tmp_path / "published").iterdir()}
    os.utime(tmp_path / "published/run-new/run.json", (1, 1))
    published._tidy(tmp_path / "published", "run-new")

    assert newest == {"current.json", "run-new", *(f"run-{number}" for number in range(1, RUNS_KEPT))}
    assert (tmp_path / "published/run-new").exists()


def test_what_a_killed_publication_left_is_deleted_after_a_day(tmp_path: Path) -> None:
    fresh, old = (tmp_path / "published" / f".unfinished-{name}" for name in ("fresh", "old"))
    old_file = tmp_path / "published/.unfinished-file"
    fresh.mkdir(parents=True)
    old.mkdir()
    old_file.touch()
    for path in (old, old_file):
        os.utime(path, (1, 1))

    publish_example(tmp_path, leads=1)

    assert fresh.exists()
    assert not old.exists()
    assert not old_file.exists()


def test_the_current_run_is_never_overwritten(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)

    with pytest.raises(DataError, match="'run-1' is already published"):
        publish_example(tmp_path, leads=4)

    assert open_current(tmp_path).leads().total == 3


def _set(table: str, column: str, value: object, row: int = 0) -> Callable[[dict[str, Any], Tables], None]:
    def change(_: dict[str, Any], tables: Tables) -> None:
        values = tables[table][column].to_pylist()
        values[row] = value
        field = tables[table].schema.field(column)
        at = tables[table].schema.get_field_index(column)
        tables[table] = tables[table].set_column(at, field.name, pa.array(values, field.type))

    return change


def _retype(table: str, column: str, values: Callable[[int], pa.Array]) -> Callable[[dict[str, Any], Tables], None]:
    def change(_: dict[str, Any], tables: Tables) -> None:
        at = tables[table].schema.get_field_index(column)
        tables[table] = tables[table].set_column(at, column, values(tables[table].num_rows))

    return change


def _in_run(*keys: str, value: object) -> Callable[[dict[str, Any], Tables], None]:
    def change(run: dict[str, Any], _: Tables) -> None:
        for key in keys[:-1]:
            run = run[key]
        run[keys[-1]] = value

    return change


VIOLATIONS: dict[str, tuple[Callable[[dict[str, Any], Tables], Any], str]] = {
    "table missing": (lambda _, tables: tables.pop("profile"), "lacks the table 'profile'"),
    "table unknown": (lambda _, t: t.update(reason=t["reasons"]), "unknown table 'reason': did you mean 'reasons'"),
    "column missing": (
        lambda _, t: t.update(scores=t["scores"].drop_columns("points_fit")),
        "'scores' lacks the column 'points_fit'",
    ),
    "column unknown": (
        lambda _, t: t.update(scores=t["scores"].append_column("score", t["scores"]["points"])),
        "unknown column 'score'",
    ),
    "column twice": (
        lambda _, t: t.update(scores=t["scores"].append_column("points", t["scores"]["points"])),
        "column twice",
    ),
    "text for a number": (
        _retype("scores", "points", lambda rows: pa.array(["1"] * rows)),
        "'points' of the published table 'scores' has the type string; expected double",
    ),
    "number for a text": (_retype("scores", "entity_id", lambda rows: pa.array(range(rows))), "expected string"),
    "fractional rank": (_retype("scores", "rank", lambda rows: pa.array([1.5] * rows)), "expected int64"),
    "time with a zone": (
        _retype("scores", "as_of", lambda rows: pa.array([AS_OF] * rows, pa.timestamp("us", "UTC"))),
        "expected timestamp",
    ),
    "time too fine": (
        _retype("scores", "as_of", lambda rows: pa.array([1] * rows, pa.timestamp("ns"))),
        "does not fit the type timestamp",
    ),
    "all null": (_retype("scores", "points", pa.nulls), "has the type null"),
    "null id": (_set("scores", "entity_id", None), "'entity_id' of the published table 'scores' has 1 nulls"),
    "not finite": (_set("reasons", "fact", math.nan), "'fact' .* not finite"),
    "unknown tier": (_set("scores", "tier", "boiling"), "holds 'boiling'; expected one of critical, hot, warm, cold"),
    "unknown direction": (_set("reasons", "direction", "pro"), "expected one of for, against"),
    "unknown dimension": (_set("contributions", "dimension", "luck"), "holds 'luck'"),
    "unknown section": (_set("profile", "section", "misc"), "holds 'misc'"),
    "entity twice": (
        lambda _, t: t.update(scores=pa.concat_tables([t["scores"], t["scores"].slice(0, 1)])),
        "'scores' repeats 1 keys",
    ),
    "reason rank twice": (_set("reasons", "rank", 2), "'reasons' repeats 1 keys"),
    "rank gap": (_set("scores", "rank", 9), "not 1, 2, 3"),
    "reason of a stranger": (_set("reasons", "entity_id", "stranger"), "entity that has no score .*'stranger'"),
    "other run": (_set("profile", "run_id", "run-0"), "'run_id' of the published table 'profile' differs .* run-1"),
    "other time": (_set("scores", "as_of", AS_OF + dt.timedelta(1)), "'as_of' .* differs from the run's 2026-03-01"),
    "other model": (_set("scores", "model_version", "11"), "'model_version' .* differs from the run's 12"),
    "other definition": (_set("scores", "definition_hash", "x"), "'definition_hash' .* differs"),
    "points do not add up": (_set("scores", "points_fit", 1.0), r"points by dimension do not sum .*\(1 of 5"),
    "contributions do not add up": (_set("contributions", "contribution", 0.123), "contributions do not sum"),
    "no contributions": (
        lambda _, t: t.update(contributions=t["contributions"].slice(12)),
        "has no contributions",
    ),
    "probability of something else": (_set("scores", "probability", 0.5), "probability is not that of the log-odds"),
    "wrong count": (_in_run("counts", "scored", value=6), "run counts 6 scored"),
    "wrong tier count": (_in_run("counts", "by_tier", "hot", value=44), "expected the same numbers"),
    "run key missing": (lambda run, _: run.pop("headline"), "headline: Field required"),
    "run time unreadable": (_in_run("as_of", value="yesterday"), "as_of: .*'yesterday' is no date"),
    "run time no text": (_in_run("as_of", value=[]), "as_of: Input should be a valid datetime"),
    "run id a path": (_in_run("run_id", value="../x"), "'../x' is no folder name"),
    "run not for JSON": (_in_run("note", value=object()), "not JSON serializable"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_run_that_breaks_its_contract_is_refused(tmp_path: Path, name: str) -> None:
    change, message = VIOLATIONS[name]
    run, tables = example_run(leads=5)
    change(run, tables)

    with pytest.raises(DataError, match=f"(?s){message}"):
        write_published(tmp_path, run, tables)

    assert not (tmp_path / "published").exists()


def test_sums_within_a_millionth_are_accepted(tmp_path: Path) -> None:
    run, tables = example_run(leads=5)
    for column, by in (("log_odds", 9e-7), ("points", -9e-7)):
        _set("scores", column, tables["scores"][column][0].as_py() + by)(run, tables)

    assert write_published(tmp_path, run, tables).exists()


def test_other_spellings_of_the_same_types_are_accepted(tmp_path: Path) -> None:
    run, tables = example_run(leads=5)
    scores = tables["scores"]
    tables["scores"] = scores.cast(
        pa.schema(
            field.with_type({pa.string(): pa.large_string(), pa.int64(): pa.int32()}.get(field.type, field.type))
            for field in scores.schema
        )
    )
    tables["scores"] = tables["scores"].set_column(9, "tier", tables["scores"]["tier"].dictionary_encode())
    _retype("reasons", "fact", pa.nulls)(run, tables)
    write_published(tmp_path, run, tables)

    opened = open_current(tmp_path)

    assert opened.scores.drop_columns("name").schema.equals(scores.schema.remove_metadata())
    assert opened.leads().leads[0].reasons[0].fact is None


def _everything(workspace: Path, **options: Any) -> list[dict[str, Any]]:
    publish_example(workspace, **options)
    return _read_everything(workspace)


def _read_everything(workspace: Path) -> list[dict[str, Any]]:
    run = open_current(workspace)
    return [run.lead(lead.entity_id).model_dump() for lead in run.leads(limit=1_000).leads]
