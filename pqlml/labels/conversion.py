"""Labels with conservation: every pair gets a label or a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.events.tables import Tables
from pqlml.events.versions import attributes_as_of
from pqlml.labels.free_mail import FREE, free_mail_domains
from pqlml.labels.snapshots import after_signup, entities
from pqlml.schema import DropReason
from pqlml.times import iso
from pqlml.warehouse.logic import ALWAYS, NEVER, among, holds

DROP_REASONS: tuple[str, ...] = get_args(DropReason)


@dataclass(frozen=True)
class Labels:
    """Labelled pairs and the account of the dropped ones.

    Attributes
    ----------
    pairs
        One row per labelled pair: ``row_id`` (0, 1, ... by entity and cutoff), ``entity_id``, ``cutoff``,
        ``signup_at``, ``label`` (0 or 1; null when scoring).
    total
        Number of pairs before anyone was dropped: labelled + dropped.
    """

    pairs: ir.Table
    total: int
    labelled: int
    dropped: Mapping[str, int]


def label_pairs(definition: Definition, tables: Tables, spine: ir.Table, *, name: str = "pairs") -> Labels:
    """Give each pair of the spine a label, or a reason why it has none.

    The label is 1 if the first conversion lies in ``[cutoff + gap, cutoff + gap + horizon)``; with ``repeatable``,
    if any does. A pair whose window is not over at ``observed_until`` is dropped as ``immature``.

    Raises
    ------
    NotEnoughDataError
        If no pair is left.
    """
    ends = spine.cutoff + _interval(definition.conversion.gap_days + definition.conversion.horizon_days)
    immature = ends > ibis.literal(tables.observed_until, "timestamp(6)")
    labels = _sorted_out(definition, tables, spine.mutate(immature=immature, seen_at=spine.cutoff), name, labelled=True)
    if labels.labelled == 0:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in labels.dropped.items())
        msg = (
            f"none of the {labels.total} (entity, cutoff) pairs has a label ({reasons}). "
            f"Data end at {tables.observed_until} (observed_until); the window needs "
            f"{definition.conversion.gap_days + definition.conversion.horizon_days:g} days after each cutoff."
        )
        raise NotEnoughDataError(msg)
    return labels


def candidates(definition: Definition, tables: Tables, as_of: dt.datetime) -> Labels:
    """Keep who is a candidate as of an instant, without asking what came after: the rows to score.

    On a calendar (or a table of your own) everybody is looked at as of that instant. With ``after_signup_days`` an
    entity is scored as of its own newest snapshot, as in training, for as long as the window after it is open.

    Raises
    ------
    NotEnoughDataError
        If nobody is left.
    """
    seen_at = ibis.literal(as_of, "timestamp(6)")
    if definition.snapshots is not None and definition.snapshots.after_signup_days:
        spine = _open_snapshots(definition, tables, seen_at)
    else:
        spine = entities(tables).mutate(cutoff=seen_at, known=ALWAYS)
    labels = _sorted_out(
        definition, tables, spine.mutate(immature=NEVER, seen_at=seen_at), "candidates", labelled=False
    )
    if labels.labelled == 0:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in labels.dropped.items()) or "no open snapshot"
        msg = f"nobody is a candidate as of {iso(as_of)} ({reasons}); check --as-of and 'population'."
        raise NotEnoughDataError(msg)
    return labels


def _open_snapshots(definition: Definition, tables: Tables, seen_at: ir.TimestampScalar) -> ir.Table:
    plan = definition.snapshots
    every = after_signup(entities(tables), plan.after_signup_days if plan is not None else ())
    window = _interval(definition.conversion.gap_days + definition.conversion.horizon_days)
    opened = every.filter((every.cutoff <= seen_at) & (every.cutoff + window > seen_at))
    newest = opened.group_by("entity_id", "signup_at").agg(cutoff=opened.cutoff.max())
    return newest.mutate(known=ALWAYS)


def conversions(definition: Definition, tables: Tables) -> ir.Table:
    """Return every conversion: ``entity_id``, ``ts``, ``known_at``."""
    conversion = definition.conversion
    if conversion.event is not None and tables.events is not None:
        return tables.events.filter(tables.events.event == conversion.event).select("entity_id", "ts", "known_at")
    if tables.outcomes is None:
        msg = f"the conversion stage {conversion.stage!r} needs the outcomes table, which was not loaded."
        raise DataError(msg)
    return tables.outcomes.filter(tables.outcomes.stage == conversion.stage).select("entity_id", "ts", "known_at")


def _sorted_out(definition: Definition, tables: Tables, spine: ir.Table, name: str, *, labelled: bool) -> Labels:
    warehouse, population = tables.warehouse, definition.population
    spine = spine.mutate(row_id=ibis.row_number().over(ibis.window(order_by=[spine.entity_id, spine.cutoff])))
    spine = warehouse.save(f"{name}_spine", spine)
    judged = _with_conversion(definition, tables, spine)
    left = _first_departure(definition, tables)
    judged = judged.left_join(left, "entity_id").drop("entity_id_right")
    judged = judged.left_join(_excluded(definition, tables, spine), "row_id").drop("row_id_right")
    dated = definition.sources.entities is None or definition.sources.entities.signup_at is not None
    young = judged.signup_at + _interval(population.min_age_days) > judged.cutoff
    unborn = judged.signup_at.isnull() | (judged.signup_at >= judged.cutoff)
    old = NEVER
    if population.max_age_days is not None:
        old = judged.signup_at + _interval(population.max_age_days) < judged.cutoff
    judged = judged.mutate(
        reason=ibis.cases(
            (~judged.known, "not_in_entities"),
            (holds(judged.excluded), "excluded"),
            (unborn if dated else NEVER, "not_signed_up"),
            (holds(young), "too_young"),
            (holds(old), "too_old"),
            (judged.converted_before, "already_converted"),
            (holds(judged.left_at < judged.seen_at), "left"),
            (judged.immature, "immature"),
            else_=ibis.null("string"),
        )
    )
    judged = warehouse.save(f"{name}_judged", judged)
    counts = warehouse.fetch(judged.group_by("reason").agg(rows=judged.count())).to_pydict()
    by_reason = dict(zip(counts["reason"], counts["rows"], strict=True))
    kept = by_reason.pop(None, 0)
    pairs = judged.filter(judged.reason.isnull())
    label = pairs.converts.cast("int8") if labelled else ibis.null("int8")
    position = ibis.row_number().over(ibis.window(order_by=pairs.row_id))
    pairs = pairs.select("entity_id", "cutoff", "signup_at", label=label, row_id=position)
    dropped = {reason: by_reason[reason] for reason in DROP_REASONS if reason in by_reason}
    return Labels(warehouse.save(name, pairs), kept + sum(dropped.values()), kept, dropped)


def _with_conversion(definition: Definition, tables: Tables, spine: ir.Table) -> ir.Table:
    """Add ``converted_before`` and ``converts`` to each pair."""
    conversion, found = definition.conversion, conversions(definition, tables)
    opens = _interval(conversion.gap_days)
    closes = _interval(conversion.gap_days + conversion.horizon_days)
    if not conversion.repeatable:
        first = found.group_by("entity_id").agg(first=found.ts.min())
        joined = spine.left_join(first, "entity_id").drop("entity_id_right")
        return joined.mutate(
            converted_before=holds(joined["first"] < joined.seen_at),
            converts=holds((joined["first"] >= joined.cutoff + opens) & (joined["first"] < joined.cutoff + closes)),
        ).drop("first")
    inside = spine.join(
        found,
        [spine.entity_id == found.entity_id, found.ts >= spine.cutoff + opens, found.ts < spine.cutoff + closes],
    ).select(spine.row_id)
    hits = inside.distinct().mutate(converts=ALWAYS)
    joined = spine.left_join(hits, "row_id").drop("row_id_right")
    return joined.mutate(converts=holds(joined.converts), converted_before=NEVER)


def _first_departure(definition: Definition, tables: Tables) -> ir.Table:
    names = list(definition.population.leaves_on)
    leaving = []
    if tables.events is not None:
        leaving.append(tables.events.filter(tables.events.event.isin(names)).select("entity_id", "ts"))
    if tables.outcomes is not None:
        leaving.append(tables.outcomes.filter(tables.outcomes.stage.isin(names)).select("entity_id", "ts"))
    everything = ibis.union(*leaving) if len(leaving) > 1 else leaving[0]
    return everything.group_by("entity_id").agg(left_at=everything.ts.min())


def _excluded(definition: Definition, tables: Tables, spine: ir.Table) -> ir.Table:
    rules = definition.population.exclude
    if not rules:
        return spine.select("row_id", excluded=NEVER)
    attributes = attributes_as_of(tables, spine, rules)
    conditions = [holds(among(attributes[name], _excluded_values(name, values))) for name, values in rules.items()]
    return attributes.select("row_id", excluded=ibis.or_(*conditions))


def _excluded_values(name: str, values: tuple[str, ...]) -> list[str]:
    plain = [value.lower() for value in values if not (name == "email_domain" and value == FREE)]
    return plain + (sorted(free_mail_domains()) if name == "email_domain" and FREE in values else [])


def _interval(days: float) -> ir.IntervalScalar:
    return ibis.interval(seconds=round(days * 86_400))
