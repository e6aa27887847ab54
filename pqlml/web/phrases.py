"""Numbers as sales reads them: short, rounded so that they still add up, and in words."""
# ruff: noqa: PLR2004 - where one wording ends and the next begins is said once, beside the wording

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=str)

MINUS = "\u2212"


def percent(share: float) -> str:
    """Write a share between 0 and 1 with as many digits as it bears.

    Examples
    --------
    >>> [percent(share) for share in (0.3412, 0.0449, 0.0002, 0.997)]
    ['34%', '4.5%', 'under 0.1%', 'over 99%']
    """
    if share < 0.001:
        return "under 0.1%"
    if share > 0.99:
        return "over 99%"
    digits = 1 if share < 0.0995 else 0
    return f"{100 * share:.{digits}f}%"


def odds(share: float) -> str:
    """Say a share between 0 and 1 as so many in so many.

    Examples
    --------
    >>> [odds(share) for share in (0.97, 0.86, 0.52, 0.41, 0.34)]
    ['more than 19 in 20', 'about 9 in 10', 'about 1 in 2', 'about 4 in 10', 'about 1 in 3']
    >>> [odds(share) for share in (0.0449, 0.00388, 0.0002)]
    ['about 1 in 22', 'about 1 in 260', 'less than 1 in 1,000']
    """
    if share < 0.001:
        return "less than 1 in 1,000"
    if share > 0.95:
        return "more than 19 in 20"
    if share < 0.375:
        one_in = 1 / share if share >= 0.01 else float(f"{1 / share:.2g}")
        return f"about 1 in {one_in:,.0f}"
    tenths = round(10 * share)
    return "about 1 in 2" if tenths == 5 else f"about {tenths} in 10"


def against_usual(share: float, usual: float) -> str:
    """Compare a share with the usual one.

    Examples
    --------
    >>> [against_usual(share, 0.045) for share in (0.34, 0.07, 0.045, 0.01)]
    ['8 times the usual 4.5%', '1.6 times the usual 4.5%', 'about the usual 4.5%', 'below the usual 4.5%']
    """
    ratio = share / usual if usual > 0 else math.inf
    if ratio < 0.8:
        return f"below the usual {percent(usual)}"
    if ratio < 1.25:
        return f"about the usual {percent(usual)}"
    if ratio < 3:
        return f"{ratio:.1f} times the usual {percent(usual)}"
    if ratio < 1_000:
        return f"{ratio:.0f} times the usual {percent(usual)}"
    return f"far above the usual {percent(usual)}"


def points(number: float) -> str:
    """Write points as a whole number.

    Examples
    --------
    >>> points(1151.6), points(-3.2) == MINUS + "3", points(-0.4)
    ('1,152', True, '0')
    """
    whole = round(number)
    return f"{MINUS if whole < 0 else ''}{abs(whole):,}"


def signed_points(number: float) -> str:
    """Write a share of points with its sign; what rounds to nothing keeps one decimal.

    Examples
    --------
    >>> signed_points(18.2), signed_points(-4.0) == MINUS + "4", signed_points(0.32)
    ('+18', True, '+0.3')
    """
    size = f"{abs(number):,.0f}" if abs(number) >= 0.95 else f"{abs(number):.1f}"
    return f"{MINUS if number < 0 else '+'}{size}"


def whole_shares(shares: Mapping[Name, float]) -> dict[Name, int]:
    """Round shares to whole numbers whose sum is the rounded sum, changing each as little as possible.

    Examples
    --------
    >>> whole_shares({"value": 12.4, "team": 13.4, "fit": -2.6})
    {'value': 13, 'team': 13, 'fit': -3}
    """
    floors = {name: math.floor(share) for name, share in shares.items()}
    missing = round(math.fsum(shares.values())) - sum(floors.values())
    by_remainder = sorted(shares, key=lambda name: floors[name] - shares[name])
    return {name: floor + (name in by_remainder[:missing]) for name, floor in floors.items()}


def moment(instant: dt.datetime) -> str:
    """Write an instant for a reader.

    Examples
    --------
    >>> moment(dt.datetime(2026, 3, 1, 6, 5))
    '1 March 2026, 06:05 UTC'
    """
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC"


def age(duration: dt.timedelta) -> str:
    """Write how old something is, in whole hours up to two days and in whole days after.

    Examples
    --------
    >>> age(dt.timedelta(hours=40)), age(dt.timedelta(days=3, hours=5)), age(dt.timedelta(minutes=61))
    ('40 hours', '3 days', '1 hour')
    """
    hours = int(duration.total_seconds() // 3600)
    return counted(hours, "hour") if hours < 48 else counted(hours // 24, "day")


def counted(number: float, noun: str, plural: str | None = None) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "account"), counted(1_234_567, "account"), counted(7.5, "day"), counted(0, "match", "matches")
    ('1 account', '1,234,567 accounts', '7.5 days', '0 matches')
    """
    written = f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"
    return f"{written} {noun if number == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """Begin a text with a capital letter.

    Examples
    --------
    >>> sentence("hit the project limit 3 times")
    'Hit the project limit 3 times'
    """
    return text[:1].upper() + text[1:]
