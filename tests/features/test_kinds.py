"""Signals that select events by their properties, counted by both executors: nothing twice, nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pqlml.errors import DataError
from pqlml.features import Vocabulary, build_features, catalogue, feature_by_name, learn_vocabulary
from pqlml.features.build import Engine
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features.histories import pair_table
from tests.features.oracle import Pair
from tests.small import day, event, load, write

SIGNALS: dict[str, Any] = {
    "engagement": {"features": ["used", "opened"]},
    "value": {"exports": {"events": "used", "where": {"feature": ["export", "api"]}}},
    "upgrade": {"paid": {"events": ["used", "opened"], "where": {"paid": True}}},
}
ROWS = [
    event("a", "used", day(2), feature="export", paid=True),
    event("a", "used", day(3), feature="export", paid=False),
    event("a", "used", day(4), feature="chart", paid=True),
    event("a", "used", day(5), feature="chart", paid=None),
    event("a", "opened", day(6), feature=None, paid=True),
    event("a", "closed", day(7), feature="export", paid=True),
    event("b", "used", day(8), feature="chart", paid=False),
    event("a", "bought", day(60), feature=None, paid=None),
]
PEOPLE = [{"entity_id": name, "signup_at": day(1)} for name in "ab"]


@pytest.mark.parametrize("engine", ["kernel", "ibis"])
@pytest.mark.parametrize(
    ("name", "a", "b"),
    [
        ("any.count.all", 6, 1),
        ("any.events.all", 3, 1),
        ("features.count.all", 5, 1),  # what a signal names plainly counts whatever its properties
        ("features.events.all", 2, 1),
        ("features.complete", 5, None),
        ("exports.count.all", 2, 0),
        ("exports.recency", 18, None),
        ("paid.count.all", 3, 0),
        ("paid.events.all", 2, 0),
        ("paid.complete", 5, None),
        ("event.used.count.all", 4, 1),
        ("event.closed.count.all", 1, 0),
    ],
)
def test_each_signal_counts_what_it_selects(
    tmp_path: Path, engine: Engine, name: str, a: float, b: float | None
) -> None:
    write(tmp_path, events=ROWS, entities=PEOPLE)
    with open_warehouse() as warehouse:
        definition, tables = load(warehouse, tmp_path, signals=SIGNALS)
        feature = feature_by_name(definition, Vocabulary(unmapped=("used", "closed")), name)
        pairs = pair_table(warehouse, [Pair(entity, day(21), day(1)) for entity in "ab"])
        made = build_features(tables, pairs, [feature], engine)[name]
    assert [None if value != value else value for value in made] == [a, b]  # noqa: PLR0124 - NaN is not itself


def test_an_event_that_is_named_only_with_conditions_keeps_features_of_its_own(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write(tmp_path, events=ROWS, entities=PEOPLE)
    definition, tables = load(warehouse, tmp_path, signals={"upgrade": SIGNALS["upgrade"]})
    vocabulary = learn_vocabulary(definition, tables)
    assert set(vocabulary.unmapped) == {"used", "opened", "closed"}
    assert len({feature.name for feature in catalogue(definition, vocabulary)}) == len(
        catalogue(definition, vocabulary)
    )


def test_tables_that_were_loaded_without_the_signal_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path, events=ROWS, entities=PEOPLE)
    definition, _ = load(warehouse, tmp_path, signals=SIGNALS)
    _, others = load(warehouse, tmp_path)
    pairs = pair_table(warehouse, [Pair("a", day(21), day(1))])
    feature = feature_by_name(definition, Vocabulary(), "paid.count.all")
    with pytest.raises(DataError, match=r"paid\.count\.all: selects events by properties"):
        build_features(others, pairs, [feature])
