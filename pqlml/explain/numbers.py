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
