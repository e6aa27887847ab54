"""How many different days, users, sessions, names or values have an event in a window.

Each value keeps the bits of the cells in which it has one; values with the same bits are counted together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from pqlml.features.ibis.demand import EventSet, mask_of
from pqlml.features.ibis.parts import ZERO, Columns, Given, Named, Part, chosen, in_window, numbered, one_of
from pqlml.features.spec import Feature

_COLUMNS = {"users": "user_id", "sessions": "session_id", "events": "event"}


@ibis.udf.agg.builtin(signature=((dt.int64,), dt.int64))
def bit_or(bits):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - Ibis takes the types from `signature`
    """Return the bits that some number has (a function of every engine)."""


def distinct_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield a part per kind of value."""
    mine = chosen(named, "days", "users", "sessions", "events", "distinct")
    for key in sorted({_key(feature) for feature in mine.values()}):
        of_key = {name: feature for name, feature in mine.items() if _key(feature) == key}
        rows = given.cube if key == "event" else given.records
        value = rows.ts.truncate("D") if key == "day" else rows[key]
        yield counted(given, bits_of(rows, {"value": value}, sets_of(of_key.values())), of_key)


def sets_of(features: Iterable[Feature]) -> list[EventSet]:
    """Return the different sets of events."""
    return list(dict.fromkeys(feature.events for feature in features))


def bits_of(rows: ir.Table, keys: Columns, sets: list[EventSet]) -> ir.Table:
    """Return one row per line and key: ``b_n`` are the bits of the cells in which the n-th set has an event of it.

    Parameters
    ----------
    keys
        Rows in which the first of them is null are left out.
    """
    known = rows.mutate(**keys)
    known = known.filter(known[next(iter(keys))].notnull())
    columns: Columns = {}
    for number, events in enumerate(sets):
        inside = one_of(known.event, events)
        bit = known.bit if inside is None else inside.ifelse(known.bit, ibis.literal(0, "int64"))
        columns[f"b_{number}"] = bit_or(bit)
    return known.group_by("line", *keys).agg(**columns)


def counted(given: Given, by_value: ir.Table, named: Named, shared: tuple[str, ...] = ("line",)) -> Part:
    """Count the values of a line that have an event in each window.

    Parameters
    ----------
    shared
        Columns that values and pairs have in common.
    """
    sets = sets_of(named.values())
    bits = [f"b_{number}" for number, _ in enumerate(sets)]
    alike = by_value.group_by(*shared, *bits).agg(values=by_value.count().cast("float64"))
    joined = alike.join(given.asked, shared)
    columns: Columns = {}
    for name, feature in named.items():
        inside = in_window(joined[f"b_{sets.index(feature.events)}"], joined[mask_of(feature.window_days)])
        columns[name] = inside.ifelse(joined["values"], ZERO).sum()
    return Part(joined.group_by("row_id").agg(**columns), {name: numbered(name) for name in named})


def _key(feature: Feature) -> str:
    if feature.aggregate == "distinct":
        return f"d_{feature.source}"
    return _COLUMNS.get(feature.aggregate, "day")
