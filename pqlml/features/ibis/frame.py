"""Frames: how cutoffs of different entities come to share cells.

Where few cutoffs are shared by all entities, as on a calendar, time is that of the calendar. Where cutoffs are shared
relative to an entity's first, as some days after sign-up, time counts from there. Where neither is so, each pair is a
line of its own and time counts from its cutoff.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from pqlml.features.ibis.cells import Window, cut
from pqlml.warehouse import Warehouse

MANY = 500
"""Cutoffs on more instants than this are not taken as a calendar."""

_EPOCH = dt.datetime(1970, 1, 1)
_TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Frame:
    """Lines of events (those of one entity, as a rule), and how time is told on them.

    Attributes
    ----------
    pairs
        One row per pair: ``row_id``, ``line``, ``entity_id``, ``cutoff``, ``signup_at``, ``anchor``. Pairs of one line
        share entity, sign-up and anchor.
    clock
        ``calendar``: time is that of the calendar; ``anchor``: it counts from the line's anchor.
    offsets
        The cutoffs in that time, in microseconds, ascending.
    """

    pairs: ir.Table
    clock: Literal["calendar", "anchor"]
    offsets: tuple[int, ...]

    def at(self, instant: ir.TimestampValue, anchor: ir.TimestampValue) -> ir.Value:
        """Return an instant in the time of the frame, to be compared with :meth:`literal`."""
        return instant if self.clock == "calendar" else instant.delta(anchor, unit="microsecond")

    def literal(self, offset: int) -> ir.Scalar:
        """Return a point in the time of the frame."""
        if self.clock == "anchor":
            return ibis.literal(offset, "int64")
        return ibis.literal(_EPOCH + offset * _TICK, "timestamp(6)")

    def microseconds(self, instant: ir.TimestampValue, anchor: ir.TimestampValue) -> ir.IntegerValue:
        """Return an instant in the time of the frame as a number."""
        origin = ibis.literal(_EPOCH, "timestamp(6)") if self.clock == "calendar" else anchor
        return instant.delta(origin, unit="microsecond")


def make_frame(warehouse: Warehouse, pairs: ir.Table, windows: Sequence[Window]) -> Frame:
    """Choose the frame that reads the events least often.

    Parameters
    ----------
    pairs
        One row per ``row_id``: ``entity_id``, ``cutoff``, ``signup_at``.
    """
    line = ibis.dense_rank().over(ibis.window(order_by=[pairs.entity_id, pairs.signup_at])).cast("int64")
    numbered = pairs.select("row_id", "entity_id", "cutoff", "signup_at", line=line)
    first = numbered.cutoff.min().over(ibis.window(group_by=numbered.line))
    kept = warehouse.save("feature_lines_asked", numbered.mutate(anchor=first))
    shared = _shared(warehouse, kept.cutoff.delta(ibis.literal(_EPOCH, "timestamp(6)"), unit="microsecond"))
    calendar_reads = _reads(shared, windows)
    if calendar_reads == 1:
        return Frame(kept, "calendar", shared)
    apart = _shared(warehouse, kept.cutoff.delta(kept.anchor, unit="microsecond"))
    anchor_reads = _reads(apart, windows)
    facts = warehouse.fetch(kept.agg(pairs=kept.count(), lines=kept.line.nunique())).to_pylist()[0]
    if min(calendar_reads, anchor_reads) > facts["pairs"] / facts["lines"]:
        return Frame(kept.mutate(line=kept.row_id, anchor=kept.cutoff), "anchor", (0,))
    if calendar_reads <= anchor_reads:
        return Frame(kept, "calendar", shared)
    return Frame(kept, "anchor", apart)


def _shared(warehouse: Warehouse, offset: ir.IntegerColumn) -> tuple[int, ...]:
    """Return the different values in order; more than fit a frame are not all returned."""
    found = offset.name("offset").as_table().filter(ibis._.offset.notnull()).distinct().limit(MANY + 1)
    return tuple(sorted(warehouse.fetch(found)["offset"].to_pylist()))


def _reads(offsets: Sequence[int], windows: Sequence[Window]) -> float:
    """Return how often events are read for that many cutoffs."""
    return math.inf if len(offsets) > MANY else max(1, sum(1 for _ in cut(offsets, windows)))
