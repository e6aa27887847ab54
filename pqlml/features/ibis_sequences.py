"""Aggregates about single events and the order of days with Ibis: what a sum over segments of time cannot tell.

There is one query per aggregate, for all of its features. Each starts from the visible events: ``row_id``, ``cutoff``,
``signup_at``, then the events' own columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir

from pqlml.features.spec import Aggregate, Feature
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse.logic import holds

SEQUENCES: frozenset[Aggregate] = frozenset(
    {"newest", "largest", "current_streak", "week_streak", "regularity", "early", "top_share"}
)
_EXACT = "decimal(28, 6)"
_EPOCH = ibis.timestamp("1970-01-01T00:00:00")

Columns = dict[str, ir.Value]


def sequence_query(visible: ir.Table, pairs: ir.Table, features: Sequence[Feature]) -> ir.Table | None:
    """Return the columns of the features of this file by ``row_id``; null if there are none.

    Parameters
    ----------
    pairs
        One row per ``row_id``, with ``signup_at``.
    """
    features = [feature for feature in features if feature.aggregate in SEQUENCES]
    if not features:
        return None
    keys = pairs.select("row_id", "signup_at")
    joined = reduce(
        lambda left, right: left.left_join(right, "row_id").drop("row_id_right"), _parts(visible, features), keys
    )
    return joined.select("row_id", **{feature.name: _finished(joined, feature) for feature in features})


def _parts(visible: ir.Table, features: list[Feature]) -> Iterator[ir.Table]:
    makers = {
        "newest": _newest,
        "largest": _largest,
        "current_streak": _current_streaks,
        "week_streak": _week_streaks,
        "regularity": _regularity,
        "early": _early,
        "top_share": _top_shares,
    }
    for aggregate, make in makers.items():
        mine = [feature for feature in features if feature.aggregate == aggregate]
        if mine:
            yield make(visible, mine)


def _finished(joined: ir.Table, feature: Feature) -> ir.Value:
    column = joined[feature.name]
    match feature.aggregate:
        case "current_streak" | "week_streak":
            return column.fill_null(0.0)
        case "early":
            return joined.signup_at.notnull().ifelse(column.fill_null(0.0), ibis.null("float64"))
        case _:
            return column


def _largest(visible: ir.Table, features: list[Feature]) -> ir.Table:
    wide = {
        feature.name: _amount(visible, feature).max(where=_counts(visible, feature)).cast("float64")
        for feature in features
    }
    return visible.group_by("row_id").agg(**wide)


def _newest(visible: ir.Table, features: list[Feature]) -> ir.Table:
    """Find the newest time with a value, then the largest value at that time."""
    whole = ibis.window(group_by=visible.row_id)
    newest: Columns = {
        f"newest_{number}": (_counts(visible, feature) & _amount(visible, feature).notnull())
        .ifelse(visible.ts, None)
        .max()
        .over(whole)
        for number, feature in enumerate(features)
    }
    timed = visible.mutate(**newest)
    wide = {
        feature.name: _amount(timed, feature)
        .max(where=holds(_counts(timed, feature) & (timed.ts == timed[f"newest_{number}"])))
        .cast("float64")
        for number, feature in enumerate(features)
    }
    return timed.group_by("row_id").agg(**wide)


def _early(visible: ir.Table, features: list[Feature]) -> ir.Table:
    wide: Columns = {}
    for feature in features:
        end = visible.signup_at + ibis.interval(days=feature.window_days or 0)
        early = holds((visible.ts >= visible.signup_at) & (visible.ts < end))
        wide[feature.name] = _number(_is_one_of(visible, feature) & early)
    return visible.group_by("row_id").agg(**wide)


def _top_shares(visible: ir.Table, features: list[Feature]) -> ir.Table:
    named = visible.filter(visible.user_id.notnull())
    by_user = named.group_by("row_id", "user_id").agg(
        **{f"n_{number}": _number(_counts(named, feature)) for number, feature in enumerate(features)}
    )
    wide = {
        feature.name: by_user[f"n_{number}"].max() / by_user[f"n_{number}"].sum().nullif(0.0)
        for number, feature in enumerate(features)
    }
    return by_user.group_by("row_id").agg(**wide)


def _week_streaks(visible: ir.Table, features: list[Feature]) -> ir.Table:
    """Count the blocks whose number is that of the newer ones that have an event."""
    # One microsecond less: an event that is exactly a week old belongs to the first block.
    age = visible.cutoff.delta(visible.ts, unit="microsecond") - 1
    blocks = _flagged(visible, features, {"block": age // (7 * DAY_MICROSECONDS)})
    newer = {
        f"newer_{number}": _running(blocks, f"has_{number}", blocks.block) - 1 for number, _ in enumerate(features)
    }
    blocks = blocks.mutate(**newer)
    wide = {
        feature.name: _number((blocks[f"has_{number}"] == 1) & (blocks.block == blocks[f"newer_{number}"]))
        for number, feature in enumerate(features)
    }
    return blocks.group_by("row_id").agg(**wide)


def _current_streaks(visible: ir.Table, features: list[Feature]) -> ir.Table:
    """Count the days that lie as far from the newest as there are days between, if the newest is new enough."""
    days = _flagged(visible, features, {"day": _day(visible.ts), "today": _day(visible.cutoff)})
    marks: Columns = {}
    for number, _ in enumerate(features):
        marks[f"newer_{number}"] = _running(days, f"has_{number}", days.day.desc()) - 1
        newest = (days[f"has_{number}"] == 1).ifelse(days.day, None).max()
        marks[f"newest_{number}"] = newest.over(ibis.window(group_by=days.row_id))
    days = days.mutate(**marks)
    wide = {}
    for number, feature in enumerate(features):
        newest = days[f"newest_{number}"]
        run = (days.day + days[f"newer_{number}"] == newest) & (newest >= days.today - 1)
        wide[feature.name] = _number(holds((days[f"has_{number}"] == 1) & run))
    return days.group_by("row_id").agg(**wide)


def _regularity(visible: ir.Table, features: list[Feature]) -> ir.Table:
    days = _flagged(visible, features, {"day": _day(visible.ts)})
    before = ibis.window(group_by=days.row_id, order_by=days.day, preceding=(None, 1))
    gaps: Columns = {}
    for number, _ in enumerate(features):
        mine = (days[f"has_{number}"] == 1).ifelse(days.day, None)
        gaps[f"gap_{number}"] = mine - mine.max().over(before)
    days = days.mutate(**gaps)
    sums: Columns = {}
    for number, _ in enumerate(features):
        gap = days[f"gap_{number}"]
        sums |= {f"n_{number}": gap.count(), f"s_{number}": gap.sum(), f"q_{number}": (gap * gap).sum()}
    totals = days.group_by("row_id").agg(**sums)
    wide = {}
    for number, feature in enumerate(features):
        gaps_found, total = totals[f"n_{number}"], totals[f"s_{number}"]
        # In whole numbers up to the root, so that every engine finds the same double.
        whole = (gaps_found * totals[f"q_{number}"] - total * total).cast("float64")
        spread = whole.sqrt() / gaps_found.nullif(0).cast("float64")
        wide[feature.name] = (gaps_found > 1).ifelse(spread, None)
    return totals.select("row_id", **wide)


def _flagged(visible: ir.Table, features: list[Feature], keys: Columns) -> ir.Table:
    """Aggregate to (pair, key), with 1 or 0 for each feature: whether an event of the key counts for it."""
    flags = {f"has_{number}": _counts(visible, feature).cast("int64").max() for number, feature in enumerate(features)}
    return visible.group_by("row_id", **keys).agg(**flags)


def _running(table: ir.Table, column: str, order: ir.Value) -> ir.IntegerValue:
    return table[column].sum().over(ibis.window(group_by=table.row_id, order_by=order, preceding=None, following=0))


def _number(condition: ir.BooleanValue) -> ir.NumericValue:
    return condition.cast("int64").sum().cast("float64")


def _amount(visible: ir.Table, feature: Feature) -> ir.NumericValue:
    return visible[f"p_{feature.source}"].try_cast(_EXACT)


def _counts(visible: ir.Table, feature: Feature) -> ir.BooleanValue:
    """Tell whether an event is one of the feature's and lies in its window."""
    chosen = _is_one_of(visible, feature)
    if feature.window_days is None:
        return chosen
    return chosen & (visible.ts >= visible.cutoff - ibis.interval(days=feature.window_days))


def _is_one_of(visible: ir.Table, feature: Feature) -> ir.BooleanValue:
    # An event always has a time: true for each of them, and a column, which can be aggregated.
    return visible.ts.notnull() if feature.events is None else visible.event.isin(feature.events)


def _day(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Return the number of days since 1970."""
    return instant.truncate("D").delta(_EPOCH, unit="day")
