"""The kernel, the Ibis executor and the oracle agree on every aggregate, on histories that dwell on edges."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pqlml.features import Feature
from pqlml.features.ibis import ibis_features
from pqlml.features.kernel import execute, heap, kernel_features
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features import oracle
from tests.features.histories import TICK, Case, behaviour_features, case, pair_table, tables
from tests.features.oracle import DAY, Event, Pair

FEATURES = behaviour_features()
EXACT = {
    "count",
    "days",
    "weeks",
    "users",
    "events",
    "distinct",
    "sessions",
    "streak",
    "sum",
    "current_streak",
    "week_streak",
    "early",
    "newest",
    "largest",
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def kernel(
    warehouse: Warehouse, events: Sequence[Event], pairs: Sequence[Pair], features: Sequence[Feature] = FEATURES
) -> pa.Table:
    return as_table(kernel_features(tables(warehouse, events), pair_table(warehouse, pairs), features), len(pairs))


def as_table(values: dict[str, np.ndarray], pairs: int) -> pa.Table:
    """Write values as a table: null instead of NaN."""
    columns = {name: pa.array(column, from_pandas=True) for name, column in values.items()}
    return pa.table({"row_id": pa.array(range(pairs), pa.int64()), **columns})


def ibis(
    warehouse: Warehouse, events: Sequence[Event], pairs: Sequence[Pair], features: Sequence[Feature] = FEATURES
) -> pa.Table:
    return as_table(ibis_features(tables(warehouse, events), pair_table(warehouse, pairs), features), len(pairs))


def assert_agrees_with_oracle(made: pa.Table, given: Case) -> None:
    for feature in FEATURES:
        values = made[feature.name].to_pylist()
        assert len(values) == len(given.pairs)
        for pair, value in zip(given.pairs, values, strict=True):
            expected = oracle.value(feature, pair, given.of(pair))
            if feature.aggregate in EXACT or expected is None:
                assert value == expected, (feature.name, pair)
            else:
                assert value == pytest.approx(expected, rel=1e-12, abs=0), (feature.name, pair)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(case(1, 100), id="cutoffs of its own"),
        pytest.param(case(2, 100, shared_cutoffs=4), id="few shared cutoffs"),
        pytest.param(case(3, 10, shared_cutoffs=30), id="many shared cutoffs"),
        pytest.param(case(4, 60, after_days=(1, 3, 7)), id="days after sign-up"),
        pytest.param(case(5, 6, after_days=tuple(range(60))), id="every day after sign-up"),
    ],
)
def test_three_ways_to_one_value(warehouse: Warehouse, given: Case) -> None:
    made = kernel(warehouse, given.events, given.pairs)
    assert_agrees_with_oracle(made, given)
    assert made.equals(ibis(warehouse, given.events, given.pairs))


def test_cases_hold_what_they_are_for() -> None:
    given = case(1, 80)
    visible = [(event, pair) for pair in given.pairs for event in given.of(pair) if event.ts < pair.cutoff]
    assert any(event.ts == pair.cutoff for pair in given.pairs for event in given.of(pair))
    assert any(pair.cutoff - event.ts == 28 * DAY for event, pair in visible)
    assert any(event.ts < event.known_at == pair.cutoff for event, pair in visible)
    assert any(event.known_at == pair.cutoff + TICK for event, pair in visible)
    assert any(not given.of(pair) for pair in given.pairs)
    assert any(event.ts.year < 1900 for event, _ in visible)


def test_nothing_at_or_after_the_cutoff_or_known_later_matters(warehouse: Warehouse) -> None:
    given = case(6, 200)
    pairs = list({pair.entity_id: pair for pair in given.pairs}.values())
    cutoff = {pair.entity_id: pair.cutoff for pair in pairs}
    chance = random.Random(6)
    known = [e for e in given.events if e.ts < cutoff[e.entity_id] and e.known_at <= cutoff[e.entity_id]]
    corrupted = [event if event in known else _corrupted(event, chance) for event in given.events]
    before = kernel(warehouse, given.events, pairs)
    assert 0 < len(known) < len(given.events)
    assert kernel(warehouse, known, pairs).equals(before)
    assert kernel(warehouse, corrupted, pairs).equals(before)
    assert ibis(warehouse, corrupted, pairs).equals(before)


def _corrupted(event: Event, chance: random.Random) -> Event:
    later = dt.timedelta(days=chance.random() * 100)
    return replace(
        event,
        event=chance.choice([event.event, "leak"]),
        ts=event.ts + later if event.ts == event.known_at else event.ts,
        known_at=event.known_at + later,
        user_id="leak",
        session_id="leak",
        amount=chance.choice([1e9, -1e9, None]),
        place="leak",
    )


def test_order_of_rows_never_matters(warehouse: Warehouse) -> None:
    given = case(7, 60)
    chance = random.Random(7)
    events, order = list(given.events), list(range(len(given.pairs)))
    chance.shuffle(events)
    chance.shuffle(order)
    before = kernel(warehouse, given.events, given.pairs)
    tables_shuffled = tables(warehouse, events)
    pairs = pair_table(warehouse, [given.pairs[number] for number in order], order)
    assert as_table(kernel_features(tables_shuffled, pairs, FEATURES), len(order)).equals(before)


def test_parts_and_buckets_never_matter(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    given = case(8, 60)
    before = kernel(warehouse, given.events, given.pairs)
    monkeypatch.setattr(execute, "PASS_BYTES", 20_000)
    monkeypatch.setattr(execute, "BUCKET_EVENTS", 7)
    monkeypatch.setattr(execute, "BATCH_ROWS", 1)
    monkeypatch.setattr(heap, "SLAB_BYTES", 1_000)
    assert kernel(warehouse, given.events, given.pairs).equals(before)


def test_sums_are_exact_beyond_what_a_double_or_64_bits_hold(warehouse: Warehouse) -> None:
    start = dt.datetime(2024, 1, 1)
    chance = random.Random(9)
    events, pairs = [], []
    for number in range(300):
        entity, size = f"e{number}", 10.0 ** chance.randrange(22)
        pairs.append(Pair(entity, start + 40 * DAY))
        for day in range(chance.randrange(40)):
            ts = start + day * DAY
            events.append(Event(entity, "signed_in", ts, ts, amount=chance.uniform(-size, size)))
    given = Case(events, pairs)
    sums = [feature for feature in FEATURES if feature.aggregate in ("sum", "mean")]
    made = kernel(warehouse, events, pairs, sums)
    assert made.equals(ibis(warehouse, events, pairs, sums))
    for feature in (feature for feature in sums if feature.aggregate == "sum"):
        for pair, value in zip(pairs, made[feature.name].to_pylist(), strict=True):
            assert value == pytest.approx(oracle.value(feature, pair, given.of(pair)), rel=1e-9)


def test_no_pairs_and_no_events_give_empty_and_null(warehouse: Warehouse) -> None:
    assert kernel(warehouse, case(1, 5).events, []).num_rows == 0
    lonely = [Pair("nobody", dt.datetime(2024, 1, 1), dt.datetime(2023, 1, 1))]
    made = kernel(warehouse, [], lonely)
    assert_agrees_with_oracle(made, Case([], lonely))
