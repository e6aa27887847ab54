"""A format of times says which day of which year, in words that engines know."""

from __future__ import annotations

import pytest

from pqlml.definition.time_formats import format_problem, states_zone
from tests.helpers.definitions import SMALL, refusal


@pytest.mark.parametrize(
    "time_format", ["%d/%m/%Y", "%-d.%-m.%y %H:%M:%S.%f", "%b %d, %Y %I:%M %p", "%Y%m%d", "%Y-%j", "%d %B %Y %z"]
)
def test_a_format_that_names_a_day_is_taken(time_format: str) -> None:
    assert format_problem(time_format) is None


@pytest.mark.parametrize(
    ("time_format", "said"),
    [
        ("%d/%m", "names no day of a year"),
        ("%m/%Y", "names no day of a year"),
        ("dd/mm/yyyy", "names no day of a year"),
        ("%d/%m/%Q", "unknown part '%Q'"),
        ("%d/%m/%Y %Z", "unknown part '%Z'"),
        ("%d/%m/%Y %", "unknown part '%'"),
    ],
)
def test_a_format_that_does_not_is_refused(time_format: str, said: str) -> None:
    text = refusal(SMALL.replace("events.csv", f"events.csv, time_format: '{time_format}'"))
    assert f"sources.events.time_format: {time_format!r}" in text
    assert said in text


def test_a_zone_is_an_offset() -> None:
    assert [states_zone(text) for text in ("%Y%m%d", "%Y%m%d %z", "%d%%z%m%Y")] == [False, True, False]
