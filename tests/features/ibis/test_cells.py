from __future__ import annotations

import random

import pytest

from pqlml.errors import DataError
from pqlml.features.ibis.cells import BITS, Cells, cut, halves
from pqlml.times import DAY_MICROSECONDS as DAY

WINDOWS = (7, 14, 28, None)


def cell_of(cells: Cells, ts: int, known: int) -> int | None:
    """The bit of an event, counted by eye; None if no cutoff sees it."""
    segment = sum(edge <= ts for edge in cells.edges)
    seen = sum(offset < known for offset in cells.offsets)
    in_time = sum(offset <= ts for offset in cells.offsets)
    if max(seen, in_time) == len(cells.offsets):
        return None
    if seen <= in_time:
        return list(cells.bits())[segment]
    return next(bit for late, since, bit in cells.late_bits() if (late, since) == (segment, seen))


def late_cells(offsets: tuple[int, ...], events: list[tuple[int, int]]) -> Cells:
    plain = Cells(offsets, WINDOWS)
    late = set()
    for ts, known in events:
        seen, in_time = sum(offset < known for offset in offsets), sum(offset <= ts for offset in offsets)
        if in_time < seen < len(offsets):
            late.add((sum(edge <= ts for edge in plain.edges), seen))
    return Cells(offsets, WINDOWS, tuple(sorted(late)))


@pytest.mark.parametrize("seed", range(20))
def test_a_mask_holds_the_cells_of_what_its_cutoff_sees_in_its_window(seed: int) -> None:
    chance = random.Random(seed)
    offsets = tuple(sorted({chance.randrange(-40, 40) * DAY // 2 for _ in range(chance.randint(1, 6))}))
    events = []
    for _ in range(300):
        ts = chance.choice(offsets) - chance.choice([0, 7, 14, 28, 60]) * DAY + chance.choice([-1, 0, 1, DAY])
        events.append((ts, ts + chance.choice([0, 0, 1, DAY, chance.randrange(40 * DAY)])))
    cells = late_cells(offsets, events)
    for number, offset in enumerate(offsets):
        for window in WINDOWS:
            mask = cells.mask(number, window)
            for ts, known in events:
                inside = window is None or ts >= offset - window * DAY
                bit = cell_of(cells, ts, known)
                assert bool(bit and bit & mask) == (ts < offset and known <= offset and inside)


def test_cutoffs_are_dealt_into_few_groups_that_fit() -> None:
    offsets = [day * DAY for day in range(400)]
    groups = list(cut(offsets, WINDOWS))
    assert [offset for group in groups for offset in group.offsets] == offsets
    assert all(group.fits for group in groups)
    assert len(groups) <= 12
    assert len(list(cut([week * 7 * DAY for week in range(26)], WINDOWS))) == 1


def test_halves_hold_all_cutoffs() -> None:
    first, second = halves(Cells((1, 2, 3), WINDOWS, late=((0, 1),)))
    assert (first.offsets, second.offsets) == ((1,), (2, 3))
    assert first.late == second.late == ()


def test_more_windows_than_bits_are_refused() -> None:
    assert len(list(cut([0], (*range(1, BITS), None)))) == 1
    with pytest.raises(DataError, match="63 windows of different length"):
        list(cut([0], (*range(1, BITS + 1), None)))
