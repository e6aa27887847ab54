from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from pqlml.features.ibis.frame import MANY, Frame, make_frame
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features.histories import pair_table
from tests.features.oracle import DAY, Pair

START = dt.datetime(2024, 3, 4)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


def framed(warehouse: Warehouse, pairs: list[Pair]) -> Frame:
    return make_frame(warehouse, pair_table(warehouse, pairs), (7, 28, None))


def test_cutoffs_of_a_calendar_keep_its_time(warehouse: Warehouse) -> None:
    weeks = [START + 7 * DAY * week for week in range(4)]
    frame = framed(warehouse, [Pair(name, cutoff) for name in "abc" for cutoff in weeks])
    assert frame.clock == "calendar"
    assert len(frame.offsets) == 4
    assert warehouse.fetch(frame.pairs.agg(lines=frame.pairs.line.nunique()))["lines"].to_pylist() == [3]


def test_cutoffs_after_sign_up_count_from_the_first(warehouse: Warehouse) -> None:
    signups = [START + DAY * number / 7 for number in range(MANY)]
    pairs = [Pair(f"e{s}", s + days * DAY, s) for s in signups for days in (1, 3, 7)]
    frame = framed(warehouse, pairs)
    assert frame.clock == "anchor"
    assert frame.offsets == (0, 2 * DAY_MICROSECONDS, 6 * DAY_MICROSECONDS)


def test_pairs_that_share_nothing_are_lines_of_their_own(warehouse: Warehouse) -> None:
    pairs = [Pair(f"e{n}", START + (n * 17 + again * n * n) * DAY / 24) for n in range(MANY) for again in (1, 2)]
    frame = framed(warehouse, pairs)
    assert (frame.clock, frame.offsets) == ("anchor", (0,))
    assert warehouse.fetch(frame.pairs.agg(lines=frame.pairs.line.nunique()))["lines"].to_pylist() == [len(pairs)]


def test_an_entity_with_two_sign_ups_has_two_lines(warehouse: Warehouse) -> None:
    frame = framed(warehouse, [Pair("a", START, START - DAY), Pair("a", START + DAY, None)])
    assert warehouse.fetch(frame.pairs.agg(lines=frame.pairs.line.nunique()))["lines"].to_pylist() == [2]
