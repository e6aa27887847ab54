"""Numbers as people read them: few digits, a true minus sign, no more precision than the data has."""

from __future__ import annotations

import math

NOTHING = "\N{EN DASH}"
"""What a table shows for no value."""
TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"


def percent(share: float) -> str:
    """Write a share as per cent, one decimal below ten.

    Examples
    --------
    >>> percent(0.4831), percent(0.0412), percent(1), percent(0), percent(0.0004)
    ('48%', '4.1%', '100%', '0%', '0.04%')
    """
    if math.isnan(share):
        return NOTHING
    value = share * 100
    if value == 0 or abs(value) >= 9.95:  # noqa: PLR2004 - what rounds to 10 needs no decimal
        return f"{_minus(f'{value:.0f}')}%"
    return f"{_minus(f'{value:.1f}' if abs(value) >= 0.095 else f'{value:.2g}')}%"  # noqa: PLR2004


def count(number: float) -> str:
    """Write a number of rows with thousands separated; an expected count below a hundred keeps one decimal.

    Examples
    --------
    >>> count(12345), count(12.5), count(7.0)
    ('12,345', '12.5', '7')
    """
    whole = number == round(number) or abs(number) >= 100  # noqa: PLR2004
    return f"{number:,.0f}" if whole else f"{number:,.1f}"


def times(factor: float) -> str:
    """Write a ratio.

    Examples
    --------
    >>> times(3.456) == f"3.5{TIMES}", times(12.3) == f"12{TIMES}"
    (True, True)
    """
    if math.isnan(factor):
        return NOTHING
    return f"{factor:.0f}{TIMES}" if factor >= 9.95 else f"{factor:.1f}{TIMES}"  # noqa: PLR2004 - what rounds to 10


def score(value: float) -> str:
    """Write a score with three decimals.

    Examples
    --------
    >>> score(0.87123), score(-0.1) == f"{MINUS}0.100"
    ('0.871', True)
    """
    return _minus(f"{value:.3f}")


def signed(points: float) -> str:
    """Write points with their sign.

    Examples
    --------
    >>> signed(20), signed(-3.4) == f"{MINUS}3", signed(0.2)
    ('+20', True, '0')
    """
    if math.isnan(points):
        return NOTHING
    rounded = round(points)
    return _minus(f"{rounded:+d}") if rounded else "0"


def unsigned_zero(text: str) -> str:
    """Take the sign from a number that is written as zero.

    Examples
    --------
    >>> unsigned_zero("-0.0"), unsigned_zero("+0.00"), unsigned_zero("-0.1")
    ('0.0', '0.00', '-0.1')
    """
    return text if any(digit in "123456789" for digit in text) else text.lstrip("+-")


def percentage_points(difference: float) -> str:
    """Write a difference of shares in percentage points, signed unless it is written as zero.

    Examples
    --------
    >>> percentage_points(0.0123), percentage_points(-0.0001), percentage_points(math.nan) == NOTHING
    ('+1.2', '0.0', True)
    """
    return NOTHING if math.isnan(difference) else unsigned_zero(f"{100 * difference:+.1f}")


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def money(amount: float) -> str:
    """Write an amount of whatever currency the data is in.

    Examples
    --------
    >>> money(12345.6), money(3.456)
    ('12,346', '3.46')
    """
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"  # noqa: PLR2004 - cents matter below
