from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from pqlml.audit.frames import tables_from_frames
from pqlml.audit.read import Keys
from pqlml.errors import DataError
from pqlml.warehouse import LocalWarehouse

KEYS = Keys("label", "account", "cutoff")
EVENTS = pd.DataFrame(
    {
        "account": [1, 1, 2],
        "event": ["a", "b", "a"],
        "ts": ["2026-01-01T01:00:00+01:00", "2026-01-02", "2026-01-03"],
        "known_at": ["2026-01-05", None, "2026-01-01"],
        "minutes": [5, None, 7],
        "note": ["x", "y", "z"],
    }
)


def test_plain_tables_become_canonical_ones() -> None:
    versions = pd.DataFrame({"account": [1, 1], "valid_from": ["2026-01-01", "2026-02-01"], "plan": ["free", "paid"]})
    with LocalWarehouse() as warehouse:
        tables = tables_from_frames(warehouse, EVENTS, versions, KEYS)
        assert tables.events is not None
        events = warehouse.fetch(tables.events.order_by("ts")).to_pylist()
        assert events[0] == {
            "entity_id": "1",
            "event": "a",
            "ts": dt.datetime(2026, 1, 1),
            "known_at": dt.datetime(2026, 1, 5),
            "p_minutes": 5.0,
        }
        assert [event["known_at"] for event in events[1:]] == [dt.datetime(2026, 1, 2), dt.datetime(2026, 1, 3)]
        people = warehouse.fetch(tables.entities.order_by("valid_from")).to_pylist()
        assert [(row["plan"], row["valid_to"]) for row in people] == [("free", dt.datetime(2026, 2, 1)), ("paid", None)]
        assert tables.observed_until == dt.datetime(2026, 1, 3, microsecond=1)


def test_entities_come_from_events_where_there_is_no_table_of_them() -> None:
    with LocalWarehouse() as warehouse:
        tables = tables_from_frames(warehouse, EVENTS, None, KEYS)
        people = warehouse.fetch(tables.entities.order_by("entity_id"))
        assert people["entity_id"].to_pylist() == ["1", "2"]
        assert people["valid_from"].null_count == 2


def test_a_table_without_its_columns_is_refused() -> None:
    with LocalWarehouse() as warehouse:
        with pytest.raises(DataError, match=r"events lacks the columns \['ts'\]"):
            tables_from_frames(warehouse, EVENTS.drop(columns="ts"), None, KEYS)
        with pytest.raises(DataError, match=r"entities lacks the columns \['account'\].*'account_id'"):
            tables_from_frames(warehouse, None, pd.DataFrame({"account_id": [1]}), KEYS)
