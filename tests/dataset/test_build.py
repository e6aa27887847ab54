"""From files to training rows: events with times, and a plain table of leads with a label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pqlml.dataset import Rows, build_rows
from pqlml.definition import parse_definition
from pqlml.errors import DataError
from pqlml.events import load_tables
from pqlml.features import Vocabulary
from pqlml.warehouse import open_warehouse

LEADS = """
name: leads
sources: {entities: {path: leads.csv, entity_id: id}}
conversion: {label: converted, positive: %s}
"""
VISITS = """
name: visits
sources:
  events: {path: events.csv}
  entities: {path: accounts.csv, signup_at: created}
  observed_until: 2026-03-01
snapshots: {at: [2026-01-10, 2026-01-20, 2026-02-10]}
conversion: {event: paid, horizon_days: 14}
windows_days: [7]
evaluation: {test_from: 2026-02-01}
"""


def build(folder: Path, text: str, vocabulary: Vocabulary | None = None, **tables: str) -> Rows:
    """Write the tables as CSV files and build the rows."""
    for name, content in tables.items():
        (folder / f"{name}.csv").write_text(content)
    definition = parse_definition(text)
    with open_warehouse() as warehouse:
        return build_rows(definition, load_tables(warehouse, definition, folder), folder, vocabulary)


@pytest.mark.parametrize(
    ("positive", "values"),
    [
        ("1", "1,0,1"),
        ("true", "true,false,true"),
        ("yes", "yes,no,yes"),
        ("won", "won,lost,won"),
        ("2", "2,1,2"),
        ("1.0", "1.0,0.0,1.0"),
    ],
)
def test_a_table_of_leads_is_its_own_training_table(tmp_path: Path, positive: str, values: str) -> None:
    c, a, b = values.split(",")
    leads = f"id,converted,size,sector\nc,{c},30,x\na,{a},10,y\nb,{b},,x\nd,,40,y\n"
    rows = build(tmp_path, LEADS % positive, leads=leads)
    assert rows.entity.tolist() == ["a", "b", "c"], "in the order of the ids"
    assert rows.label.tolist() == [0, 1, 1]
    assert rows.dropped == {"no_label": 1}
    assert rows.total == 4
    assert list(rows.keys.columns) == ["entity_id"]
    np.testing.assert_array_equal(rows.values["size"], [10, np.nan, 30])
    assert rows.values["sector"].tolist() == ["y", "x", "x"]
    assert "converted" not in rows.values.columns


def test_nothing_is_dropped_where_every_lead_has_a_label(tmp_path: Path) -> None:
    rows = build(tmp_path, LEADS % 1, leads="id,converted,size\na,1,3\nb,0,4\n")
    assert rows.dropped == {}
    assert rows.total == 2


def test_a_positive_value_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the label column 'converted' holds float64, but 'positive' is 'yes'"):
        build(tmp_path, LEADS % "'yes'", leads="id,converted,size\na,1,3\nb,0,4\n")


EVENTS = """entity_id,event,ts
a,opened,2026-01-05
a,paid,2026-01-22
b,opened,2026-01-08
b,late_event,2026-02-05
"""
ACCOUNTS = "entity_id,created,size\na,2026-01-01,5\nb,2026-01-01,7\n"


def test_rows_carry_features_labels_and_the_account_of_the_dropped(tmp_path: Path) -> None:
    rows = build(tmp_path, VISITS, events=EVENTS, accounts=ACCOUNTS)
    told = [(key.entity_id, f"{key.cutoff:%m-%d}") for key in rows.keys.itertuples()]
    assert told == [("a", "01-10"), ("a", "01-20"), ("b", "01-10"), ("b", "01-20"), ("b", "02-10")]
    assert rows.label.tolist() == [1, 1, 0, 0, 0]
    assert rows.dropped == {"already_converted": 1}
    assert rows.total == 6
    assert rows.values["any.count.7d"].tolist() == [1, 0, 1, 0, 1]
    assert list(rows.values.columns) == [feature.name for feature in rows.features]
    assert isinstance(rows.keys, pd.DataFrame)


def test_events_first_seen_in_the_test_part_shape_no_column(tmp_path: Path) -> None:
    names = {feature.group for feature in build(tmp_path, VISITS, events=EVENTS, accounts=ACCOUNTS).features}
    assert "event.opened" in names
    assert "event.late_event" not in names


def test_a_given_vocabulary_decides_the_columns(tmp_path: Path) -> None:
    vocabulary = Vocabulary(unmapped=("late_event",), attributes={"size": "number"})
    rows = build(tmp_path, VISITS, vocabulary, events=EVENTS, accounts=ACCOUNTS)
    assert "event.late_event" in {feature.group for feature in rows.features}
    assert "event.opened" not in {feature.group for feature in rows.features}


def test_a_vocabulary_decides_the_columns_of_leads_too(tmp_path: Path) -> None:
    leads = "id,converted,size,sector\na,1,3,x\nb,0,4,y\n"
    rows = build(tmp_path, LEADS % 1, Vocabulary(attributes={"size": "number"}), leads=leads)
    assert list(rows.values.columns) == ["size"]
