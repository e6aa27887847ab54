"""Cells: parts of time that no window divides, each with a bit; a window of a cutoff is a set of bits.

Time is cut at every cutoff and at the beginning of every window. Events of one segment of time lie in the same windows
of the same cutoffs, and so are added up once for all of them. Events that became known late are cells of their own:
one per segment and first cutoff that may see them.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pqlml.errors import DataError
from pqlml.times import DAY_MICROSECONDS

BITS = 62
"""Cells that fit one number: an integer of 64 bits without its sign, which engines shift differently."""

Window = int | None
"""Length in days; null is all history."""


@dataclass(frozen=True)
class Cells:
    """The cells of some cutoffs.

    Attributes
    ----------
    offsets
        The cutoffs in microseconds, ascending; relative to a line's anchor, or since 1970.
    windows
        Lengths of all windows that are asked for.
    late
        Cells of late events: (segment, index of the first cutoff that sees them).
    """

    offsets: tuple[int, ...]
    windows: tuple[Window, ...]
    late: tuple[tuple[int, int], ...] = ()

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Instants at which time is cut; segment ``s`` lies between edges ``s - 1`` and ``s``."""
        return tuple(sorted({_begin(offset, window) for offset in self.offsets for window in (0, *self.windows)}))

    @property
    def fits(self) -> bool:
        """Whether there is a bit for each cell."""
        return len(self.edges) + len(self.late) <= BITS

    def bits(self) -> Iterator[int]:
        """Yield the bit of each segment that some cutoff sees."""
        return (1 << segment for segment, _ in enumerate(self.edges))

    def late_bits(self) -> Iterator[tuple[int, int, int]]:
        """Yield segment, first cutoff and bit of each cell of late events."""
        for number, (segment, seen) in enumerate(self.late, start=len(self.edges)):
            yield segment, seen, 1 << number

    def mask(self, cutoff: int, window: Window) -> int:
        """Return the bits of a window.

        Parameters
        ----------
        cutoff
            Index of the cutoff.
        """
        offset = self.offsets[cutoff]
        first = 0 if window is None else self._after(_begin(offset, window))
        end = self._after(offset)
        seen = sum(bit for segment, since, bit in self.late_bits() if first <= segment < end and since <= cutoff)
        return (1 << end) - (1 << first) + seen

    def _after(self, edge: int) -> int:
        """Return the segment that begins at an edge."""
        return bisect.bisect_right(self.edges, edge)


def cut(offsets: Sequence[int], windows: Sequence[Window]) -> Iterator[Cells]:
    """Deal the cutoffs into as few groups of neighbours as have a bit for each segment.

    Raises
    ------
    DataError
        If not even one cutoff has.
    """
    group: list[int] = []
    for offset in offsets:
        if group and not Cells((*group, offset), tuple(windows)).fits:
            yield Cells(tuple(group), tuple(windows))
            group = []
        group.append(offset)
    cells = Cells(tuple(group), tuple(windows))
    if not group:
        return
    if not cells.fits:
        msg = f"{len(windows)} windows of different length are more than fit; ask for {BITS - 1} at most."
        raise DataError(msg)
    yield cells


def halves(cells: Cells) -> Iterator[Cells]:
    """Deal the cutoffs into two groups."""
    middle = len(cells.offsets) // 2
    yield Cells(cells.offsets[:middle], cells.windows)
    yield Cells(cells.offsets[middle:], cells.windows)


def _begin(offset: int, window: Window) -> int:
    return offset - (window or 0) * DAY_MICROSECONDS
