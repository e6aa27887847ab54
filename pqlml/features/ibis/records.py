"""Records: the visible events of each line, with the bit of their cell and the columns that features need.

Nothing behind this file reads events, so no feature can see more than is kept here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.features.ibis.cells import Cells, halves
from pqlml.features.ibis.demand import Demand, mask_of
from pqlml.features.ibis.frame import Frame
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER

EXACT = "decimal(28, 6)"
"""Properties are added up as decimals with six places: the sum depends neither on order nor on threads."""

WEEK = 7 * DAY_MICROSECONDS

RECORDS, ASKED = "feature_records", "feature_asked"

_MANY_LATE = 1000


def with_late_cells(warehouse: Warehouse, events: ir.Table, frame: Frame, cells: Cells) -> Iterator[Cells]:
    """Add a cell for each segment and first cutoff that late events have; split the cutoffs where bits run out."""
    joined = _visible(events, frame, cells)
    times = _Times(frame, cells, joined)
    late = joined.select(segment=times.segment, seen=times.seen, late=times.late).filter(ibis._.late)
    found = warehouse.fetch(late.select("segment", "seen").distinct().limit(_MANY_LATE)).to_pylist()
    combinations = sorted((row["segment"], row["seen"]) for row in found)
    complete = Cells(cells.offsets, cells.windows, tuple(combinations))
    if complete.fits:
        yield complete
        return
    for half in halves(cells):
        yield from with_late_cells(warehouse, events, frame, half)


def keep_records(warehouse: Warehouse, events: ir.Table, frame: Frame, cells: Cells, demand: Demand) -> ir.Table:
    """Keep one row per event that some cutoff of the cells sees, under the name ``RECORDS``.

    Columns: ``line``, ``bit`` (of the cell) and ``ts``, then the texts of the demand, ``a_0``, ``a_1``, ... (its
    properties), ``since_signup`` and ``moment`` (microseconds).
    """
    joined = _visible(events, frame, cells)
    columns: dict[str, ir.Value] = {
        "line": joined.line,
        "bit": _Times(frame, cells, joined).bit,
        "ts": joined.ts,
        **{name: joined[name] for name in demand.texts},
        **{f"a_{number}": joined[f"p_{name}"].try_cast(EXACT) for number, name in enumerate(demand.properties)},
    }
    if demand.early:
        columns["since_signup"] = joined.ts.delta(joined.signup_at, unit="microsecond")
    if demand.weeks:
        columns["moment"] = frame.microseconds(joined.ts, joined.anchor)
    return warehouse.save(RECORDS, joined.select(**columns))


def keep_asked(warehouse: Warehouse, frame: Frame, cells: Cells, *, undated: bool) -> None:
    """Keep one row per pair whose cutoff is one of the cells', under the name ``ASKED``.

    Columns: ``row_id``, ``line``, ``cutoff``, ``signup_at``; the bits of each window (``m_all``, ``m_7``, ...);
    ``weeks`` and ``phase``: the cutoff in whole weeks and the microseconds over.

    Parameters
    ----------
    undated
        Whether pairs without a cutoff are kept, too: they see nothing.
    """
    rows: dict[str, list[int]] = {"offset": list(cells.offsets)}
    for window in cells.windows:
        rows[mask_of(window)] = [cells.mask(number, window) for number, _ in enumerate(cells.offsets)]
    rows["weeks"] = [offset // WEEK for offset in cells.offsets]
    rows["phase"] = [offset % WEEK for offset in cells.offsets]
    masks = warehouse.save_arrow(
        "feature_masks", pa.table({name: pa.array(row, pa.int64()) for name, row in rows.items()})
    )
    pairs = frame.pairs.mutate(offset=frame.microseconds(frame.pairs.cutoff, frame.pairs.anchor))
    joined = pairs.left_join(masks, "offset")
    joined = joined.filter(joined.phase.notnull() | (joined.cutoff.isnull() if undated else NEVER))
    warehouse.save(ASKED, joined.select("row_id", "line", "cutoff", "signup_at", *list(rows)[1:]))


def _visible(events: ir.Table, frame: Frame, cells: Cells) -> ir.Table:
    """Join lines with those of their events that the last of the cutoffs sees."""
    lines = frame.pairs.select("line", "entity_id", "signup_at", "anchor").distinct()
    joined = events.join(lines, events.entity_id == lines.entity_id)
    last = frame.literal(cells.offsets[-1])
    return joined.filter(frame.at(joined.ts, joined.anchor) < last, frame.at(joined.known_at, joined.anchor) <= last)


class _Times:
    """Where in the cells an event lies, as expressions."""

    def __init__(self, frame: Frame, cells: Cells, events: ir.Table) -> None:
        self._cells = cells
        self._ts, self._known = (frame.at(events[name], events.anchor) for name in ("ts", "known_at"))
        self._edges = [frame.literal(edge) for edge in cells.edges]
        self._cutoffs = [frame.literal(offset) for offset in cells.offsets]

    @property
    def segment(self) -> ir.IntegerValue:
        """Number of the segment."""
        return _sorted_in(self._ts, self._edges, range(len(self._edges) + 1))

    @property
    def seen(self) -> ir.IntegerValue:
        """Index of the first cutoff by which the event was known."""
        return _sorted_in(self._known, self._cutoffs, range(len(self._cutoffs) + 1), belongs_below=True)

    @property
    def late(self) -> ir.BooleanValue:
        """Whether a cutoff behind the event came before it was known."""
        return self.seen > _sorted_in(self._ts, self._cutoffs, range(len(self._cutoffs) + 1))

    @property
    def bit(self) -> ir.IntegerValue:
        """Bit of the cell."""
        in_time = _sorted_in(self._ts, self._edges[:-1], list(self._cells.bits()))
        if not self._cells.late:
            return in_time
        too_late = ibis.cases(
            *(((self.segment == segment) & (self.seen == seen), bit) for segment, seen, bit in self._cells.late_bits())
        )
        return self.late.ifelse(too_late, in_time)


def _sorted_in(
    value: ir.Value, points: Sequence[ir.Scalar], results: Sequence[int], *, belongs_below: bool = False
) -> ir.IntegerValue:
    """Return the result for where a value lies among points, by a tree of comparisons.

    Parameters
    ----------
    points
        Ascending.
    results
        One more than points: below the first, from the first on, ...
    belongs_below
        Whether a value equal to a point lies below it.
    """
    if not points:
        return ibis.literal(results[0], "int64")
    middle = len(points) // 2
    below = value <= points[middle] if belongs_below else value < points[middle]
    return below.ifelse(
        _sorted_in(value, points[:middle], results[: middle + 1], belongs_below=belongs_below),
        _sorted_in(value, points[middle + 1 :], results[middle + 1 :], belongs_below=belongs_below),
    )
