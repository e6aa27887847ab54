from __future__ import annotations

import numpy as np
import pytest

from pqlml.audit.replay.timeline import Axis, Timeline
from pqlml.times import DAY_MICROSECONDS as DAY

ENTITY = np.array([0, 0, 0, 1, 1])
TS = np.array([0, 10, 10, 5, 20]) * DAY
TIMELINE = Timeline("a", Axis.around(np.append(TS, 100 * DAY)), ENTITY, TS, {})


def count(entity: int, start: float, end: float) -> int:
    who = np.array([entity])
    edges = [TIMELINE.before(who, np.array([round(edge * DAY)])) for edge in (start, end)]
    return int((edges[1] - edges[0])[0])


@pytest.mark.parametrize(
    ("entity", "start", "end", "expected"),
    [(0, 0, 10, 1), (0, 0, 10 + 1e-9, 3), (0, 1e-9, 11, 2), (0, -(10**6), 10**6, 3), (1, 0, 20, 1), (1, 5, 21, 2)],
)
def test_windows_are_half_open_and_within_the_entity(entity: int, start: float, end: float, expected: int) -> None:
    assert count(entity, start, end) == expected


def test_the_last_occurrence_before_an_instant() -> None:
    last = TIMELINE.last(np.array([0, 0, 1, 1, 0]), np.array([10, 11, 5, 99, 0]) * DAY)
    np.testing.assert_array_equal(last, np.array([0, 10, np.nan, 20, np.nan]) * DAY)


def test_a_day_counts_once() -> None:
    stamps = np.array([0, DAY // 2, DAY, DAY // 3])
    daily = Timeline("a", Axis.around(stamps), np.array([0, 0, 0, 1]), stamps, {}).daily
    assert daily.entity.tolist() == [0, 0, 1]
    assert daily.ts.tolist() == [0, DAY, 0]


def test_what_is_decades_old_counts_as_decades_old_and_overflows_nothing() -> None:
    stamps = np.array([-200 * 366 * DAY, 0, 60 * 366 * DAY])
    axis = Axis.around(stamps)
    old = Timeline(None, axis, np.array([4_095, 4_095]), stamps[:2], {})
    whole = old.before(np.array([4_095]), stamps[2:]) - old.before(np.array([4_095]), np.array([axis.low]))
    assert whole.tolist() == [2]
