"""From specs to columns with Ibis: one narrow aggregation per kind of key, then sums over it.

Every aggregation starts from the events that were visible: before the cutoff and known by it. No other query reads
events, so no feature can see more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

import ibis
import ibis.expr.types as ir

from pqlml.events.lists import lists_one_of
from pqlml.events.tables import Tables
from pqlml.events.versions import attributes_as_of
from pqlml.features.ibis_sequences import sequence_query
from pqlml.features.spec import PROFILE, TREND_LONG_DAYS, TREND_SHORT_DAYS, Feature
from pqlml.schema import KEYS
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse.logic import ALWAYS, among, holds

_COUNTED = {"count", "events", "sum", "mean", "recency", "first", "trend"}
_EXACT = "decimal(28, 6)"
"""Properties are added up as decimals with six places: the sum depends neither on order nor on threads."""

Columns = dict[str, ir.Value]


def feature_query(tables: Tables, pairs: ir.Table, features: Iterable[Feature]) -> ir.Table:
    """Return the query that computes the features.

    Parameters
    ----------
    pairs
        One row per ``row_id``: ``entity_id``, ``cutoff`` and ``signup_at`` (null = unknown).

    Returns
    -------
    One row per ``row_id``, with one column per feature (double; text for categories).
    """
    features = list(features)
    parts = [profile_query(tables, pairs, features)]
    if tables.events is not None:
        visible = _visible(tables.events, pairs)
        makers = (_counts, _days, _weeks, _streaks, _users, _distinct, _sessions)
        parts += [part for maker in makers for part in maker(visible, features)]
        sequences = sequence_query(visible, pairs, features)
        parts += [sequences] if sequences is not None else []
    joined = reduce(lambda left, right: left.left_join(right, "row_id").drop("row_id_right"), parts)
    return joined.select("row_id", **{feature.name: _finished(joined, feature) for feature in features})


def _visible(events: ir.Table, pairs: ir.Table) -> ir.Table:
    """Join each pair with the events that happened before its cutoff and were known by then."""
    keys = pairs.select("row_id", "entity_id", "cutoff", "signup_at")
    joined = keys.join(
        events,
        [keys.entity_id == events.entity_id, events.ts < keys.cutoff, events.known_at <= keys.cutoff],
    )
    carried = [name for name in events.columns if name not in ("entity_id", "known_at", "event_id")]
    return joined.select("row_id", "cutoff", "signup_at", *carried)


def _within(instant: ir.TimestampValue, cutoff: ir.TimestampValue, window_days: int | None) -> ir.BooleanValue:
    if window_days is None:
        return instant.notnull()
    return holds(instant >= cutoff - ibis.interval(days=window_days))


def _is_one_of(event: ir.StringValue, names: tuple[str, ...] | None) -> ir.BooleanValue:
    return ALWAYS if names is None else event.isin(names)


def _suffix(window_days: int | None) -> str:
    return "all" if window_days is None else str(window_days)


def _counts(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    """Aggregate once to (pair, event), then add the events of each signal up."""
    mine = [feature for feature in features if feature.aggregate in _COUNTED]
    if not mine:
        return
    windows = {feature.window_days for feature in mine} | {TREND_SHORT_DAYS, TREND_LONG_DAYS, None}
    properties = {feature.source for feature in mine if feature.aggregate in ("sum", "mean")}
    narrow: Columns = {"last": visible.ts.max(), "first": visible.ts.min()}
    for window in windows:
        inside = _within(visible.ts, visible.cutoff, window)
        narrow[f"n_{_suffix(window)}"] = inside.cast("int64").sum()
        for name in properties:
            value = visible[f"p_{name}"].try_cast(_EXACT)
            narrow[f"s_{name}_{_suffix(window)}"] = inside.ifelse(value, ibis.null(_EXACT)).sum()
            narrow[f"c_{name}_{_suffix(window)}"] = (inside & value.notnull()).cast("int64").sum()
    by_event = visible.group_by("row_id", "cutoff", "signup_at", "event").agg(**narrow)
    wide = {feature.name: _counted(by_event, feature) for feature in mine}
    yield by_event.group_by("row_id", "cutoff", "signup_at").agg(**wide).drop("cutoff", "signup_at")


def _counted(by_event: ir.Table, feature: Feature) -> ir.Value:  # noqa: PLR0911 - one return per aggregate
    chosen = _is_one_of(by_event.event, feature.events)
    suffix = _suffix(feature.window_days)

    def total(column: str) -> ir.NumericValue:
        return chosen.ifelse(by_event[column], None).sum().cast("float64")

    match feature.aggregate:
        case "count":
            return total(f"n_{suffix}")
        case "events":
            return (chosen & (by_event[f"n_{suffix}"] > 0)).cast("int64").sum().cast("float64")
        case "sum":
            return total(f"s_{feature.source}_{suffix}")
        case "mean":
            return total(f"s_{feature.source}_{suffix}") / total(f"c_{feature.source}_{suffix}").nullif(0)
        case "recency":
            last = chosen.ifelse(by_event["last"], None).max()
            return _days_between(by_event.cutoff.max(), last)
        case "first":
            first = chosen.ifelse(by_event["first"], None).min()
            return _days_between(first, by_event.signup_at.max())
        case _:
            recent, month = total(f"n_{TREND_SHORT_DAYS}"), total(f"n_{TREND_LONG_DAYS}")
            earlier_rate = (month - recent + 1) / (TREND_LONG_DAYS - TREND_SHORT_DAYS)
            return (month > 0).ifelse(recent / TREND_SHORT_DAYS / earlier_rate, None)


def _days_between(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.NumericValue:
    return later.delta(earlier, unit="microsecond").cast("float64") / DAY_MICROSECONDS


def _last_by_key(
    visible: ir.Table, features: list[Feature], aggregate: str, keys: Columns
) -> tuple[ir.Table, Callable[[Feature], ir.Value]] | None:
    """Aggregate to (pair, key) with the last time per event set; the key counts in a window if that time lies in it."""
    mine = [feature for feature in features if feature.aggregate == aggregate]
    if not mine:
        return None
    sets = list(dict.fromkeys(feature.events for feature in mine))
    last: Columns = {
        f"last_{position}": _is_one_of(visible.event, names).ifelse(visible.ts, None).max()
        for position, names in enumerate(sets)
    }
    by_key = visible.group_by("row_id", "cutoff", **keys).agg(**last)

    def count(feature: Feature) -> ir.Value:
        instant = by_key[f"last_{sets.index(feature.events)}"]
        return _within(instant, by_key.cutoff, feature.window_days).cast("int64").sum().cast("float64")

    return by_key, count


def _days(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    return _distinct_keys(visible, features, "days", {"key": visible.ts.truncate("D")})


def _weeks(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    # One microsecond less: an event that is exactly a week old belongs to the first block.
    age = visible.cutoff.delta(visible.ts, unit="microsecond") - 1
    return _distinct_keys(visible, features, "weeks", {"key": age // (7 * DAY_MICROSECONDS)})


def _users(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    named = visible.filter(visible.user_id.notnull())
    return _distinct_keys(named, features, "users", {"key": named.user_id})


def _distinct(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    for source in sorted({str(feature.source) for feature in features if feature.aggregate == "distinct"}):
        named = visible.filter(visible[f"d_{source}"].notnull())
        mine = [feature for feature in features if feature.source == source]
        yield from _distinct_keys(named, mine, "distinct", {"key": named[f"d_{source}"]})


def _distinct_keys(visible: ir.Table, features: list[Feature], aggregate: str, keys: Columns) -> Iterable[ir.Table]:
    found = _last_by_key(visible, features, aggregate, keys)
    if found is None:
        return
    by_key, count = found
    wide = {feature.name: count(feature) for feature in features if feature.aggregate == aggregate}
    yield by_key.group_by("row_id").agg(**wide)


def _streaks(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    """Find the longest run of consecutive days: within a run, day minus rank is the same."""
    for feature in features:
        if feature.aggregate != "streak":
            continue
        chosen = visible.filter(_is_one_of(visible.event, feature.events))
        days = chosen.select("row_id", day=chosen.ts.truncate("D")).distinct()
        rank = ibis.row_number().over(ibis.window(group_by=days.row_id, order_by=days.day))
        number = days.day.delta(ibis.timestamp("1970-01-01T00:00:00"), unit="day")
        runs = days.mutate(run=number - rank).group_by("row_id", "run").agg(length=ibis._.count())
        yield runs.group_by("row_id").agg(**{feature.name: runs.length.max().cast("float64")})


def _sessions(visible: ir.Table, features: list[Feature]) -> Iterable[ir.Table]:
    mine = [feature for feature in features if feature.aggregate in ("sessions", "session_minutes")]
    if not mine:
        return
    named = visible.filter(visible.session_id.notnull())
    sessions = named.group_by("row_id", "cutoff", "session_id").agg(start=named.ts.min(), end=named.ts.max())
    length = sessions.end.delta(sessions.start, unit="microsecond")
    wide: Columns = {}
    for feature in mine:
        inside = _within(sessions.end, sessions.cutoff, feature.window_days)
        number = inside.cast("int64").sum().cast("float64")
        microseconds = inside.ifelse(length, 0).sum().cast("float64")
        minutes = microseconds / (60 * 1_000_000) / number.nullif(0)
        wide[feature.name] = number if feature.aggregate == "sessions" else minutes
    yield sessions.group_by("row_id").agg(**wide)


def profile_query(tables: Tables, pairs: ir.Table, features: Iterable[Feature]) -> ir.Table:
    """Return the query for attributes as of the cutoff, their place in the profile, and ages, by ``row_id`` and keys.

    Features that are made of events or of other features are left out.
    """
    features = list(features)
    sources = list(dict.fromkeys(str(f.source) for f in features if f.aggregate in PROFILE - {"age"}))
    table = pairs
    if sources:
        known = attributes_as_of(tables, pairs, sources)
        renamed = known.rename({f"a_{name}": name for name in sources})
        table = pairs.join(renamed, "row_id")
    columns: Columns = {}
    for feature in features:
        match feature.aggregate:
            case "attribute":
                columns[feature.name] = table[f"a_{feature.source}"]
            case "in_ideal" | "in_negative":
                columns[feature.name] = _in_profile(table[f"a_{feature.source}"], feature)
            case "age":
                columns[feature.name] = _days_between(table.cutoff, table.signup_at)
            case "since":
                columns[feature.name] = _days_between(table.cutoff, table[f"a_{feature.source}"])
            case _:
                pass
    return table.select("row_id", *KEYS, **columns)


def _in_profile(value: ir.Value, feature: Feature) -> ir.Value:
    if feature.bounds is None:
        matches = among if value.type().is_numeric() else lists_one_of
        return matches(value, feature.values or ()).cast("float64")
    low, high = feature.bounds
    number = value.try_cast("float64") if value.type().is_string() else value
    inside = [number >= low] if low is not None else []
    inside += [number <= high] if high is not None else []
    return reduce(lambda left, right: left & right, inside).cast("float64")


_ZERO_IF_NO_EVENT = {"count", "days", "weeks", "users", "events", "sum", "distinct", "sessions"}


def _finished(joined: ir.Table, feature: Feature) -> ir.Value:
    column = joined[feature.name]
    return column.fill_null(0.0) if feature.aggregate in _ZERO_IF_NO_EVENT else column
