"""A property's value at the newest event that has one."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from pqlml.features.ibis.demand import mask_of
from pqlml.features.ibis.parts import Formula, Given, Named, Part, chosen, in_window, one_of
from pqlml.features.spec import Feature


def newest_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield a part per feature."""
    for name, feature in chosen(named, "newest").items():
        amount = given.records[f"a_{given.demand.properties.index(str(feature.source))}"]
        yield Part(_newest(given, amount, feature).rename({name: "amount"}), {name: _as_number(name)})


def _newest(given: Given, amount: ir.DecimalColumn, feature: Feature) -> ir.Table:
    """Find the newest of each cell first, then that of the cells which a pair sees; of several, the largest amount."""
    inside = one_of(given.records.event, feature.events)
    there = amount.notnull() if inside is None else amount.notnull() & inside
    rows = given.records.filter(there).select("line", "bit", "ts", amount=amount)
    by_cell = _of_newest(rows, ["line", "bit"])
    joined = by_cell.join(given.asked, "line")
    seen = joined.filter(in_window(joined.bit, joined[mask_of(feature.window_days)]))
    return _of_newest(seen.select("row_id", "ts", "amount"), ["row_id"]).select("row_id", "amount")


def _of_newest(rows: ir.Table, keys: list[str]) -> ir.Table:
    newest = rows.mutate(newest=rows.ts.max().over(ibis.window(group_by=keys)))
    newest = newest.filter(newest.ts == newest.newest)
    return newest.group_by(*keys, "ts").agg(amount=newest.amount.max())


def _as_number(name: str) -> Formula:
    return lambda joined: joined[name].cast("float64")
