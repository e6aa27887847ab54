"""What loading returns: canonical tables, the account of every row read, and findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import ibis.expr.types as ir

from pqlml.events.identity.identity import Identity
from pqlml.warehouse import Warehouse

Severity = Literal["error", "warning", "note"]
AttributeKind = Literal["number", "yes_no", "category"]


@dataclass(frozen=True)
class Finding:
    """Something about the data that a person should know.

    ``code`` is stable (``PQD...``, see docs/checks.md); ``count`` is the number of rows or entities concerned.
    """

    code: str
    severity: Severity
    title: str
    detail: str
    count: int


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, gravest first, then by code."""
    order = {severity: place for place, severity in enumerate(get_args(Severity))}
    return tuple(sorted(findings, key=lambda finding: (order[finding.severity], finding.code)))


@dataclass(frozen=True)
class TableRead:
    """The account of one table: ``read == used + sum(set_aside.values())``.

    Attributes
    ----------
    set_aside
        Reason -> rows.
    examples
        Reason -> the text that could not be read in one of these rows, for the reasons that are about a text.
    """

    table: str
    read: int
    used: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tables:
    """The canonical tables of a definition, kept in the warehouse.

    Attributes
    ----------
    events
        One row per occurrence, de-duplicated: ``pqlml.schema.EVENTS``, properties as ``p_<name>`` (double) and
        distinct-counted columns as ``d_<name>`` (text); where signals select events by properties, the ``kind`` of
        each. Null where the definition has no events.
    entities
        One row per version of an entity: ``entity_id``, ``signup_at`` (null = unknown), ``valid_from`` and ``valid_to``
        (half-open; null = unbounded), then the attributes.
    outcomes
        One row per stage change: ``pqlml.schema.OUTCOMES``. Null where the definition has none.
    observed_until
        End (exclusive) of what the data covers.
    attributes
        Attribute column -> kind, for the columns that become features.
    label
        Name of the label column among the attributes, for a plain table of leads.
    identity
        Who the people of the accounts are; null where the definition names no tables of people.
    """

    warehouse: Warehouse
    events: ir.Table | None
    entities: ir.Table
    outcomes: ir.Table | None
    observed_until: dt.datetime
    attributes: Mapping[str, AttributeKind]
    reads: tuple[TableRead, ...]
    findings: tuple[Finding, ...]
    identity: Identity | None = None
