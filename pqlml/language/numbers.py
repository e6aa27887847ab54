"""Numbers as people write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_MANY: Final = 10
"""From here on, a fraction says nothing."""
UNKNOWN: Final = "?"


@dataclass(frozen=True)
class Numbers:
    """How a language writes numbers.

    Attributes
    ----------
    decimal, thousands
        The signs between digits.
    percent
        A percentage, with ``{n}`` for the number.
    """

    decimal: str = "."
    thousands: str = ","
    percent: str = "{n}%"

    def plain(self, value: float) -> str:
        """Write a number with as many digits as help; ``?`` for NaN.

        Examples
        --------
        >>> numbers = Numbers()
        >>> numbers.plain(4.0), numbers.plain(2.345), numbers.plain(1234.5), numbers.plain(0.04), numbers.plain(1.04)
        ('4', '2.3', '1,234', '0.04', '1')
        >>> Numbers(",", ".").plain(1234567.0), Numbers(",", ".").plain(2.345)
        ('1.234.567', '2,3')
        """
        if math.isnan(value):
            return UNKNOWN
        if float(value).is_integer() or abs(value) >= _MANY:
            return self._signs(f"{value:,.0f}")
        return self._signs(f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.2g}")

    def fixed(self, value: float, digits: int) -> str:
        """Write a number with so many digits behind the decimal sign.

        Examples
        --------
        >>> Numbers().fixed(1234.56, 1), Numbers(",", ".").fixed(1234.56, 0)
        ('1,234.6', '1.235')
        """
        return self._signs(f"{value:,.{digits}f}")

    def share(self, part: float) -> str:
        """Write a share as a percentage.

        Examples
        --------
        >>> Numbers().share(0.8), Numbers().share(0.004), Numbers().share(1.25)
        ('80%', '0.4%', '125%')
        """
        few = part < 0.01  # noqa: PLR2004 - below 1 % digits help
        return self.percent.format(n=self.plain(100 * part) if few else self._signs(f"{100 * part:,.0f}"))

    def _signs(self, english: str) -> str:
        return english.translate({ord(","): self.thousands, ord("."): self.decimal})
