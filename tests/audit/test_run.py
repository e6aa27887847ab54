"""What the audit as a whole promises: findings by column with what they fake, and reasons for what it skipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pqlml.audit import audit
from pqlml.dataset import build_rows, split_rows
from pqlml.errors import DataError
from pqlml.warehouse import LocalWarehouse
from tests.audit.cases import NOISE, ROWS, WINS, either, tells
from tests.small import day, definition, event, load, write

FRAME = pd.DataFrame(
    {
        "lead": [f"lead {number}" for number in np.random.default_rng(0).permutation(ROWS)],
        "bought": WINS * 1,
        "size": tells(WINS, 0.8),
        "contract": pd.Series(either(WINS & (np.arange(ROWS) % 3 > 0), "signed", None)),
        "noise": NOISE,
    }
)


def test_a_plain_table_is_enough_for_checks_of_figures() -> None:
    found = audit(FRAME, label="bought", entity_id="lead")
    assert (found.rows, found.conversions, found.columns) == (ROWS, 120, 3)
    assert not found.passed
    (leak,) = found.leaks
    assert (leak.code, leak.severity, leak.column, leak.ignored) == ("PQL012", "error", "contract", False)
    assert leak.lift is not None
    assert leak.lift.auc_without == pytest.approx(0.7, abs=0.06), "what the size tells"
    assert leak.lift.auc_faked.low > 0.05
    outcomes = {result.check.code: result.outcome for result in found.results}
    assert outcomes["PQL012"] == "found"
    assert outcomes["PQL010"] == "passed"
    assert outcomes["PQL001"] == "not applicable"


def test_findings_on_ignored_columns_are_told_and_do_not_fail() -> None:
    found = audit(FRAME, label="bought", entity_id="lead", ignored=["contract"])
    assert [leak.ignored for leak in found.leaks] == [True]
    assert found.passed


def test_a_table_for_a_notebook_has_a_row_per_finding() -> None:
    table = audit(FRAME, label="bought", entity_id="lead").table()
    assert table["column"].tolist() == ["contract"]
    assert table["auc_with"].iloc[0] > table["auc_without"].iloc[0]


def test_the_index_of_a_table_does_not_matter_nor_is_the_table_changed() -> None:
    odd = FRAME.set_index(np.arange(ROWS)[::-1] * 2)
    before = odd.copy()
    assert audit(odd, label="bought", entity_id="lead").suspects == ("contract",)
    pd.testing.assert_frame_equal(odd, before)


def test_a_column_of_parts_is_no_feature() -> None:
    parts = np.where(np.arange(ROWS) < 400, "train", "test")
    found = audit(FRAME.drop(columns="contract").assign(part=parts), label="bought", entity_id="lead", split="part")
    assert found.columns == 2
    assert found.leaks == ()
    assert {result.check.code: result.outcome for result in found.results}["PQL009"] == "passed"


def test_few_conversions_are_said_to_be_too_few_and_no_lift_is_claimed() -> None:
    few = FRAME.assign(bought=(np.arange(ROWS) < 5) * 1, number=np.arange(ROWS))
    found = audit(few, label="bought", entity_id="lead")
    reasons = {result.check.code: result.reason for result in found.results if result.outcome == "not applicable"}
    assert reasons["PQL004"] == "5 rows of the rarer outcome; figures need 20"
    assert [(leak.column, leak.lift) for leak in found.leaks] == [("number", None)]


def test_a_named_cutoff_must_be_there_the_usual_one_need_not() -> None:
    with pytest.raises(DataError, match="lack the columns \\['when'\\]"):
        audit(FRAME, label="bought", entity_id="lead", cutoff="when")


def shop(folder: Path) -> None:
    chance = np.random.default_rng(4)
    rows, people = [], []
    for number in range(260):
        name = f"c{number:03d}"
        people.append({"entity_id": name, "signup_at": day(1), "size": float(chance.integers(1, 90))})
        rows += [event(name, "opened", day(1 + 80 * chance.random())) for _ in range(chance.poisson(8))]
        if number % 4 == 0:
            rows.append(event(name, "bought", day(30 + number % 40)))
            rows += [event(name, "opened", day(70 + 10 * chance.random())) for _ in range(9)]
    write(folder, events=rows, entities=people)


def test_rows_of_the_toolkit_are_confirmed_by_its_tables_and_others_are_not(tmp_path: Path) -> None:
    shop(tmp_path)
    with LocalWarehouse() as warehouse:
        made, tables = load(
            warehouse,
            tmp_path,
            signals={"engagement": {"opened": ["opened"]}},
            conversion={"event": "bought", "horizon_days": 10},
        )
        rows = build_rows(made, tables, tmp_path)
        split = split_rows(made, rows.keys, rows.label)
        clean = audit(rows, tables=tables, definition=made, split=split)
        assert [(leak.code, leak.severity) for leak in clean.leaks] == [("PQL009", "note")]
        assert clean.passed
        ever = rows.keys["entity_id"].map(_totals(tmp_path)).fillna(0)
        frame = pd.concat([rows.keys, rows.values], axis=1).assign(label=rows.label, ever=ever)
        found = audit(frame, tables=tables, definition=made)
        assert found.suspects == ("ever",)
        assert found.leaks[0].code == "PQL007"
        assert found.leaks[0].evidence.startswith("is count of 'opened' from the beginning to the end of the data; ")


def _totals(folder: Path) -> pd.Series:
    events = pd.read_parquet(folder / "events.parquet")
    return events[events["event"] == "opened"].groupby("entity_id").size()


def test_the_times_of_conversions_are_looked_up_in_the_tables(tmp_path: Path) -> None:
    shop(tmp_path)
    with LocalWarehouse() as warehouse:
        made, tables = load(warehouse, tmp_path)
        bought = pd.read_parquet(tmp_path / "events.parquet").query("event == 'bought'").set_index("entity_id")["ts"]
        ids = [f"c{number:03d}" for number in range(260)]
        wins = pd.Series(ids).map(bought).notna()
        frame = pd.DataFrame({"entity_id": ids, "cutoff": day(50), "label": wins * 1, "x": NOISE[:260]})
        found = audit(frame, tables=tables, definition=made)
        (leak,) = found.leaks
        early = int((bought < day(50)).sum())
        assert (leak.code, leak.column, leak.rows) == ("PQL002", "(label)", early)
        again = audit(frame, tables=tables, definition=definition(conversion={"event": "bought", "repeatable": True}))
        assert again.leaks == (), "who buys again and again has no single time of conversion"
