"""Numbers in words, at their edges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqlml.web.phrases import MINUS, against_usual, counted, odds, percent, signed_points, whole_shares


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "under 0.1%"),
        (0.001, "0.1%"),
        (0.0994, "9.9%"),
        (0.0996, "10%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (1.0, "over 99%"),
    ],
)
def test_percent(share: float, written: str) -> None:
    assert percent(share) == written


@given(st.floats(0, 1))
def test_odds_are_close_to_the_share(share: float) -> None:
    number = odds(share).removeprefix("about ").removeprefix("less than ").removeprefix("more than ")
    part, whole = (int(text.replace(",", "")) for text in number.split(" in "))

    assert abs(part / whole - share) <= max(0.0015, 0.17 * share)


@pytest.mark.parametrize(
    ("share", "usual", "said"),
    [(0.5, 0.0, "far above the usual"), (0.9, 0.0001, "far above"), (0.0, 0.1, "below"), (0.29, 0.1, "2.9 times")],
)
def test_comparison_with_the_usual(share: float, usual: float, said: str) -> None:
    assert against_usual(share, usual).startswith(said)


def test_signed_points_never_say_zero_for_something() -> None:
    assert [signed_points(number) for number in (0.94, 0.96, -1234.0, 0.0)] == ["+0.9", "+1", f"{MINUS}1,234", "+0.0"]


@given(st.dictionaries(st.text(max_size=3), st.floats(-500, 500), min_size=1, max_size=6))
def test_whole_shares_add_up_and_stay_close(shares: dict[str, float]) -> None:
    whole = whole_shares(shares)

    assert sum(whole.values()) == round(math.fsum(shares.values()))
    assert all(abs(whole[name] - share) <= 1 for name, share in shares.items())


def test_counted_takes_another_plural() -> None:
    assert counted(2, "match", "matches") == "2 matches"
