"""Numbers as people write them, in each language."""

from __future__ import annotations

import math

import pytest

from pqlml.language import Language, Numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1, "1"),
        (12.0, "12"),
        (2.345, "2.3"),
        (1.04, "1"),
        (0.04, "0.04"),
        (0.333, "0.33"),
        (99.96, "100"),
        (123.4, "123"),
        (1234567.8, "1,234,568"),
        (-2.5, "-2.5"),
        (math.nan, "?"),
    ],
)
def test_as_many_digits_as_help(value: float, shown: str) -> None:
    assert Numbers().plain(value) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "in 0 days"), (1, "in 1 day"), (1.04, "in 1 day"), (1.5, "in 1.5 days"), (7, "in 7 days")]
)
def test_the_noun_agrees_with_what_is_shown(number: float, shown: str) -> None:
    texts = {"in.one": "in {n} day", "in.many": "in {n} days"}
    assert Language("xx", "Test", Numbers(), texts).amount("in", number) == shown


def test_a_language_has_signs_of_its_own() -> None:
    numbers = Numbers(",", ".", "{n} %")
    assert [numbers.plain(value) for value in (1234567.8, -2.5, 0.04)] == ["1.234.568", "-2,5", "0,04"]
    assert [numbers.share(part) for part in (0.8, 0.0041, 12.5)] == ["80 %", "0,41 %", "1.250 %"]
