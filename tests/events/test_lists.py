from __future__ import annotations

import pyarrow as pa
import pytest

from pqlml.events.lists import lists_one_of
from pqlml.warehouse import Warehouse

TEXTS = [
    "salesforce",
    "Slack; Salesforce",
    " hubspot ,salesforce",
    '["segment", "salesforce"]',
    "[salesforce, segment]",
    "salesforce marketing",
    "",
    None,
]


def found(warehouse: Warehouse, *values: str) -> list[str | None]:
    table = warehouse.save_arrow("lists", pa.table({"text": TEXTS}))
    listed = warehouse.fetch(table.select("text", listed=lists_one_of(table.text, values))).to_pylist()
    return [row["text"] for row in listed if row["listed"]]


def test_a_value_is_found_alone_and_in_lists_of_any_kind(warehouse: Warehouse) -> None:
    assert found(warehouse, "Salesforce") == TEXTS[:5]
    assert found(warehouse, "hubspot", "slack") == TEXTS[1:3]
    assert found(warehouse, "sales") == []


@pytest.mark.parametrize("value", ["Oil, Gas", "oil,gas", "gas"])
def test_a_value_may_hold_a_separator(warehouse: Warehouse, value: str) -> None:
    table = warehouse.save_arrow("lists", pa.table({"text": ["Oil, Gas", "Oil", None]}))
    listed = warehouse.fetch(table.select(listed=lists_one_of(table.text, [value])))["listed"]
    assert listed.to_pylist() == [True, False, None]
