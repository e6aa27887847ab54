"""Entities: from the user's table (or from the events alone) to canonical versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.definition.parts import EntitySource
from pqlml.errors import DataError
from pqlml.events.columns import instant, require_columns, require_instant_type, text
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.tables import AttributeKind, Finding, TableRead
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER

RESERVED = frozenset(
    {"entity_id", "signup_at", "valid_from", "valid_to", "cutoff", "row_id", "row_id_right", "age_days"}
)
"""Names of canonical columns: an attribute of that name would take their place."""

MAX_CATEGORIES = 200
"""A text attribute with more different values names things rather than describing them, and is left out."""


def read_entities(
    warehouse: Warehouse, definition: Definition, source: EntitySource, raw: ir.Table
) -> tuple[ir.Table, dict[str, AttributeKind], TableRead, list[Finding]]:
    """Return canonical versions, the kinds of the attributes, the account of the rows, and what was found.

    Set aside: a null entity, an unreadable ``valid_from``, and rows repeated word for word.

    Raises
    ------
    DataError
        If one key has rows that contradict each other.
    """
    require_columns(
        raw, {"entity_id": source.entity_id, "signup_at": source.signup_at, "valid_from": source.valid_from}, "entities"
    )
    for meaning in ("signup_at", "valid_from"):
        if getattr(source, meaning):
            require_instant_type(raw[getattr(source, meaning)], meaning, "entities")
    wanted = _attribute_columns(definition, source, raw)
    _refuse_reserved(wanted)
    columns: dict[str, ir.Value] = {
        "entity_id": text(raw[source.entity_id]),
        "signup_at": instant(raw[source.signup_at], source.timezone) if source.signup_at else ibis.null("timestamp(6)"),
        "valid_from": instant(raw[source.valid_from], source.timezone)
        if source.valid_from
        else ibis.null("timestamp(6)"),
    }
    for name in wanted:
        columns[name] = _attribute(raw[name])
    table = raw.select(**columns)
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
    used, account = sift(warehouse, "entity_rows", table)
    account = replace(account, table="entities")
    _refuse_contradictions(warehouse, used, source)
    findings = _signup(warehouse, used, source)
    versions = warehouse.save("entities", used.mutate(valid_to=_next_version(used)))
    attributes, more = _kinds(warehouse, definition, source, versions, wanted)
    return versions, attributes, account, [*findings, *more]


def entities_from_events(warehouse: Warehouse, events: ir.Table) -> ir.Table:
    """Make the entity table of a data set that has only events: an entity signs up with its first event.

    Where that event was not known at once, the sign-up has versions: with each event that becomes known and happened
    before all that were, it moves to the past.
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
    if definition.conversion.label is not None:
        named.add(definition.conversion.label)
    require_columns(raw, {f"attribute {name}": name for name in sorted(named)}, "entities")
    if source.attributes is not None:
        require_columns(raw, {f"attributes {name}": name for name in source.attributes}, "entities")
        chosen = set(source.attributes) | named
    else:
        chosen = (set(raw.columns) - keys) | named
    require_columns(raw, {f"ignore {name}": name for name in source.ignore}, "entities")
    return [name for name in raw.columns if name in chosen and (name not in source.ignore or name in named)]


def _refuse_reserved(wanted: list[str]) -> None:
    taken = [name for name in wanted if name in RESERVED]
    if taken:
        msg = (
            f"entities: the columns {taken} are not mapped, but carry names that the toolkit uses itself. Map them "
            f"(entity_id, signup_at, valid_from), list them under 'ignore', or rename them."
        )
        raise DataError(msg)


def _attribute(column: ir.Column) -> ir.Value:
    kind = column.type()
    if kind.is_boolean() or kind.is_numeric():
        return column.cast("float64")
    if kind.is_timestamp() or kind.is_date():
        return column.cast("timestamp(6)")
    return text(column)


def _refuse_contradictions(warehouse: Warehouse, used: ir.Table, source: EntitySource) -> None:
    groups = used.group_by(["entity_id", "valid_from"]).agg(rows=used.count())
    twice = warehouse.fetch(groups.filter(groups.rows > 1).order_by("entity_id").limit(3)).to_pylist()
    if twice:
        examples = ", ".join(f"{row['entity_id']!r} ({row['rows']} rows)" for row in twice)
        hint = (
            "two versions start at the same instant" if source.valid_from else "name 'valid_from' if these are versions"
        )
        msg = f"entities: one key has several different rows, e.g. {examples}; expected one per entity; {hint}."
        raise DataError(msg)


def _next_version(versions: ir.Table) -> ir.TimestampColumn:
    return versions.valid_from.lead().over(ibis.window(group_by=versions.entity_id, order_by=versions.valid_from))


def _signup(warehouse: Warehouse, used: ir.Table, source: EntitySource) -> list[Finding]:
    """Count the entities of which no version states a sign-up."""
    if not source.signup_at:
        detail = "no 'signup_at' is mapped: entities count as present at every cutoff, and have no age."
        return [Finding("PQD010", "note", "sign-up is not recorded", detail, 0)]
    stated = used.group_by("entity_id").agg(signup_at=used.signup_at.min())
    unknown = stated.filter(stated.signup_at.isnull())
    count = warehouse.fetch(unknown.agg(n=unknown.count())).to_pylist()[0]["n"]
    if not count:
        return []
    detail = f"{source.signup_at!r} is null or unreadable; such entities are candidates at no cutoff."
    return [Finding("PQD011", "warning", "entities without a sign-up time", detail, count)]


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
    if texts:
        distinct = warehouse.fetch(versions.agg(**{name: versions[name].nunique() for name in texts})).to_pylist()[0]
    left_out = set(source.ignore) | {definition.conversion.label}
    for name in wanted:
        kind = versions[name].type()
        if name in left_out or kind.is_timestamp():
            continue
        if kind.is_floating():
            kinds[name] = "number"
        elif distinct[name] <= MAX_CATEGORIES or name in definition.signals.fit.roles.values():
            kinds[name] = "category"
        else:
            detail = (
                f"{name!r} has {distinct[name]} different texts (more than {MAX_CATEGORIES}); it becomes no feature."
            )
            findings.append(Finding("PQD013", "note", "attribute left out", detail, distinct[name]))
    return kinds, findings
