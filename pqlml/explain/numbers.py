"""Numbers as people write them."""

from __future__ import annotations

import math

_MANY = 100


def plain(value: float) -> str:
    """Write a number with as many digits as help.

    Examples
    --------
    >>> plain(4.0), plain(2.345), plain(1234.5), plain(0.04), plain(1.04)
    ('4', '2.3', '1,234', '0.04', '1')
    """
    if math.isnan(value):
        return "unknown"
    if float(value).is_integer() or abs(value) >= _MANY:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.2g}"


def amount(number: float, one: str, many: str) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> amount(1, "day", "days"), amount(3, "day", "days")
    ('1 day', '3 days')
    """
    shown = plain(number)
    return f"{shown} {one if shown == '1' else many}"


def share(part: float) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> share(0.8), share(0.004), share(1.25)
    ('80%', '0.4%', '125%')
    """
    return f"{plain(100 * part) if part < 0.01 else format(100 * part, ',.0f')}%"  # noqa: PLR2004 - below 1 % digits help
