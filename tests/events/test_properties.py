"""Properties inside other columns, and events that signals select by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pqlml.errors import DataError
from pqlml.events import Tables
from pqlml.schema import KIND_SEPARATOR
from pqlml.warehouse import Warehouse
from tests.small import day, event, load, write

PEOPLE = [{"entity_id": "a", "signup_at": day(1)}]


def loaded(
    warehouse: Warehouse,
    folder: Path,
    rows: list[dict[str, Any]] | pa.Table,
    where: dict[str, Any] | None = None,
    **source: Any,
) -> Tables:
    write(folder, events=rows, entities=PEOPLE)
    signals = {"upgrade": {"paid": {"events": ["used"], "where": where}}} if where is not None else {}
    sources = {
        "events": {"path": "events.parquet", **source},
        "entities": {"path": "entities.parquet", "signup_at": "signup_at"},
    }
    return load(warehouse, folder, sources=sources, signals=signals)[1]


def column(tables: Tables, name: str) -> list[Any]:
    assert tables.events is not None
    values: list[Any] = tables.warehouse.fetch(tables.events.order_by("ts").select(name))[name].to_pylist()
    return values


def used(*properties: Any) -> list[dict[str, Any]]:
    """One event a day with each of the properties, then the conversion."""
    rows = [event("a", "used", day(2 + at), properties=value) for at, value in enumerate(properties)]
    return [*rows, event("a", "bought", day(40), properties=properties[0])]


def selected(tables: Tables) -> list[bool]:
    return [kind.endswith(f"{KIND_SEPARATOR}paid") for kind in column(tables, "kind")][:-1]


JSON = ('{"feature": "Export", "n": 5, "paid": true, "to": {"format": "csv"}}', '{"n": 7.5, "paid": false}', "{", None)
STRUCTS = tuple(
    {"feature": f, "n": n, "paid": p, "to": {"format": t}}
    for f, n, p, t in [("Export", 5.0, True, "csv"), (None, 7.5, False, None), (None, None, None, None)]
)


@pytest.mark.parametrize("properties", [JSON, (*STRUCTS, None)], ids=["JSON", "struct"])
def test_parts_of_a_column_are_columns(warehouse: Warehouse, tmp_path: Path, properties: tuple[Any, ...]) -> None:
    mapped: dict[str, Any] = {
        "properties": {"n": "properties.n", "paid": "properties.paid"},
        "session_id": "properties.feature",
    }
    distinct = {"format": "properties.to.format", "kind of": "properties.n", "flag": "properties.paid"}
    tables = loaded(warehouse, tmp_path, used(*properties), distinct=distinct, **mapped)
    assert column(tables, "p_n")[:-1] == [5.0, 7.5, None, None]
    assert column(tables, "p_paid")[:-1] == [1.0, 0.0, None, None]
    assert column(tables, "d_format")[:-1] == ["csv", None, None, None]
    assert column(tables, "session_id")[:-1] == ["Export", None, None, None]
    assert column(tables, "d_kind of")[:2] == ["5", "7.5"]


def test_a_map_and_a_column_with_a_dot_in_its_name_are_read(warehouse: Warehouse, tmp_path: Path) -> None:
    maps = pa.array([[("plan", "pro")], [], None], pa.map_(pa.string(), pa.string()))
    rows = pa.table(
        {
            "entity_id": ["a"] * 3,
            "event": ["used", "used", "bought"],
            "ts": [day(2), day(3), day(40)],
            "traits": maps,
            "context.app": ["web", "ios", None],
        }
    )
    tables = loaded(warehouse, tmp_path, rows, distinct={"plan": "traits.plan", "app": "context.app"})
    assert column(tables, "d_plan") == ["pro", None, None]
    assert column(tables, "d_app") == ["web", "ios", None]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"properties.paid": True}, [True, False, False, False]),
        ({"properties.paid": False}, [False, True, False, False]),
        ({"properties.feature": "export"}, [True, False, False, False]),
        ({"properties.n": 5}, [True, False, False, False]),
        ({"properties.n": ["x", 7.5]}, [False, True, False, False]),
        ({"properties.n": {"at_least": 5}}, [True, True, False, False]),
        ({"properties.n": {"at_least": 5.5, "at_most": 7.5}}, [False, True, False, False]),
        ({"properties.paid": True, "properties.n": {"at_most": 4}}, [False] * 4),
    ],
)
@pytest.mark.parametrize("properties", [JSON, (*STRUCTS, None)], ids=["JSON", "struct"])
def test_events_are_told_apart_by_their_properties(
    warehouse: Warehouse, tmp_path: Path, where: dict[str, Any], expected: list[bool], properties: tuple[Any, ...]
) -> None:
    assert selected(loaded(warehouse, tmp_path, used(*properties), where)) == expected


def test_texts_and_numbers_are_read_as_booleans_where_these_are_wanted(warehouse: Warehouse, tmp_path: Path) -> None:
    for values, wanted in (
        (["True", "1", "yes", "false", None], [True, True, False, False, False]),
        ([1, 0, 2, None], [True, False, False, False]),
    ):
        assert selected(loaded(warehouse, tmp_path, used(*values), {"properties": True})) == wanted


def test_a_condition_that_no_event_meets_is_found(warehouse: Warehouse, tmp_path: Path) -> None:
    found = loaded(warehouse, tmp_path, used(*JSON), {"properties.feature": "import"}).findings
    (finding,) = (each for each in found if each.code == "PQD026")
    assert (
        finding.detail
        == "the signal 'paid' selects 'used' by 'properties.feature', and no event has the wanted values."
    )
    met = loaded(warehouse, tmp_path, used(*JSON), {"properties.paid": True}).findings
    assert not [each for each in met if each.code == "PQD026"]


def test_without_such_signals_events_have_no_kinds(warehouse: Warehouse, tmp_path: Path) -> None:
    tables = loaded(warehouse, tmp_path, used(*JSON))
    assert tables.events is not None
    assert "kind" not in tables.events.columns


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"propertis.paid": True}, r"signals paid\.where: 'propertis\.paid' \(did you mean 'properties'\?\)"),
        ({"is_paid": True}, r"signals paid\.where: 'is_paid'"),
        ({"properties.pad": True}, r"events: 'properties' has no part 'pad'; did you mean 'paid'\?"),
        ({"properties.n.x": True}, r"events: 'properties\.n' holds float64; expected JSON texts, a struct or a map"),
        ({"ts": "2026"}, r"the property 'ts' holds timestamp.*; expected texts, numbers or booleans"),
    ],
)
def test_a_property_that_is_not_there_is_named(
    warehouse: Warehouse, tmp_path: Path, where: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        loaded(warehouse, tmp_path, used(*STRUCTS), where)


def test_repeated_deliveries_are_told_apart_from_each_other_the_same_way_each_time(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    rows = [event("a", "used", day(2), event_id="1", plan=plan) for plan in ("free", "pro")]
    bought = event("a", "bought", day(40), event_id="2", plan=None)
    for given in (rows, rows[::-1]):
        tables = loaded(warehouse, tmp_path, [*given, bought], {"plan": "pro"}, event_id="event_id")
        assert column(tables, "kind") == ["used", "bought"]
