"""Numbers as people write them, and nouns that agree with what is shown."""

from __future__ import annotations

import math

import pytest

from pqlml.explain.numbers import amount, plain


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
        (math.nan, "unknown"),
    ],
)
def test_as_many_digits_as_help(value: float, shown: str) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 days"), (1, "1 day"), (1.04, "1 day"), (1.5, "1.5 days"), (7, "7 days")]
)
def test_the_noun_agrees_with_what_is_shown(number: float, shown: str) -> None:
    assert amount(number, "day", "days") == shown
