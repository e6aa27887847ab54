"""Labels with conservation: every pair gets a label or a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.errors import DataError, NotEnoughDataError
from pqlml.events.identity.mail import free_mail_domains
from pqlml.events.tables import Tables
from pqlml.events.values import FREE
from pqlml.events.versions import attributes_as_of, in_period
from pqlml.labels.account import PairAccount, pair_account
from pqlml.labels.snapshots import after_signup, signups
from pqlml.times import iso
from pqlml.warehouse.logic import ALWAYS, NEVER, among, holds

_LISTED_CUTOFFS = 400
"""With more different cutoffs than that, pairs are counted by month."""


@dataclass(frozen=True)
class Labels:
    """Labelled pairs, the dropped ones with their reason, and the account of both.

    Attributes
    ----------
    pairs
        One row per labelled pair: ``row_id`` (0, 1, ... by entity and cutoff), ``entity_id``, ``cutoff``,
        ``signup_at`` (as known at the cutoff), ``label`` (0 or 1; null when scoring).
    judged
        One row per pair asked for: ``entity_id``, ``cutoff``, ``signup_at``, ``label`` and ``reason``. A pair of
        training has either a label or a reason; a pair to be scored has neither.
    account
        Counts by cutoff and reason; they add up to the rows of ``judged``.
    """

    pairs: ir.Table
    judged: ir.Table
    account: PairAccount

    @property
    def dropped_pairs(self) -> ir.Table:
        """The rows of ``judged`` that have a reason."""
        return self.judged.filter(self.judged.reason.notnull())

    @property
    def total(self) -> int:
        """Number of pairs before anyone was dropped: labelled + dropped."""
        return self.account.total

    @property
    def labelled(self) -> int:
        """Number of pairs that were kept."""
        return self.account.labelled

    @property
    def dropped(self) -> Mapping[str, int]:
        """Reason -> number of pairs."""
        return self.account.dropped


def label_pairs(definition: Definition, tables: Tables, spine: ir.Table, *, name: str = "pairs") -> Labels:
    """Give each pair of the spine a label, or a reason why it has none.

    The label is 1 if the first conversion lies in ``[cutoff + gap, cutoff + gap + horizon)``; with ``repeatable``,
    if any does. A pair whose window is not over at ``observed_until`` is dropped as ``immature``.

    Who is a candidate is decided by what was known at the cutoff, as in scoring: a conversion or departure that
    happened before the cutoff and became known only later drops nobody. Its pair has the label that the rule above
    gives, which for a conversion before the cutoff is 0: whoever worked that list called a customer.

    Raises
    ------
    NotEnoughDataError
        If no pair is left.
    """
    labels = judge_pairs(definition, tables, spine, name=name)
    if labels.labelled == 0:
        msg = nothing_labelled(definition, tables, labels)
        raise NotEnoughDataError(msg)
    return labels


def judge_pairs(definition: Definition, tables: Tables, spine: ir.Table, *, name: str = "pairs") -> Labels:
    """Do what :func:`label_pairs` does, and return the account even where no pair is left."""
    ends = spine.cutoff + _interval(definition.conversion.gap_days + definition.conversion.horizon_days)
    immature = ends > ibis.literal(tables.observed_until, "timestamp(6)")
    return _sorted_out(definition, tables, spine.mutate(immature=immature, seen_at=spine.cutoff), name, labelled=True)


def nothing_labelled(definition: Definition, tables: Tables, labels: Labels) -> str:
    """Say why no pair has a label."""
    reasons = ", ".join(f"{reason}: {count}" for reason, count in labels.dropped.items())
    return (
        f"none of the {labels.total} (entity, cutoff) pairs has a label ({reasons}). "
        f"Data end at {tables.observed_until} (observed_until); the window needs "
        f"{definition.conversion.gap_days + definition.conversion.horizon_days:g} days after each cutoff."
    )


def candidates(definition: Definition, tables: Tables, as_of: dt.datetime) -> Labels:
    """Keep who is a candidate as of an instant, without asking what came after: the rows to score.

    On a calendar (or a table of your own) everybody is looked at as of that instant. With ``after_signup_days`` an
    entity is scored as of its own newest snapshot, as in training, for as long as the window after it is open; whether
    it is still a candidate is asked as of the instant itself.

    Raises
    ------
    NotEnoughDataError
        If nobody is left.
    """
    seen_at = ibis.literal(as_of, "timestamp(6)")
    periods = signups(definition, tables)
    if definition.snapshots is not None and definition.snapshots.after_signup_days:
        spine = _open_snapshots(definition, periods, seen_at)
    else:
        spine = periods.filter(in_period(periods, seen_at)).select("entity_id", "signup_at", cutoff=seen_at)
    spine = spine.mutate(known=ALWAYS, repeated=NEVER, immature=NEVER, seen_at=seen_at)
    labels = _sorted_out(definition, tables, spine, "candidates", labelled=False)
    if labels.labelled == 0:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in labels.dropped.items()) or "no open snapshot"
        msg = f"nobody is a candidate as of {iso(as_of)} ({reasons}); check --as-of and 'population'."
        raise NotEnoughDataError(msg)
    return labels


def _open_snapshots(definition: Definition, periods: ir.Table, seen_at: ir.TimestampScalar) -> ir.Table:
    plan = definition.snapshots
    every = after_signup(periods, plan.after_signup_days if plan is not None else ())
    window = _interval(definition.conversion.gap_days + definition.conversion.horizon_days)
    opened = every.filter(every.signup_at.notnull() & (every.cutoff <= seen_at) & (every.cutoff + window > seen_at))
    newest = opened.cutoff == opened.cutoff.max().over(ibis.window(group_by=opened.entity_id))
    return opened.filter(newest).distinct()


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
    judged = judged.left_join(_departures(definition, tables), "entity_id").drop("entity_id_right")
    judged = judged.left_join(_excluded(definition, tables, spine), "row_id").drop("row_id_right")
    young = judged.signup_at + _interval(population.min_age_days) > judged.cutoff
    unborn = judged.signup_at.isnull() | (judged.signup_at >= judged.cutoff)
    old = NEVER
    if population.max_age_days is not None:
        old = judged.signup_at + _interval(population.max_age_days) < judged.cutoff
    judged = judged.mutate(
        reason=ibis.cases(
            (judged.repeated, "repeated"),
            (~judged.known, "not_in_entities"),
            (unborn if definition.dated else NEVER, "not_signed_up"),
            (holds(judged.excluded), "excluded"),
            (holds(young), "too_young"),
            (holds(old), "too_old"),
            (judged.converted_before, "already_converted"),
            (_heard_of(judged, "left"), "left"),
            (judged.immature, "immature"),
            else_=ibis.null("string"),
        )
    )
    label = judged.converts.cast("int8") if labelled else ibis.null("int8")
    label = judged.reason.isnull().ifelse(label, ibis.null("int8"))
    judged = warehouse.save(
        f"{name}_judged", judged.select("row_id", "entity_id", "cutoff", "signup_at", "reason", label=label)
    )
    kept = judged.filter(judged.reason.isnull())
    position = ibis.row_number().over(ibis.window(order_by=kept.row_id))
    pairs = warehouse.save(name, kept.select("entity_id", "cutoff", "signup_at", "label", row_id=position))
    return Labels(pairs, judged.drop("row_id"), _account(tables, judged))


def _account(tables: Tables, judged: ir.Table) -> PairAccount:
    cutoffs = tables.warehouse.fetch(judged.agg(n=judged.cutoff.nunique()))["n"][0].as_py()
    listed = cutoffs <= _LISTED_CUTOFFS
    start = judged.cutoff if listed else judged.cutoff.truncate("M")
    counts = judged.group_by(start=start, reason=judged.reason).agg(
        pairs=judged.count(), conversions=ibis.coalesce(judged.label.cast("int64").sum(), 0)
    )
    return pair_account(tables.warehouse.fetch(counts).to_pylist(), "cutoff" if listed else "month")


def _with_conversion(definition: Definition, tables: Tables, spine: ir.Table) -> ir.Table:
    """Add ``converted_before`` and ``converts`` to each pair."""
    conversion, found = definition.conversion, conversions(definition, tables)
    opens = _interval(conversion.gap_days)
    closes = _interval(conversion.gap_days + conversion.horizon_days)
    if not conversion.repeatable:
        first = found.group_by("entity_id").agg(first=found.ts.min(), **_hearing(found, "converted"))
        joined = spine.left_join(first, "entity_id").drop("entity_id_right")
        return joined.mutate(
            converted_before=_heard_of(joined, "converted"),
            converts=holds((joined["first"] >= joined.cutoff + opens) & (joined["first"] < joined.cutoff + closes)),
        )
    inside = spine.join(
        found,
        [spine.entity_id == found.entity_id, found.ts >= spine.cutoff + opens, found.ts < spine.cutoff + closes],
    ).select(spine.row_id)
    hits = inside.distinct().mutate(converts=ALWAYS)
    joined = spine.left_join(hits, "row_id").drop("row_id_right")
    return joined.mutate(converts=holds(joined.converts), converted_before=NEVER)


def _departures(definition: Definition, tables: Tables) -> ir.Table:
    names = list(definition.population.leaves_on)
    leaving = []
    if tables.events is not None:
        leaving.append(tables.events.filter(tables.events.event.isin(names)))
    if tables.outcomes is not None:
        leaving.append(tables.outcomes.filter(tables.outcomes.stage.isin(names)))
    everything = ibis.union(*(found.select("entity_id", "ts", "known_at") for found in leaving))
    return everything.group_by("entity_id").agg(**_hearing(everything, "left"))


def _hearing(occurrences: ir.Table, name: str) -> dict[str, ir.TimestampScalar]:
    """Return when a group's occurrences were first heard of: of those known at once, and of those known later."""
    late = occurrences.known_at > occurrences.ts
    return {f"{name}_at_once": occurrences.ts.min(where=~late), f"{name}_late": occurrences.known_at.min(where=late)}


def _heard_of(pairs: ir.Table, name: str) -> ir.BooleanValue:
    """Tell whether an occurrence had happened before ``seen_at`` and was known by then."""
    at_once, late = pairs[f"{name}_at_once"], pairs[f"{name}_late"]
    return holds(at_once < pairs.seen_at) | holds(late <= pairs.seen_at)


def _excluded(definition: Definition, tables: Tables, spine: ir.Table) -> ir.Table:
    rules = definition.population.exclude
    if not rules:
        return spine.select("row_id", excluded=NEVER)
    attributes = attributes_as_of(tables, spine.mutate(cutoff=spine.seen_at), rules)
    conditions = [holds(among(attributes[name], _excluded_values(name, values))) for name, values in rules.items()]
    return attributes.select("row_id", excluded=ibis.or_(*conditions))


def _excluded_values(name: str, values: tuple[str, ...]) -> list[str]:
    plain = [value.lower() for value in values if not (name == "email_domain" and value == FREE)]
    return plain + (sorted(free_mail_domains()) if name == "email_domain" and FREE in values else [])


def _interval(days: float) -> ir.IntervalScalar:
    return ibis.interval(seconds=round(days * 86_400))
