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
from pqlml.events.columns import instant, require_columns, require_instant_type, text
from pqlml.events.tables import Tables
from pqlml.times import days
from pqlml.warehouse import read_source
from pqlml.warehouse.logic import ALWAYS


def cutoffs(definition: Definition, tables: Tables, data: Path) -> ir.Table:
    """Return every (entity, cutoff) that the definition asks for, before anyone is dropped.

    Returns
    -------
    One row per pair: ``entity_id``, ``cutoff``, ``signup_at`` (null = unknown), ``known`` (false where a table of
    your own names an entity that the entity table lacks).
    """
    plan = definition.snapshots
    if plan is None:
        msg = f"the definition {definition.name!r} has no snapshots, so nothing can be looked at in time."
        raise DataError(msg)
    people = entities(tables)
    if plan.table is not None:
        spine = _own_spine(tables, plan.table, data)
        joined = spine.left_join(people, "entity_id")
        return joined.select(spine.entity_id, spine.cutoff, people.signup_at, known=people.entity_id.notnull())
    if plan.after_signup_days:
        return _between(after_signup(people, plan.after_signup_days), plan).mutate(known=ALWAYS)
    instants = calendar(plan, tables)
    moments = tables.warehouse.save_arrow("calendar", pa.table({"cutoff": pa.array(instants, pa.timestamp("us"))}))
    return people.cross_join(moments).select("entity_id", "cutoff", "signup_at", known=ALWAYS)


def after_signup(people: ir.Table, days_after: Sequence[float]) -> ir.Table:
    """Return one row per entity and day: ``entity_id``, ``cutoff``, ``signup_at``."""
    parts = [people.mutate(cutoff=people.signup_at + ibis.interval(seconds=round(day * 86_400))) for day in days_after]
    pairs = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return pairs.select("entity_id", "cutoff", "signup_at")


def entities(tables: Tables) -> ir.Table:
    """Return one row per entity: ``entity_id``, ``signup_at``."""
    return tables.entities.group_by("entity_id").agg(signup_at=tables.entities.signup_at.min())


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
        instants = _every(start, end, step) if plan.start is not None else _every_back(start, end, step)
    if not instants:
        msg = f"no cutoff lies between {start} and {end}: check 'snapshots' and 'observed_until' in the definition."
        raise DataError(msg)
    return instants


def _own_spine(tables: Tables, path: str, data: Path) -> ir.Table:
    raw = read_source(tables.warehouse, Source(path=path), data, "snapshots.table")
    require_columns(raw, {"entity_id": "entity_id", "cutoff": "cutoff"}, "snapshots.table")
    require_instant_type(raw.cutoff, "cutoff", "snapshots.table")
    spine = tables.warehouse.save(
        "spine", raw.select(entity_id=text(raw.entity_id), cutoff=instant(raw.cutoff)).distinct()
    )
    broken = spine.filter(spine.entity_id.isnull() | spine.cutoff.isnull())
    count = tables.warehouse.fetch(broken.agg(n=broken.count())).to_pylist()[0]["n"]
    if count:
        msg = f"snapshots.table: {count} rows of {path} lack an entity_id or a readable cutoff; mend or remove them."
        raise DataError(msg)
    return spine


def _between(pairs: ir.Table, plan: Snapshots) -> ir.Table:
    if plan.start is not None:
        pairs = pairs.filter(pairs.cutoff >= ibis.literal(plan.start, "timestamp(6)"))
    if plan.end is not None:
        pairs = pairs.filter(pairs.cutoff <= ibis.literal(plan.end, "timestamp(6)"))
    return pairs


def _first_instant(tables: Tables) -> dt.datetime:
    firsts = [tables.entities.agg(first=tables.entities.signup_at.min())]
    if tables.events is not None:
        firsts.append(tables.events.agg(first=tables.events.ts.min()))
    found: list[dt.datetime | None] = [tables.warehouse.fetch(first).to_pylist()[0]["first"] for first in firsts]
    return min(first for first in found if first is not None)


def _every(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    count = int((end - start) / step) if end >= start else -1
    return [start + step * i for i in range(count + 1)]


def _every_back(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    """Count back from the last midnight, so that the newest cutoff uses the newest data."""
    last = end.replace(hour=0, minute=0, second=0, microsecond=0)
    count = int((last - start) / step) if last >= start else -1
    return [last - step * i for i in range(count, -1, -1)]


def _months(start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    months = (dt.datetime(year, month, 1) for year in range(start.year, end.year + 1) for month in range(1, 13))
    return [month for month in months if start <= month <= end]
