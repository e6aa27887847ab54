"""Entities: from the user's table (or from the events alone) to canonical versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.definition.parts import EntitySource
from pqlml.errors import DataError
from pqlml.events.columns import require_columns, require_exact_ids, text
from pqlml.events.dates import dates_among
from pqlml.events.plan_attributes import require_limits_are_numbers, trial_columns, trial_findings
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.signup_findings import signup_findings
from pqlml.events.tables import AttributeKind, Finding, TableRead
from pqlml.events.time_columns import time_columns, unreadable_of
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER

RESERVED = frozenset(
    {"entity_id", "signup_at", "valid_from", "valid_to", "cutoff", "row_id", "row_id_right", "age_days"}
)
"""Names of canonical columns: an attribute of that name would take their place."""

MAX_CATEGORIES = 200
"""A text attribute with more different values names things rather than describing them, and is left out."""


def read_entities(
    warehouse: Warehouse, definition: Definition, source: EntitySource, raw: ir.Table, now: dt.datetime
) -> tuple[ir.Table, dict[str, AttributeKind], TableRead, list[Finding]]:
    """Return canonical versions, the kinds of the attributes, the account of the rows, and what was found.

    Set aside: a null entity, an unreadable ``valid_from``, and rows repeated word for word.

    Raises
    ------
    DataError
        If one key has rows that contradict each other.
    """
    called = "entities" if definition.sources.entities is not None else "users"
    keys = ("entity_id", "domain", "signup_at", "valid_from")
    require_columns(raw, {key: getattr(source, key) for key in keys}, called)
    require_exact_ids(warehouse, raw, {"entity_id": source.entity_id}, called)
    trial = trial_columns(definition)
    times = time_columns(called, source, signup_at=source.signup_at, valid_from=source.valid_from, **trial)
    wanted = _attribute_columns(definition, source, raw)
    values, unknown = times.values(raw), ibis.null("timestamp(6)")
    require_limits_are_numbers(definition, raw)
    _refuse_reserved(wanted, definition.signals.fit.roles)
    columns: dict[str, ir.Value] = {
        "entity_id": text(raw[source.entity_id]),
        "signup_at": values.get("signup_at", unknown),
        "valid_from": values.get("valid_from", unknown),
    }
    instants = {column: values[meaning] for meaning, column in trial.items()}
    for name in wanted:
        columns[name] = instants[name] if name in instants else _attribute(raw[name])
    table = raw.select(**columns, **times.flags(raw))
    same = list(table.columns)
    copy = ibis.row_number().over(ibis.window(group_by=same, order_by=[table.entity_id]))
    dated = table.valid_from.isnull() if source.valid_from else NEVER
    table = table.mutate(
        **{
            REASON: reason(
                (table.entity_id.isnull(), "entity_id is null"),
                (dated, "valid_from is null or cannot be read"),
                (copy > 0, "row repeated word for word"),
            )
        }
    )
    used, account = sift(warehouse, "entity_rows", table, unreadable_of("valid_from") if source.valid_from else None)
    account = replace(account, table=called)
    about_times, advice = times.findings(warehouse, used, account)
    about_times += trial_findings(warehouse, used, trial, advice)
    used = used.drop(*times.carried)
    _refuse_contradictions(warehouse, used, source, called)
    findings = about_times + signup_findings(warehouse, used, source, now, advice.get("signup_at"))
    versions = warehouse.save("entities", used.mutate(valid_to=_next_version(used)))
    attributes, more = _kinds(warehouse, definition, source, versions, wanted)
    attributes |= {name: "yes_no" for name in attributes if raw[name].type().is_boolean()}
    return versions, attributes, account, [*findings, *more]


def entities_from_news(warehouse: Warehouse, events: ir.Table) -> ir.Table:
    """Make the entity table of a data set that has none: an entity signs up with the first that is heard of it.

    Where that was not known at once, the sign-up has versions: with each news that becomes known and happened before
    all that were, it moves to the past.

    Parameters
    ----------
    events
        Or other news: ``entity_id``, ``ts``, ``known_at``.
    """
    nothing = ibis.null("timestamp(6)")
    seen = events.group_by("entity_id").agg(first=events.ts.min(), known=events.known_at.min())
    at_once = seen.filter(seen["first"] == seen.known)
    prompt = at_once.select("entity_id", signup_at=at_once["first"], valid_from=nothing)
    late = events.semi_join(seen.filter(seen["first"] < seen.known), "entity_id")
    news = late.group_by("entity_id", "known_at").agg(first=late.ts.min())
    earlier = ibis.window(group_by=news.entity_id, order_by=news.known_at, preceding=(None, 1))
    news = news.mutate(before=news["first"].min().over(earlier))
    moved = news.filter(news.before.isnull() | (news["first"] < news.before))
    versions = ibis.union(prompt, moved.select("entity_id", signup_at=moved["first"], valid_from=moved.known_at))
    return warehouse.save("entities", versions.mutate(valid_to=_next_version(versions)))


def _attribute_columns(definition: Definition, source: EntitySource, raw: ir.Table) -> list[str]:
    keys = {source.entity_id, source.signup_at, source.valid_from}
    named = set(definition.signals.fit.roles.values()) | set(definition.population.exclude)
    named |= {source.domain} if source.domain is not None else set()
    named |= set(definition.signals.attributes())
    if definition.conversion.label is not None:
        named.add(definition.conversion.label)
    require_columns(raw, {f"attribute {name}": name for name in sorted(named)}, "entities")
    if source.attributes is not None:
        require_columns(raw, {f"attributes {name}": name for name in source.attributes}, "entities")
        chosen = set(source.attributes) | named
    else:
        chosen = (set(raw.columns) - keys) | named
    require_columns(raw, {f"ignore {name}": name for name in source.ignore}, "entities")
    require_columns(raw, {f"measured_in {name}": name for name in source.measured_in}, "entities")
    return [name for name in raw.columns if name in chosen and (name not in source.ignore or name in named)]


def _refuse_reserved(wanted: list[str], roles: Mapping[str, str]) -> None:
    taken = [name for name in wanted if name in RESERVED]
    if taken:
        msg = (
            f"entities: the columns {taken} are not mapped, but carry names that the toolkit uses itself. Map them "
            f"(entity_id, signup_at, valid_from), list them under 'ignore', or rename them."
        )
        raise DataError(msg)
    doubled = [name for name in wanted if roles.get(name, name) != name and name not in roles.values()]
    if doubled:
        listed = "; ".join(f"{name!r} is a column, and the role of {roles[name]!r}" for name in doubled)
        msg = (
            f"entities: two attributes would have one name: {listed}. List the column under 'ignore', rename it, or "
            f"map the role to it."
        )
        raise DataError(msg)


def _attribute(column: ir.Column) -> ir.Value:
    kind = column.type()
    if kind.is_boolean() or kind.is_numeric():
        return column.cast("float64")
    if kind.is_timestamp() or kind.is_date():
        return column.cast("timestamp(6)")
    if kind.is_array() and kind.value_type.is_string():
        return text(column.join(";"))
    return text(column)


def _refuse_contradictions(warehouse: Warehouse, used: ir.Table, source: EntitySource, called: str) -> None:
    groups = used.group_by(["entity_id", "valid_from"]).agg(rows=used.count())
    twice = warehouse.fetch(groups.filter(groups.rows > 1).order_by("entity_id").limit(3)).to_pylist()
    if twice:
        shown = [f"{row['entity_id']!r} ({row['rows']} rows)" for row in twice if "@" not in row["entity_id"]]
        examples = f", e.g. {', '.join(shown)}" if shown else ""  # messages go to logs, and mail addresses do not
        hint = (
            "two versions start at the same instant" if source.valid_from else "name 'valid_from' if these are versions"
        )
        msg = f"{called}: one key has several different rows{examples}; expected one per entity; {hint}."
        raise DataError(msg)


def _next_version(versions: ir.Table) -> ir.TimestampColumn:
    return versions.valid_from.lead().over(ibis.window(group_by=versions.entity_id, order_by=versions.valid_from))


def _kinds(
    warehouse: Warehouse, definition: Definition, source: EntitySource, versions: ir.Table, wanted: list[str]
) -> tuple[dict[str, AttributeKind], list[Finding]]:
    """Decide which attribute is a number or a category, and leave out texts that name rather than describe."""
    kinds: dict[str, AttributeKind] = {}
    findings = []
    if not source.valid_from and wanted and not definition.timeless:
        detail = (
            "no 'valid_from' is mapped: today's attributes are taken as known at every cutoff, later changes included."
        )
        findings.append(Finding("PQD012", "warning", "attributes have no versions", detail, len(wanted)))
    texts = [name for name in wanted if versions[name].type().is_string()]
    distinct: Mapping[str, int] = {}
    dates = [name for name in wanted if versions[name].type().is_timestamp()]
    if texts:
        more, distinct = dates_among(warehouse, versions, texts)
        dates += more
    left_out = {*source.ignore, definition.conversion.label, source.domain, *trial_columns(definition).values()}
    for name in wanted:
        if name in left_out or name in dates:
            continue
        if versions[name].type().is_floating():
            kinds[name] = "number"
        elif distinct[name] <= MAX_CATEGORIES or name in definition.signals.fit.roles.values():
            kinds[name] = "category"
        else:
            detail = (
                f"{name!r} has {distinct[name]} different texts (more than {MAX_CATEGORIES}); it becomes no feature."
            )
            findings.append(Finding("PQD013", "note", "attribute left out", detail, distinct[name]))
    unused = [name for name in dates if name not in left_out]
    if unused:
        detail = f"{', '.join(map(repr, unused))}: dates become no feature."
        findings.append(Finding("PQD017", "note", "attributes that are dates", detail, len(unused)))
    return kinds, findings
