"""Totals, and two numbers of events in one: half as many columns are then carried from group to group.

A double is exact up to 2**53: it holds two whole numbers below 2**26.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import ibis.expr.types as ir

from pqlml.features.ibis.cells import Window
from pqlml.features.ibis.demand import mask_of
from pqlml.features.ibis.parts import ZERO, in_window

ROOM: Final = 2**26
"""Fewer events than this can be counted in half a double."""


@dataclass(frozen=True)
class Total:
    """One number about the events of a set.

    Attributes
    ----------
    kind
        ``n`` events; ``s`` sum, ``x`` largest and ``c`` number of values of a property; ``e`` events soon after
        sign-up; ``first`` and ``last`` time.
    source
        Number of the property, or days after sign-up.
    """

    kind: Literal["n", "s", "c", "x", "e", "first", "last"]
    source: int = 0
    window: Window = None

    @property
    def base(self) -> str:
        """The column that holds it per cell."""
        return f"{self.kind}_{self.source}"

    @property
    def column(self) -> str:
        """The column that holds it per pair."""
        return f"{self.base}_{mask_of(self.window)}"


@dataclass(frozen=True)
class Pack:
    """Two numbers of events as one: the first, and ``ROOM`` times the second."""

    totals: tuple[Total, Total]

    @property
    def column(self) -> str:
        """The column that holds both per pair."""
        return "_and_".join(total.column for total in self.totals)

    def together(self, seen: ir.Table) -> ir.FloatingValue:
        """Return what a cell adds to both."""
        first, second = (self._inside(seen, total) for total in self.totals)
        return first + second * float(ROOM)

    def apart(self, column: str, total: Total) -> Callable[[ir.Table], ir.FloatingValue]:
        """Return one of the two again."""

        def taken(table: ir.Table) -> ir.FloatingValue:
            second = (table[column] / float(ROOM)).floor().cast("float64")
            return second if total == self.totals[1] else table[column] - second * float(ROOM)

        return taken

    @staticmethod
    def _inside(seen: ir.Table, total: Total) -> ir.FloatingValue:
        value = seen[total.base]
        if total.window is None:
            return value
        return in_window(seen.bit, seen[mask_of(total.window)]).ifelse(value, ZERO)


def packs_of(totals: Sequence[Total]) -> list[Pack]:
    """Pack numbers of events two by two; one that is left over stays alone."""
    return [Pack((first, second)) for first, second in zip(totals[::2], totals[1::2], strict=False)]
