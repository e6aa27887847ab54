"""Totals: what adds up over events (numbers, sums, largest amounts, first and last times), per set of events.

Narrow first: one row per (line, event, cell), then one per (pair, set), and only then one column per total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import ibis
import ibis.expr.types as ir

from pqlml.features.ibis.demand import Demand, mask_of
from pqlml.features.ibis.packs import Pack, Total, packs_of
from pqlml.features.ibis.parts import (
    ONE,
    ZERO,
    Columns,
    Formula,
    Given,
    Named,
    Part,
    chosen,
    days_between,
    in_window,
    plain,
)
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Feature
from pqlml.times import DAY_MICROSECONDS

PLACES = 5
"""Sets that become columns together."""

TOTALS = ("count", "trend", "sum", "mean", "largest", "early", "recency", "first")


def cube_of(records: ir.Table, demand: Demand, features: Iterable[Feature]) -> ir.Table:
    """Add records up per (line, event, cell): one column per kind of total that features of sets need."""
    totals = {total.base: total for f in features if f.events is not None for total in totals_of(f, demand)}
    totals |= {Total("n").base: Total("n")}
    columns = {base: _of_records(records, totals[base]) for base in sorted(totals)}
    return records.group_by("line", "event", "bit").agg(**columns)


def total_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield a part for features of all events, and some for those of sets."""
    mine = chosen(named, *TOTALS)
    anything = {name: feature for name, feature in mine.items() if feature.events is None}
    if anything:
        yield _of_all(given, anything)
    of_sets = {name: feature for name, feature in mine.items() if feature.events is not None}
    if of_sets:
        yield from _of_sets(given, of_sets)


def _of_all(given: Given, named: Named) -> Part:
    wanted = _wanted(named, given.demand)
    totals = {total.base: total for total in wanted}
    if set(totals) <= set(given.cube.columns):
        columns = {base: _more(given.cube, base) for base in totals}
        cells = given.cube.group_by("line", "bit").agg(**columns)
    else:
        columns = {base: _of_records(given.records, total) for base, total in totals.items()}
        cells = given.records.group_by("line", "bit").agg(**columns)
    seen = _seen(cells, given.asked)
    table = seen.group_by("row_id").agg(**{f"t_{total.column}": _in_window(seen, total) for total in wanted})
    return Part(table, {name: _formula(feature, "t", given.demand) for name, feature in named.items()})


def _of_sets(given: Given, named: Named) -> Iterator[Part]:
    """Add up per (pair, set), then make columns of the sets, few at a time: each row then concerns few columns."""
    wanted = _wanted(named, given.demand)
    packs = packs_of([total for total in wanted if total.kind == "n"]) if given.packed else []
    packed = {total for pack in packs for total in pack.totals}
    seen = _seen(given.cube.join(given.members, "event"), given.asked)
    columns = {total.column: _in_window(seen, total) for total in wanted if total not in packed}
    columns |= {pack.column: pack.together(seen).sum() for pack in packs}
    narrow = seen.group_by("row_id", "place").agg(**columns)
    for first in range(0, len(given.sets), PLACES):
        mine = {name: f for name, f in named.items() if first <= given.sets.index(f.events) < first + PLACES}
        if mine:
            yield _wide(given, narrow.filter(narrow.place.between(first, first + PLACES - 1)), packs, mine)


def _wide(given: Given, narrow: ir.Table, packs: Sequence[Pack], named: Named) -> Part:
    columns: Columns = {}
    apart: dict[str, Callable[[ir.Table], ir.Value]] = {}
    values: dict[str, Formula] = {}
    for name, feature in named.items():
        place = given.sets.index(feature.events)
        here = narrow.place == place
        for total in totals_of(feature, given.demand):
            pack = next((pack for pack in packs if total in pack.totals), None)
            column = f"t{place}_{total.column if pack is None else pack.column}"
            columns[column] = here.ifelse(narrow[total.column if pack is None else pack.column], None).max()
            apart[f"t{place}_{total.column}"] = plain(column) if pack is None else pack.apart(column, total)
        values[name] = _formula(feature, f"t{place}", given.demand)
    table = narrow.group_by("row_id").agg(**columns)
    return Part(table.select("row_id", **{name: make(table) for name, make in apart.items()}), values)


def _seen(cells: ir.Table, asked: ir.Table) -> ir.Table:
    """Join pairs with the cells that they see."""
    joined = cells.join(asked, "line")
    return joined.filter(in_window(joined.bit, joined[mask_of(None)]))


def _in_window(seen: ir.Table, total: Total) -> ir.Value:
    """Add the cells of a window up."""
    value = seen[total.base]
    inside = None if total.window is None else in_window(seen.bit, seen[mask_of(total.window)])
    if total.kind in ("x", "first", "last"):
        kept = value if inside is None else inside.ifelse(value, None)
        return kept.min() if total.kind == "first" else kept.max()
    nothing = ZERO if value.type().is_floating() else ibis.literal(0, value.type())
    return (value if inside is None else inside.ifelse(value, nothing)).sum()


def totals_of(feature: Feature, demand: Demand) -> list[Total]:  # noqa: PLR0911 - one return per aggregate
    """Return the totals that a feature is made of; none if it is of another kind."""
    window = feature.window_days
    match feature.aggregate:
        case "count":
            return [Total("n", window=window)]
        case "trend":
            return [Total("n", window=TREND_SHORT_DAYS), Total("n", window=TREND_LONG_DAYS)]
        case "sum":
            return [Total("s", _property(feature, demand), window)]
        case "mean":
            source = _property(feature, demand)
            return [Total("s", source, window), Total("c", source, window)]
        case "largest":
            return [Total("x", _property(feature, demand), window)]
        case "early":
            return [Total("e", window or 0)]
        case "recency":
            return [Total("last")]
        case "first":
            return [Total("first")]
        case _:
            return []


def _formula(feature: Feature, prefix: str, demand: Demand) -> Formula:
    names = [f"{prefix}_{total.column}" for total in totals_of(feature, demand)]

    def value(joined: ir.Table) -> ir.Value:  # noqa: PLR0911 - one return per aggregate
        columns = [joined[name] for name in names]
        numbers = [column.cast("float64") for column in columns if not column.type().is_timestamp()]
        match feature.aggregate:
            case "count" | "sum":
                return numbers[0].fill_null(0.0)
            case "early":
                return joined.signup_at.notnull().ifelse(numbers[0].fill_null(0.0), None)
            case "mean":
                return numbers[0] / numbers[1].nullif(0.0)
            case "trend":
                recent, month = numbers
                earlier_rate = (month - recent + 1) / (TREND_LONG_DAYS - TREND_SHORT_DAYS)
                return (month > 0).ifelse(recent / TREND_SHORT_DAYS / earlier_rate, None)
            case "recency":
                return days_between(joined.cutoff, columns[0])
            case "first":
                return days_between(columns[0], joined.signup_at)
            case _:
                return numbers[0]

    return value


def _of_records(records: ir.Table, total: Total) -> ir.Value:
    match total.kind:
        case "n":
            return records.count().cast("float64")
        case "first":
            return records.ts.min()
        case "last":
            return records.ts.max()
        case "e":
            soon = (records.since_signup >= 0) & (records.since_signup < total.source * DAY_MICROSECONDS)
            return soon.ifelse(ONE, ZERO).sum()
    amount = records[f"a_{total.source}"]
    if total.kind == "c":
        return amount.count().cast("float64")
    return amount.max() if total.kind == "x" else amount.sum()


def _more(cube: ir.Table, base: str) -> ir.Value:
    column = cube[base]
    kind = base.partition("_")[0]
    return column.min() if kind == "first" else column.max() if kind in ("last", "x") else column.sum()


def _wanted(named: Named, demand: Demand) -> list[Total]:
    found = {total for feature in named.values() for total in totals_of(feature, demand)}
    return sorted(found, key=lambda total: total.column)


def _property(feature: Feature, demand: Demand) -> int:
    return demand.properties.index(str(feature.source))
