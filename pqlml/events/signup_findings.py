"""What a person should know about sign-up times."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import EntitySource
from pqlml.events.instants import EARLIEST
from pqlml.events.tables import Finding
from pqlml.warehouse import Warehouse


def signup_findings(
    warehouse: Warehouse, versions: ir.Table, source: EntitySource, now: dt.datetime, advice: str | None
) -> list[Finding]:
    """Count entities without a sign-up, and those whose sign-up cannot be true; by the earliest that a version states.

    Parameters
    ----------
    versions
        One row per version: ``entity_id``, ``signup_at``.
    now
        Instant (zone-less UTC) after which a time lies in the future.
    advice
        What to do about texts that are no times; null where there is none.
    """
    if not source.signup_at:
        detail = "no 'signup_at' is mapped: entities count as present at every cutoff, and have no age."
        return [Finding("PQD010", "note", "sign-up is not recorded", detail, 0)]
    stated = versions.group_by("entity_id").agg(signup_at=versions.signup_at.min())
    query = stated.agg(
        unknown=stated.signup_at.isnull().cast("int64").sum(),
        future=(stated.signup_at > ibis.literal(now, "timestamp(6)")).cast("int64").sum(),
        early=(stated.signup_at < ibis.literal(EARLIEST, "timestamp(6)")).cast("int64").sum(),
    )
    counts = {name: int(count or 0) for name, count in warehouse.fetch(query).to_pylist()[0].items()}
    findings = []
    if counts["unknown"]:
        why = f": {advice}" if advice else ""
        detail = f"{source.signup_at!r} is null or cannot be read; they are candidates at no cutoff{why}."
        findings.append(Finding("PQD011", "warning", "entities without a sign-up time", detail, counts["unknown"]))
    if counts["future"]:
        detail = f"{source.signup_at!r} lies after {now:%Y-%m-%d %H:%M} UTC; they are candidates at no cutoff."
        findings.append(Finding("PQD014", "warning", "sign-ups in the future", detail, counts["future"]))
    if counts["early"]:
        detail = (
            f"{source.signup_at!r} lies before 1990; ages count from there. If it is a default of some system, such as "
            f"1970-01-01, make it null."
        )
        findings.append(Finding("PQD015", "warning", "sign-ups before 1990", detail, counts["early"]))
    return findings
