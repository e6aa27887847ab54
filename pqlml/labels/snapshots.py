"""Cutoffs: at which instants each entity is looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.definition.model import Definition
from pqlml.definition.parts import Snapshots, Source
from pqlml.errors import DataError
from pqlml.events.columns import require_columns, text
from pqlml.events.instants import EARLIEST, instant, require_instant_type
from pqlml.events.tables import Tables
from pqlml.events.versions import in_period, signup_periods
from pqlml.times import DAY_SECONDS, days
from pqlml.warehouse import read_source
from pqlml.warehouse.logic import ALWAYS, NEVER


def cutoffs(definition: Definition, tables: Tables, data: Path) -> ir.Table:
    """Return every (entity, cutoff) that the definition asks for, before anyone is dropped.

    Returns
    -------
    One row per pair: ``entity_id``, ``cutoff``, ``signup_at`` (as known at the cutoff; null = unknown then), ``known``
    (false where a table of your own names an entity that the entity table lacks), ``repeated`` (true where that table
    names a pair once more).
    """
    plan = definition.snapshots
    if plan is None:
        msg = f"the definition {definition.name!r} has no snapshots, so nothing can be looked at in time."
        raise DataError(msg)
    periods = signups(definition, tables)
    if plan.table is not None:
        spine = _own_spine(tables, plan.table, data)
        conditions = [spine.entity_id == periods.entity_id, in_period(periods, spine.cutoff)]
        joined = spine.left_join(periods, conditions)
        return joined.select(
            spine.entity_id, spine.cutoff, periods.signup_at, spine.repeated, known=periods.entity_id.notnull()
        )
    if plan.after_signup_days:
        pairs = _between(after_signup(periods, plan.after_signup_days), plan)
    else:
        instants = pa.table({"cutoff": pa.array(calendar(plan, tables), pa.timestamp("us"))})
        moments = tables.warehouse.save_arrow("calendar", instants)
        every = periods.cross_join(moments)
        pairs = every.filter(in_period(every, every.cutoff)).select("entity_id", "cutoff", "signup_at")
    return pairs.mutate(known=ALWAYS, repeated=NEVER)


def signups(definition: Definition, tables: Tables) -> ir.Table:
    """Return the sign-ups that entities were known to have; see :func:`pqlml.events.versions.signup_periods`."""
    periods = signup_periods(tables, recorded=definition.entity_source is not None)
    return tables.warehouse.save("signups", periods)


def after_signup(periods: ir.Table, days_after: Sequence[float]) -> ir.Table:
    """Return one row per entity and cutoff, so many days after a sign-up: ``entity_id``, ``cutoff``, ``signup_at``.

    Where a sign-up was not known at its cutoff (it was recorded later, or had been corrected before), ``signup_at`` is
    null: nobody could have looked at the entity then.
    """
    parts = [periods.mutate(cutoff=periods.signup_at + _interval(day)) for day in sorted(set(days_after))]
    pairs = ibis.union(*parts) if len(parts) > 1 else parts[0]
    known = in_period(pairs, pairs.cutoff)
    return pairs.group_by("entity_id", "cutoff").agg(signup_at=pairs.signup_at.max(where=known))


def calendar(plan: Snapshots, tables: Tables) -> list[dt.datetime]:
    """Return the shared cutoffs of a calendar plan, ascending.

    Raises
    ------
    DataError
        If no cutoff lies in the data.
    """
    if plan.at:
        return sorted(set(plan.at))
    start = plan.start if plan.start is not None else _first_instant(tables)
    end = plan.end if plan.end is not None else tables.observed_until
    if plan.monthly:
        instants = _months(start, end)
    else:
        step = days(float(plan.every_days or 0))
        last = plan.end if plan.end is not None else _midnight(end)
        instants = _every(start, end, step) if plan.start is not None else _every_back(start, last, step)
    if not instants:
        msg = f"no cutoff lies between {start} and {end}: check 'snapshots' and 'observed_until' in the definition."
        raise DataError(msg)
    return instants


def _own_spine(tables: Tables, path: str, data: Path) -> ir.Table:
    source = Source(path=path)
    raw = read_source(tables.warehouse, source, data, "snapshots.table")
    require_columns(raw, {"entity_id": "entity_id", "cutoff": "cutoff"}, "snapshots.table")
    require_instant_type(raw.cutoff, "cutoff", "snapshots.table", source)
    rows = raw.select(entity_id=text(raw.entity_id), cutoff=instant(raw.cutoff, source))
    copy = ibis.row_number().over(ibis.window(group_by=[rows.entity_id, rows.cutoff], order_by=rows.cutoff))
    spine = tables.warehouse.save("spine", rows.mutate(repeated=copy > 0))
    broken = spine.filter(spine.entity_id.isnull() | spine.cutoff.isnull())
    count = tables.warehouse.fetch(broken.agg(n=broken.count())).to_pylist()[0]["n"]
    if count:
        msg = (
            f"snapshots.table: {count} rows of {path} lack an entity_id or a cutoff in ISO 8601 "
            f"(2026-03-01T12:00:00Z); mend or remove them."
        )
        raise DataError(msg)
    return spine


def _between(pairs: ir.Table, plan: Snapshots) -> ir.Table:
    if plan.start is not None:
        pairs = pairs.filter(pairs.cutoff >= ibis.literal(plan.start, "timestamp(6)"))
    if plan.end is not None:
        pairs = pairs.filter(pairs.cutoff <= ibis.literal(plan.end, "timestamp(6)"))
    return pairs


def _first_instant(tables: Tables) -> dt.datetime:
    """Return the first event or sign-up. Where events are of our time, a sign-up before 1990 is some system's default.

    Raises
    ------
    DataError
        If the data has neither.
    """
    signups = tables.entities.select(at=tables.entities.signup_at)
    found: list[dt.datetime | None] = []
    if tables.events is not None:
        found.append(_first(tables, tables.events.select(at=tables.events.ts)))
    if all(first is None or first >= EARLIEST for first in found):
        signups = signups.filter(signups["at"] >= ibis.literal(EARLIEST, "timestamp(6)"))
    found.append(_first(tables, signups))
    known = [first for first in found if first is not None]
    if not known:
        msg = "no sign-up and no event tells when the calendar begins; state 'snapshots.start' in the definition."
        raise DataError(msg)
    return min(known)


def _first(tables: Tables, instants: ir.Table) -> dt.datetime | None:
    first: dt.datetime | None = tables.warehouse.fetch(instants.agg(first=instants["at"].min())).to_pylist()[0]["first"]
    return first


def _every(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    return [start + step * number for number in range((end - start) // step + 1)]


def _every_back(start: dt.datetime, last: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    return [last - step * number for number in range((last - start) // step, -1, -1)]


def _midnight(instant: dt.datetime) -> dt.datetime:
    """Return the midnight before: without an end of your own, the newest cutoff uses the newest whole day."""
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


def _months(start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    months = (dt.datetime(year, month, 1) for year in range(start.year, end.year + 1) for month in range(1, 13))
    return [month for month in months if start <= month <= end]


def _interval(number: float) -> ir.IntervalScalar:
    return ibis.interval(seconds=round(number * DAY_SECONDS))
