"""How long sessions last: those that lie in one cell are added up there, the few others are followed one by one."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from pqlml.features.ibis.demand import mask_of
from pqlml.features.ibis.distinct import bit_or
from pqlml.features.ibis.parts import Columns, Formula, Given, Named, Part, chosen, in_window, one_of

_MINUTE = 60 * 1_000_000


def session_parts(given: Given, named: Named) -> Iterator[Part]:
    """Yield a part per set of events."""
    mine = chosen(named, "session_minutes")
    for events in dict.fromkeys(feature.events for feature in mine.values()):
        yield _minutes(given, {name: feature for name, feature in mine.items() if feature.events == events})


def _minutes(given: Given, named: Named) -> Part:
    events = next(iter(named.values())).events
    inside = one_of(given.records.event, events)
    known = given.records.session_id.notnull()
    records = given.records.filter(known if inside is None else known & inside)
    sessions = records.group_by("line", "session_id").agg(
        bits=bit_or(records.bit), begin=records.ts.min(), end=records.ts.max()
    )
    alone = (sessions.bits & (sessions.bits - 1)) == 0
    single = sessions.filter(alone).mutate(length=_apart(sessions.end, sessions.begin))
    added = single.group_by("line", "bits").agg(
        sessions=single.count().cast("int64"), length=single.length.sum().cast("int64")
    )
    whole = added.join(given.asked, "line")
    spread = _spread(given, records, sessions.filter(~alone))
    columns: Columns = {}
    more: Columns = {}
    for window in dict.fromkeys(feature.window_days for feature in named.values()):
        mask = mask_of(window)
        columns[f"n_{mask}"] = in_window(whole.bits, whole[mask]).ifelse(whole.sessions, 0)
        columns[f"l_{mask}"] = in_window(whole.bits, whole[mask]).ifelse(whole.length, 0)
        more[f"n_{mask}"] = in_window(spread.bits, spread[mask]).ifelse(ibis.literal(1, "int64"), 0)
        more[f"l_{mask}"] = in_window(spread.bits, spread[mask]).ifelse(spread.length, 0)
    together = ibis.union(whole.select("row_id", **columns), spread.select("row_id", **more))
    table = together.group_by("row_id").agg(**{column: together[column].sum() for column in columns})
    return Part(table, {name: _mean(mask_of(feature.window_days)) for name, feature in named.items()})


def _spread(given: Given, records: ir.Table, sessions: ir.Table) -> ir.Table:
    """Return one row per pair and session of several cells, as far as the pair sees it."""
    spans = records.semi_join(sessions, ["line", "session_id"])
    spans = spans.group_by("line", "session_id", "bit").agg(begin=spans.ts.min(), end=spans.ts.max())
    joined = spans.join(given.asked, "line")
    seen = joined.filter(in_window(joined.bit, joined[mask_of(None)]))
    found = seen.group_by("row_id", "session_id").agg(bits=bit_or(seen.bit), begin=seen.begin.min(), end=seen.end.max())
    masks = given.asked.select("row_id", *[name for name in given.asked.columns if name.startswith("m_")])
    found = found.join(masks, "row_id")
    return found.mutate(length=_apart(found.end, found.begin))


def _mean(mask: str) -> Formula:
    return lambda joined: (
        joined[f"l_{mask}"].cast("float64") / _MINUTE / joined[f"n_{mask}"].cast("float64").nullif(0.0)
    )


def _apart(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.IntegerValue:
    return later.delta(earlier, unit="microsecond")
