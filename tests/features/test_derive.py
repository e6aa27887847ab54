"""Features made of other features: against the oracle on every engine, and by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pqlml.features import Feature, build_features
from pqlml.features.build import Engine
from pqlml.features.derive import derived, executed
from pqlml.features.spec import Aggregate
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features import oracle
from tests.features.histories import SETS, case, pair_table, tables

AGE = Feature("age_days", "engagement", "age", "age")
SINCE_END = Feature("end", "upgrade", "trial", "since", source="ends_at")
NAN = float("nan")


def count(events: tuple[str, ...] | None, days: int | None) -> Feature:
    return Feature(f"{events} {days}", "engagement", "g", "count", events=events, window_days=days)


def first(event: str) -> Feature:
    return Feature(f"first {event}", "value", "g", "first", events=(event,))


def made_of(aggregate: Aggregate, *inputs: Feature, constant: float | None = None) -> Feature:
    return Feature(aggregate, "upgrade", "g", aggregate, inputs=inputs, constant=constant)


def compute(feature: Feature, **columns: list[float]) -> list[float]:
    return list(derived(feature, {name: np.array(values, np.float64) for name, values in columns.items()}))


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


@pytest.mark.parametrize("engine", ["kernel", "ibis"])
def test_engines_agree_with_the_oracle(warehouse: Warehouse, engine: Engine) -> None:
    given = case(11, 60)
    features = []
    for number, events in enumerate(SETS):
        inputs = tuple(count(events, days) for days in (7, 14, 21))
        features.append(Feature(f"a{number}", "engagement", "g", "acceleration", events=events, inputs=inputs))
        firsts = tuple(first(event) for event in events or ())
        features += [Feature(f"c{number}", "value", "g", "complete", events=events, inputs=firsts)] if firsts else []
        shares = (count(events, 7), count(None, 28))
        features.append(Feature(f"r{number}", "engagement", "g", "ratio", events=events, inputs=shares))
    table = build_features(tables(warehouse, given.events), pair_table(warehouse, given.pairs), features, engine)
    assert list(table.columns[2:]) == [feature.name for feature in features]
    for feature in features:
        expected = [oracle.value(feature, pair, given.of(pair)) for pair in given.pairs]
        as_doubles = [NAN if value is None else value for value in expected]
        assert table[feature.name].tolist() == pytest.approx(as_doubles, rel=1e-12, nan_ok=True), feature.name
        assert table[feature.name].nunique() > 1 or feature.events == ("never seen",)


def test_executors_are_asked_for_the_inputs_of_derived_features_once() -> None:
    days_left = made_of("days_left", AGE, constant=14)
    nested = made_of("ratio", days_left, AGE)
    assert executed([AGE, nested, days_left, first("a")]) == (AGE, first("a"))


def test_a_ratio_over_nothing_is_null() -> None:
    ratio = made_of("ratio", AGE, SINCE_END)
    values = compute(ratio, age_days=[3, 0, 1, NAN, 2], end=[4, 0, 0, 4, NAN])
    assert values == pytest.approx([0.75, NAN, NAN, NAN, NAN], nan_ok=True)
    assert compute(made_of("ratio", AGE, constant=10), age_days=[12, 0]) == [1.2, 0]


def test_a_trial_of_fixed_length_runs_from_its_start() -> None:
    ages = [0.0, 3.5, 14.0, 20.0, NAN]
    left = compute(made_of("days_left", AGE, constant=14), age_days=ages)
    used = compute(made_of("share_used", AGE, constant=14), age_days=ages)
    assert left == pytest.approx([14, 10.5, 0, -6, NAN], nan_ok=True)
    assert used == pytest.approx([0, 0.25, 1, 1, NAN], nan_ok=True)


def test_a_trial_with_a_stated_end() -> None:
    ages, ended = [7.0, 30.0, 5.0, NAN, -1.0], [-7.0, 10.0, NAN, -3.0, -9.0]
    left = compute(made_of("days_left", AGE, SINCE_END), age_days=ages, end=ended)
    used = compute(made_of("share_used", AGE, SINCE_END), age_days=ages, end=ended)
    assert left == pytest.approx([7, -10, NAN, 3, 9], nan_ok=True)
    assert used == pytest.approx([0.5, 1, NAN, NAN, 0], nan_ok=True)


def test_a_workflow_is_complete_when_its_last_event_has_happened() -> None:
    complete = made_of("complete", first("a"), first("b"))
    columns = {"first a": [1.0, 5.0, NAN], "first b": [2.0, 3.0, 4.0]}
    assert compute(complete, **columns) == pytest.approx([2, 5, NAN], nan_ok=True)


def test_unknown_roles_match_nothing() -> None:
    assert compute(made_of("matches", AGE, SINCE_END), age_days=[1, NAN, 0], end=[1, 1, NAN]) == [2, 1, 0]
