"""The order of active days: runs of days and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from pqlml.features.ibis.distinct import bits_of, sets_of
from pqlml.features.ibis.parts import (
    ONE,
    ZERO,
    Columns,
    Given,
    Named,
    Part,
    chosen,
    has_columns,
    numbered,
    plain,
    running,
)

_EPOCH = ibis.timestamp("1970-01-01T00:00:00")


def day_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield a part per longest run, one for current runs, and one for regularity."""
    for name, feature in chosen(named, "streak").items():
        yield _streak(_days(given, {name: feature}), name)
    current, regular = chosen(named, "current_streak"), chosen(named, "regularity")
    if current:
        yield _current(_days(given, current), current)
    if regular:
        yield _regularity(_days(given, regular), regular)


def _days(given: Given, named: Named) -> ir.Table:
    """Return one row per pair and visible day: ``row_id``, ``cutoff``, ``day`` and 1 or 0 per feature, as ``has_``."""
    sets = sets_of(named.values())
    by_day = bits_of(given.records, {"at": given.records.ts.truncate("D")}, sets)
    joined = by_day.join(given.asked, "line")
    return joined.select("row_id", "cutoff", day=_number(joined["at"]), **has_columns(joined, named))


def _streak(days: ir.Table, name: str) -> Part:
    """Within a run of consecutive days, day less rank is the same."""
    active = days.filter(days[f"has_{name}"] == 1)
    rank = ibis.row_number().over(ibis.window(group_by=active.row_id, order_by=active.day))
    runs = active.mutate(run=active.day - rank).group_by("row_id", "run").agg(length=ibis._.count())
    longest = runs.group_by("row_id").agg(**{name: runs.length.max().cast("float64")})
    return Part(longest, {name: plain(name)})


def _current(days: ir.Table, named: Named) -> Part:
    """Count the days that lie as far from the newest as there are days between, if the newest is new enough."""
    marks: Columns = {}
    for name in named:
        marks[f"newer_{name}"] = running(days, f"has_{name}", days.day.desc()) - 1
        newest = (days[f"has_{name}"] == 1).ifelse(days.day, None).max()
        marks[f"newest_{name}"] = newest.over(ibis.window(group_by=days.row_id))
    days = days.mutate(**marks)
    columns: Columns = {}
    for name in named:
        newest = days[f"newest_{name}"]
        run = (days.day + days[f"newer_{name}"] == newest) & (newest >= _number(days.cutoff.truncate("D")) - 1)
        columns[name] = ((days[f"has_{name}"] == 1) & run).ifelse(ONE, ZERO).sum()
    return Part(days.group_by("row_id").agg(**columns), {name: numbered(name) for name in named})


def _regularity(days: ir.Table, named: Named) -> Part:
    before = ibis.window(group_by=days.row_id, order_by=days.day, preceding=(None, 1))
    gaps: Columns = {}
    for name in named:
        mine = (days[f"has_{name}"] == 1).ifelse(days.day, None)
        gaps[f"gap_{name}"] = mine - mine.max().over(before)
    days = days.mutate(**gaps)
    sums: Columns = {}
    for name in named:
        gap = days[f"gap_{name}"]
        sums |= {f"n_{name}": gap.count(), f"s_{name}": gap.sum(), f"q_{name}": (gap * gap).sum()}
    totals = days.group_by("row_id").agg(**sums)
    columns = {}
    for name in named:
        found, total = totals[f"n_{name}"], totals[f"s_{name}"]
        # In whole numbers up to the root, so that every engine finds the same double.
        whole = (found * totals[f"q_{name}"] - total * total).cast("float64")
        columns[name] = (found > 1).ifelse(whole.sqrt() / found.nullif(0).cast("float64"), None)
    return Part(totals.select("row_id", **columns), {name: plain(name) for name in named})


def _number(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Return the days since 1970 of a midnight."""
    return instant.delta(_EPOCH, unit="day")
