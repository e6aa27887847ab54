"""What commands tell people, and that their numbers agree."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pqlml import comparing
from pqlml.cli import serve
from pqlml.definition import parse_definition
from pqlml.demo import DEMOS, Demo
from pqlml.events.simulate import World
from pqlml.events.simulate.write import simulate as write_company
from pqlml.explain.moves import Move
from pqlml.model.capacity import CAPACITY_METRICS, REVENUE_METRICS
from pqlml.model.metrics import METRICS
from pqlml.scoring.published import open_current
from tests.cli.conftest import Walk
from tests.cli.shop import run, run_json
from tests.published_example import publish_example

pytestmark = pytest.mark.xdist_group("walk")

INTERNAL = re.compile(r"\b\w+\.(count|days|weeks|users|events|sum|mean|recency|first|trend|streak)\b")


@pytest.mark.parametrize("command", ["check", "evaluate", "train", "demo"])
def test_counts_add_up(walk: Walk, command: str) -> None:
    for table in walk.told[command]["tables"]:
        assert table["read"] == table["used"] + sum(table["set_aside"].values())
    rows = walk.told[command]["rows"]
    assert rows["total"] == rows["labelled"] + sum(rows["dropped"].values())
    for name in ("total", "labelled", "conversions"):
        assert rows[name] == sum(part[name] for part in rows["by_cutoff"])
    for part in rows["by_cutoff"]:
        assert part["total"] == part["labelled"] + sum(part["dropped"].values())
    if command != "check":
        assert rows["labelled"] == sum(rows["by_split"].values())
        assert rows["conversions"] == sum(rows["conversions_by_split"].values())


@pytest.mark.parametrize("command", ["check", "evaluate", "train", "demo"])
def test_columns_in_use_are_looked_at_for_leaks(walk: Walk, command: str) -> None:
    told = walk.told[command]["leaks"]
    assert [leak["column"] for leak in told if leak["severity"] == "error"] == []


@pytest.mark.parametrize("command", ["evaluate", "train", "demo"])
def test_all_candidates_are_judged_by_the_same_metrics(walk: Walk, command: str) -> None:
    metrics = walk.told[command]["metrics"]
    # From so few conversions the linear model is released, and the trees are its rival; evaluating judges trees.
    rival = "linear" if command == "evaluate" else "trees"
    assert list(metrics) == ["model", "points", rival, "recency"]
    revenue = REVENUE_METRICS if command == "demo" else ()
    assert all(tuple(by_metric) == (*METRICS, *CAPACITY_METRICS, *revenue) for by_metric in metrics.values())
    strengths = [group["mean_abs_contribution"] for group in walk.told[command]["groups"]]
    assert strengths == sorted(strengths, reverse=True)


def test_evaluating_twice_gives_the_same_figures(walk: Walk) -> None:
    assert walk.told["report"]["headline"] == walk.told["evaluate"]["headline"]


def test_training_judges_one_fit_and_evaluating_several_on_the_same_rows(walk: Walk) -> None:
    trained, evaluated = walk.told["train"], walk.told["evaluate"]
    assert len(trained["folds"]) == 1
    assert len(evaluated["folds"]) > 1
    assert evaluated["rows"]["by_split"]["test"] == trained["rows"]["by_split"]["test"]
    assert sum(fold["test"]["rows"] for fold in evaluated["folds"]) == trained["folds"][0]["test"]["rows"]
    for fold in evaluated["folds"]:
        rows = fold["train"]["rows"] + fold["test"]["rows"] + sum(fold["set_aside"].values())
        assert rows == evaluated["rows"]["labelled"]


def test_scores_agree_with_their_counts_and_the_model(walk: Walk) -> None:
    told = walk.told["score"]
    assert told["as_of"] == "2024-05-01T00:00:00Z"
    assert told["scored"] == sum(told["by_tier"].values())
    assert told["model"] == walk.told["train"]["model"]
    assert [lead["rank"] for lead in told["leads"]] == [1, 2, 3, 4, 5]
    for lead in told["leads"]:
        assert sum(lead["points_by_dimension"].values()) == pytest.approx(lead["points"])


def test_explain_tells_about_the_published_lead(walk: Walk) -> None:
    told, scored = walk.told["explain"], walk.told["score"]
    assert told["run"]["run_id"] == scored["run_id"]
    assert {key: told["lead"][key] for key in scored["leads"][0]} == scored["leads"][0]
    assert sum(item["contribution"] for item in told["lead"]["contributions"]) == pytest.approx(
        told["lead"]["log_odds"]
    )
    missing = run_json("explain", "nobody", "--workspace", walk.workspace, exit_code=7)
    assert "'nobody'" in missing["error"]["message"]


def test_explain_tells_what_would_move_a_lead(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of the list hardly ever visits: one more visit raises it, and nobody is asked to grow the company."""
    worst = open_current(walk.workspace).scores["entity_id"].to_pylist()[-1]
    there = ("--data", walk.shop.folder, "--workspace", walk.workspace)
    told = run_json("explain", worst, "--moves", *there)
    (state,) = told["moves"]["states"]
    assert state["signal"] == "visits"
    assert state["log_odds"] - told["lead"]["log_odds"] == pytest.approx(state["gain"])
    assert state["gain"] > 0
    assert "association" in told["moves"]["note"]
    monkeypatch.setattr(comparing, "moves_of", lambda *_: ((Move(**state),), told["moves"]["note"]))
    read = run("explain", worst, "--moves", *there).stdout
    assert "What would move it" in read
    assert f"{state['gain']:+.2f}" in read


def test_reports_are_written(walk: Walk) -> None:
    for command in ("train", "demo", "report"):
        assert Path(walk.told[command]["report"]).read_text().lstrip().lower().startswith("<!doctype html>")


def test_nothing_to_score_with_and_nothing_to_explain_say_what_to_do_first(walk: Walk, tmp_path: Path) -> None:
    told = run_json("score", "cdnow", "--data", walk.shop.folder, "--workspace", walk.workspace, exit_code=7)
    assert "'pqlml train'" in told["error"]["message"]
    told = run_json("explain", "c000", "--workspace", tmp_path, exit_code=7)
    assert "`pqlml score`" in told["error"]["message"]


def test_a_model_is_found_by_its_name_and_version(walk: Walk) -> None:
    where = ("--data", walk.shop.folder, "--workspace", walk.workspace)
    told = run_json("score", "shop", *where, "--model", "1")
    assert told["model"]["version"] == "1"
    refused = run_json("score", "shop", *where, "--model", "best", exit_code=7)
    assert "no version or alias 'best'" in refused["error"]["message"]


def test_a_file_that_differs_from_the_model_does_not_score(walk: Walk, tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text(walk.shop.definition.read_text().replace("points: 60", "points: 70"))
    where = ("--data", walk.shop.folder, "--workspace", walk.workspace)
    refused = run_json("score", changed, *where, exit_code=4)
    assert "~ points[visits.count.14d at_least 2.0]: 60 (engagement) -> 70 (engagement)" in refused["error"]["message"]
    assert "'pqlml score shop'" in refused["error"]["message"]


@pytest.mark.parametrize(("as_of", "says"), [("2999-01-01", "lies in the future"), ("2001-01-01", "before all data")])
def test_an_instant_without_data_is_refused(walk: Walk, as_of: str, says: str) -> None:
    where = ("--data", walk.shop.folder, "--workspace", walk.workspace)
    refused = run_json("score", walk.shop.definition, *where, "--as-of", as_of, exit_code=5)
    assert says in refused["error"]["message"]


def test_score_accounts_for_what_it_read(walk: Walk) -> None:
    for told in (walk.told["score"], walk.told["demo"]["score"]):
        assert {table["table"] for table in told["tables"]} >= {"events", "entities"}
        assert all(table["read"] == table["used"] + sum(table["set_aside"].values()) for table in told["tables"])
        assert {finding["severity"] for finding in told["findings"]} <= {"warning", "note"}


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        ("check", [], ("Rows", "Pairs by cutoff", "dropped: window not over", "in all", "PQD012", "Ready to train")),
        (
            "evaluate",
            [],
            (
                "Pairs by cutoff",
                "Folds: fitted on",
                "Hand-set points",
                "ROC-AUC",
                "What moves the model most",
                "purged",
            ),
        ),
        ("train", [], ("Released: models:/shop/1", "Report: ", "ROC-AUC")),
    ],
)
def test_steps_read_well(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, command: str, arguments: list[str], says: tuple[str, ...]
) -> None:
    walk.again(monkeypatch, command)
    result = run(command, walk.shop.definition, *arguments)
    assert result.exit_code == 0
    assert [text for text in says if text not in result.stdout] == []
    assert not INTERNAL.search(result.stdout)
    for table in walk.told[command]["tables"]:
        assert re.search(rf"\| {table['table']} +\| +{table['read']:,} \| +{table['used']:,} \|", result.stdout)


def test_demo_ends_with_the_leads_and_where_to_look(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.again(monkeypatch, "demo")
    result = run("demo", "saas", "--accounts", "350", "--workspace", walk.workspace)
    assert result.exit_code == 0
    told = walk.told["demo"]
    assert "ROC-AUC" in result.stdout
    assert told["headline"] in result.stdout
    for lead in range(1, 6):
        assert re.search(
            rf"(?m)^{lead}\. .+: (critical|hot|warm|cold), [\d.]+% within \d+ days, -?\d+ points$", result.stdout
        )
    assert "   + " in result.stdout
    assert f"serve --workspace {walk.workspace}" in result.stdout
    assert f"mlflow ui --backend-store-uri sqlite:///{walk.workspace / 'mlflow.db'}" in told["look"]["mlflow_ui"]
    assert told["look"]["mlflow_ui"] in result.stdout
    assert not INTERNAL.search(result.stdout)


def test_demo_without_times_is_judged_and_nobody_is_scored(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = tmp_path / "plain.yaml"
    definition.write_text(
        "name: plain\nsources: {entities: {path: leads.csv, entity_id: id}}\n"
        "conversion: {label: bought}\nevaluation: {folds: 2}\n"
    )

    def load(target: Path, datasets: Path | None) -> None:
        del datasets
        target.mkdir(parents=True)
        lines = [f"l{number},{number * 7 % 90},{int(number * 7 % 90 > 40)}" for number in range(90)]
        (target / "leads.csv").write_text("\n".join(["id,size,bought", *lines]) + "\n")

    monkeypatch.setitem(DEMOS, "plain", Demo("plain", "A plain table", str(definition), load))
    result = run("demo", "plain", "--workspace", walk.workspace)
    assert result.exit_code == 0, result.output
    assert "Nobody is scored: this data set has no times" in result.stdout
    assert "NOT forward in time" in result.stdout
    assert "Sales page" not in result.stdout
    assert "mlflow ui" in result.stdout


def test_demo_whose_data_are_broken_says_so(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(target: Path, datasets: Path | None) -> None:
        del datasets
        target.mkdir(parents=True)
        for name in ("events.csv", "customers.csv"):
            (target / name).write_text((walk.shop.folder / name).read_text().replace("bought", "sold"))

    monkeypatch.setitem(DEMOS, "shop", Demo("shop", "A shop", str(walk.shop.definition), load))
    told = run_json("demo", "shop", "--workspace", tmp_path, exit_code=5)
    assert "PQD020" in told["error"]["message"]


def test_score_and_explain_read_well(walk: Walk) -> None:
    where = ("--workspace", walk.workspace)
    scored = run("score", walk.shop.definition, "--data", walk.shop.folder, *where)
    assert scored.exit_code == 0
    assert "The 5 best leads" in scored.stdout
    found = re.search(r"(?m)^1\. (\w+): ", scored.stdout)
    assert found is not None
    explained = run("explain", found.group(1), *where)
    assert explained.exit_code == 0
    assert [text for text in ("Points by dimension", "Reasons", "Profile") if text not in explained.stdout] == []
    assert not INTERNAL.search(scored.stdout + explained.stdout)


def test_serve_passes_on_where_to_listen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(serve, "run_server", lambda *arguments: calls.append(arguments))
    result = run("serve", "--workspace", tmp_path, "--port", 9000)
    assert calls == [(tmp_path, "127.0.0.1", 9000)]
    assert "http://127.0.0.1:9000" in result.stdout


def test_workspace_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PQLML_WORKSPACE", str(tmp_path / "elsewhere"))
    told = run_json("explain", "a", exit_code=7)
    assert str(tmp_path / "elsewhere") in told["error"]["message"]


def test_simulate_switches_off_what_is_named(walk: Walk, tmp_path: Path) -> None:
    summary = run("simulate", "--to", tmp_path / "a", "--accounts", 20, "--off", "aha", "--off", "outage_days")
    assert "Written to" in summary.stdout
    world = World.model_validate({"effects": {"aha": 0}, "dirt": {"outage_days": 0}})
    write_company(tmp_path / "b", accounts=20, seed=1, world=world)
    assert (tmp_path / "a/events.parquet").read_bytes() == (tmp_path / "b/events.parquet").read_bytes()
    assert walk.told["simulate"]["off"] == ["aha", "outage_days"]


def test_shown_definition_reads_back_the_same(walk: Walk, tmp_path: Path) -> None:
    shown = run("definition", "show", "saas").stdout
    assert parse_definition(shown).hash == run_json("definition", "show", "saas")["hash"]
    (tmp_path / "copy.yaml").write_text(shown)
    assert "No difference" in run("definition", "diff", "saas", tmp_path / "copy.yaml").stdout
    assert "~ name: saas-trial -> collaboration" in run("definition", "diff", "saas", "collaboration").stdout
    assert "is a valid definition" in run("definition", "validate", tmp_path / "copy.yaml").stdout
    assert json.loads(run("definition", "schema").stdout) == walk.told["definition schema"]["schema"]
    assert "completejourney" in run("definition", "list").stdout


def test_a_definition_whose_points_name_no_feature_is_not_valid(walk: Walk, tmp_path: Path) -> None:
    text = walk.shop.definition.read_text().replace("visits.count.14d", "visits.cout.14d")
    (tmp_path / "spoilt.yaml").write_text(text)
    told = run_json("definition", "validate", tmp_path / "spoilt.yaml", exit_code=4)
    assert "visits.cout.14d" in told["error"]["message"]


def test_explain_leaves_out_the_parts_of_a_change_that_the_page_leaves_out(tmp_path: Path) -> None:
    publish_example(tmp_path, leads=3)
    told = run("explain", "acct-1000", "--workspace", tmp_path).stdout
    changed = told[told.index("What changed since") : told.index("Profile")].lower()
    assert "time passed" in changed
    assert "new behaviour" in changed
    assert "another model" not in changed
