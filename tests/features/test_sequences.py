"""The aggregates about single events and the order of days, on histories that can be counted by eye."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from pqlml.features import build_features
from pqlml.features.build import Engine
from pqlml.features.spec import PROPERTIES, Aggregate, Feature
from pqlml.warehouse import Warehouse, open_warehouse
from tests.features.histories import TICK, pair_table, tables
from tests.features.oracle import DAY, Event, Pair

MIDNIGHT = dt.datetime(2024, 3, 11)
NOON = MIDNIGHT + DAY / 2
SIGNUP = dt.datetime(2024, 3, 1, 9)


@pytest.fixture(params=["kernel", "ibis"])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse() as opened:
        yield opened


class Asked:
    """Computes one aggregate of one entity's events."""

    def __init__(self, warehouse: Warehouse, engine: Engine) -> None:
        self._warehouse, self._engine = warehouse, engine

    def __call__(
        self,
        aggregate: Aggregate,
        events: list[Event],
        window_days: int | None = None,
        cutoff: dt.datetime = NOON,
        signup: dt.datetime | None = SIGNUP,
    ) -> float | None:
        source = "amount" if aggregate in PROPERTIES else None
        feature = Feature("x", "engagement", "x", aggregate, ("used",), source, window_days)
        pairs = pair_table(self._warehouse, [Pair("e", cutoff, signup)])
        made = build_features(tables(self._warehouse, events), pairs, [feature], self._engine)["x"]
        return None if made.isna().all() else float(made.iloc[0])


@pytest.fixture
def value(warehouse: Warehouse, engine: Engine) -> Asked:
    return Asked(warehouse, engine)


def at(
    ts: dt.datetime, user: str | None = None, amount: float | None = None, known: dt.datetime | None = None
) -> Event:
    return Event("e", "used", ts, known if known is not None else ts, user_id=user, amount=amount)


def on_days(*days: int) -> list[Event]:
    """One event at 8 in the morning of each day of March."""
    return [at(dt.datetime(2024, 3, day, 8)) for day in days]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("newest", None),
        ("largest", None),
        ("current_streak", 0),
        ("week_streak", 0),
        ("regularity", None),
        ("early", 0),
        ("top_share", None),
    ],
)
def test_without_an_event_there_is_none_or_null(value: Asked, aggregate: Aggregate, expected: float | None) -> None:
    other = Event("e", "another event", NOON - DAY, NOON - DAY, user_id="u", amount=1.0)
    for events in ([], [other], [at(NOON, "u", 1.0)], [at(NOON - DAY, "u", 1.0, known=NOON + TICK)]):
        assert value(aggregate, events, 28) == expected


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("newest", 2.5),
        ("largest", 2.5),
        ("current_streak", 1),
        ("week_streak", 1),
        ("regularity", None),
        ("early", 1),
        ("top_share", 1),
    ],
)
def test_one_event_that_becomes_known_at_the_cutoff(value: Asked, aggregate: Aggregate, expected: float | None) -> None:
    assert value(aggregate, [at(NOON - TICK, "u", 2.5, known=NOON)], 28, signup=NOON - DAY) == expected


@pytest.mark.parametrize(
    ("days", "cutoff", "expected"),
    [
        ([8, 9, 10], NOON, 3),  # today is not over
        ([8, 9, 10, 11], NOON, 4),
        ([8, 9, 10, 11], MIDNIGHT, 3),
        ([8, 9], NOON, 0),  # yesterday is
        ([8, 9], MIDNIGHT, 0),
        ([7, 9, 10], MIDNIGHT, 2),
        ([11], NOON, 1),
    ],
)
def test_a_streak_stands_while_its_next_day_is_not_over(
    value: Asked, days: list[int], cutoff: dt.datetime, expected: int
) -> None:
    assert value("current_streak", on_days(*days, *days), cutoff=cutoff) == expected


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([7 * DAY], 1),  # exactly a week old: the oldest instant of the first block
        ([7 * DAY + TICK], 0),
        ([TICK, 7 * DAY + TICK, 14 * DAY], 2),
        ([TICK, 14 * DAY + TICK], 1),
        ([TICK, 8 * DAY, 15 * DAY, 29 * DAY], 3),
    ],
)
def test_weeks_in_a_row_end_at_the_first_without_an_event(
    value: Asked, ages: list[dt.timedelta], expected: int
) -> None:
    assert value("week_streak", [at(NOON - age) for age in ages]) == expected


def test_regularity_is_the_spread_of_the_gaps(value: Asked) -> None:
    assert value("regularity", on_days(2, 4, 6, 8, 8)) == 0
    assert value("regularity", on_days(2, 3, 6)) == 1  # gaps of 1 and 3
    assert value("regularity", on_days(2, 3)) is None
    assert value("regularity", [*on_days(2, 3, 6), at(NOON - 28 * DAY)], 28) == pytest.approx(
        (584 / 9) ** 0.5
    )  # 19, 1, 3
    assert value("regularity", [*on_days(2, 3, 6), at(NOON - 28 * DAY - TICK)], 28) == 1


def test_early_is_counted_from_sign_up_on(value: Asked) -> None:
    end = SIGNUP + 3 * DAY
    assert value("early", [at(SIGNUP - TICK), at(SIGNUP), at(end - TICK), at(end)], 3) == 2
    assert value("early", [at(SIGNUP), at(SIGNUP + DAY)], 3, cutoff=SIGNUP + DAY) == 1  # not over, but counted so far
    assert value("early", [at(SIGNUP)], 3, signup=None) is None


def test_newest_is_of_the_newest_event_that_has_a_value(value: Asked) -> None:
    seats = [at(NOON - 3 * DAY, amount=9), at(NOON - 2 * DAY, amount=4), at(NOON - DAY)]
    assert value("newest", seats) == 4
    assert value("newest", [*seats, at(NOON - DAY, amount=5, known=NOON + TICK), at(NOON, amount=6)]) == 4
    same_time = at(NOON - 2 * DAY, amount=7)
    assert value("newest", [*seats, same_time]) == value("newest", [same_time, *seats]) == 7  # the larger of two


def test_largest_is_of_the_window(value: Asked) -> None:
    loads = [at(NOON - 7 * DAY - TICK, amount=9), at(NOON - 7 * DAY, amount=-1), at(NOON - DAY, amount=-4)]
    assert value("largest", loads, 7) == -1
    assert value("largest", loads) == 9


def test_top_share_is_among_events_that_name_a_user(value: Asked) -> None:
    events = [at(NOON - DAY, user) for user in ("a", "a", "b", None, None)]
    assert value("top_share", events) == pytest.approx(2 / 3)
    assert value("top_share", [*events, *[at(NOON - 7 * DAY - TICK, "b")] * 2], 7) == pytest.approx(2 / 3)
    assert value("top_share", [*events, *[at(NOON - 7 * DAY, "b")] * 2], 7) == pytest.approx(3 / 5)
