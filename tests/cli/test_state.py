from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.cli.shop import Shop, run, run_json

DAY = "2024-05-01"


def scored(shop: Shop, workspace: Path, *options: object) -> pd.DataFrame:
    where = ("--data", shop.folder, "--workspace", workspace, "--model", "newest")
    run_json("score", shop.definition, *where, "--as-of", DAY, *options)
    runs = sorted((workspace / "published").glob("*/scores.parquet"), key=lambda path: path.stat().st_mtime_ns)
    return pd.read_parquet(runs[-1]).drop(columns="run_id")


def test_scores_are_the_same_with_a_state(shop: Shop, tmp_path: Path) -> None:
    here, state, workspace = ("--data", shop.folder), ("--state", tmp_path / "state"), tmp_path / "workspace"
    shop.say("at, properties", "at, event_id: id, known_at: known, properties")
    shop.change("events", lambda frame: frame.assign(id=frame.index.astype(str), known=frame["at"]))
    run_json("train", shop.definition, *here, "--workspace", workspace)
    all_events = (shop.folder / "events.csv").read_text()
    shop.change("events", lambda frame: frame[frame["at"] < "2024-04-20"])
    first = run_json("state", "update", shop.definition, *here, *state)
    (shop.folder / "events.csv").write_text(all_events)
    second = run_json("state", "update", shop.definition, *here, *state)
    assert second["rows"]["known"] == 1  # the newest of the first time: others may have become known with it
    assert first["rows"]["new"] + second["rows"]["new"] == len(all_events.splitlines()) - 1
    assert not any(day["repaired"] for day in second["days"])
    pd.testing.assert_frame_equal(scored(shop, workspace, *state), scored(shop, workspace))
    shop.change("events", lambda frame: frame[frame["customer"] != "c004"])
    told = run("state", "update", shop.definition, *here, *state, "--full").stdout
    assert "days were there before and are repaired" in told
    pd.testing.assert_frame_equal(scored(shop, workspace, *state), scored(shop, workspace))
    assert run_json("state", "forget", shop.definition, *state, "--entity", "c008")["deleted"] > 0


def test_bad_input_is_told(shop: Shop, tmp_path: Path) -> None:
    here, state = ("--data", shop.folder), ("--state", tmp_path / "state")
    refused = run("state", "update", shop.definition, *here, *state)
    assert refused.exit_code == 5
    assert "'known_at' and 'event_id'" in refused.stderr
    both = run("state", "update", shop.definition, *here, *state, "--full", "--new", "events.csv")
    assert both.exit_code == 2
    lost = run("state", "update", shop.definition, *here, *state, "--new", tmp_path / "none.csv")
    assert lost.exit_code == 5
    run_json("state", "update", shop.definition, *here, *state, "--new", shop.folder / "events.csv")
    shop.say("properties: {spent: amount}", "properties: {spent: amount}, timezone: Europe/Berlin")
    other = run("state", "update", shop.definition, *here, *state, "--full")
    assert other.exit_code == 5
    assert "timezone: 'UTC', now 'Europe/Berlin'" in other.stderr
