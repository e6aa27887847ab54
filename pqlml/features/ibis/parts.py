"""Parts of the feature table: each is a query of its own over the cells, with a row per pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pqlml.features.ibis.demand import Demand, EventSet, mask_of
from pqlml.features.spec import Feature
from pqlml.times import DAY_MICROSECONDS

Columns = dict[str, ir.Value]
Named = Mapping[str, Feature]
"""Features by the short names under which engines know them: some engines cut long names off."""

Formula = Callable[[ir.Table], ir.Value]
"""From the joined parts to the value of a feature."""


@dataclass(frozen=True)
class Part:
    """One query, and what is made of it.

    Attributes
    ----------
    table
        One row per ``row_id``; a pair without a row has nothing that counts.
    values
        Feature, by its short name -> its value, from a table that has the columns of this part and of the pairs.
    """

    table: ir.Table
    values: Mapping[str, Formula]


@dataclass(frozen=True)
class Given:
    """What parts are made from.

    Attributes
    ----------
    records
        One row per visible event: see :func:`pqlml.features.ibis.records.keep_records`.
    asked
        One row per pair: see :func:`pqlml.features.ibis.records.keep_asked`.
    cube
        One row per (line, event, cell): see :func:`pqlml.features.ibis.totals.cube_of`.
    members
        ``event`` and ``place``: one row for each event of each set, which is ``sets[place]``.
    packed
        Whether there are few enough events for two numbers of them in one: see :mod:`pqlml.features.ibis.packs`.
    """

    records: ir.Table
    asked: ir.Table
    cube: ir.Table
    members: ir.Table
    sets: Sequence[EventSet]
    demand: Demand
    packed: bool


ONE = ibis.literal(1, "int64").cast("float64")
"""What counts is counted in doubles, exact up to 2**53: engines add them up quicker than integers that may overflow."""

ZERO = ibis.literal(0, "int64").cast("float64")


def one_of(event: ir.StringValue, events: EventSet) -> ir.BooleanValue | None:
    """Tell whether an event belongs to a set; null if all do."""
    return None if events is None else event.isin(events)


def in_window(bits: ir.IntegerValue, mask: ir.IntegerValue) -> ir.BooleanValue:
    """Tell whether some cell lies in a window."""
    return (bits & mask) != 0


def chosen(named: Named, *aggregates: str) -> dict[str, Feature]:
    """Return the features of some aggregates."""
    return {name: feature for name, feature in named.items() if feature.aggregate in aggregates}


def numbered(column: str) -> Formula:
    """Return a number that is 0 where a pair has no row."""
    return lambda joined: joined[column].fill_null(0.0)


def plain(column: str) -> Formula:
    """Return a column as it is."""
    return lambda joined: joined[column]


def has_columns(joined: ir.Table, named: Named) -> Columns:
    """Return 1 or 0 per feature, as ``has_``: whether a key has an event that counts for it.

    Parameters
    ----------
    joined
        Bits of keys (see :func:`pqlml.features.ibis.distinct.bits_of`, for the sets of these features) with pairs.
    """
    sets = list(dict.fromkeys(feature.events for feature in named.values()))
    return {
        f"has_{name}": in_window(joined[f"b_{sets.index(feature.events)}"], joined[mask_of(feature.window_days)])
        .ifelse(1, 0)
        .cast("int64")
        for name, feature in named.items()
    }


def running(table: ir.Table, column: str, order: ir.Value) -> ir.IntegerValue:
    """Return the sum of a column up to each row of a pair, in that order."""
    window = ibis.window(group_by=table.row_id, order_by=order, preceding=None, following=0)
    return table[column].sum().over(window)


def days_between(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.NumericValue:
    """Return the days of 24 hours between two instants."""
    return later.delta(earlier, unit="microsecond").cast("float64") / DAY_MICROSECONDS
