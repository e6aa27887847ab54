"""Attributes that tell about the plan: when the trial begins and ends, and where limits lie."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.errors import DataError
from pqlml.events.tables import Finding
from pqlml.events.time_columns import unreadable_of
from pqlml.warehouse import Warehouse


def trial_columns(definition: Definition) -> dict[str, str]:
    """Return meaning -> column of the trial's instants."""
    trial = definition.signals.trial
    mapped = {} if trial is None else {"trial_started_at": trial.started_at, "trial_ends_at": trial.ends_at}
    return {meaning: column for meaning, column in mapped.items() if column is not None}


def require_limits_are_numbers(definition: Definition, raw: ir.Table) -> None:
    """Refuse attributes that limits read and that hold no numbers.

    Raises
    ------
    DataError
        Names the limit, the column and what it holds.
    """
    for name, limit in definition.signals.limits.items():
        for column in limit.attributes():
            kind = raw[column].type()
            if not kind.is_numeric():
                msg = (
                    f"entities: the limit {name!r} reads the attribute {column!r}, which holds {kind}; expected "
                    f"numbers, null where there is no limit."
                )
                raise DataError(msg)


def trial_findings(
    warehouse: Warehouse, used: ir.Table, columns: Mapping[str, str], advice: Mapping[str, str]
) -> list[Finding]:
    """Count the versions whose trial begins or ends at a time that cannot be read.

    Parameters
    ----------
    used
        Versions, with the flags of the time columns.
    advice
        Meaning -> what to do about an example that cannot be read.
    """
    findings = []
    for meaning, column in columns.items():
        if meaning in advice:
            query = used.agg(rows=used[unreadable_of(meaning)].count())
            rows = warehouse.fetch(query).to_pylist()[0]["rows"]
            detail = f"{column!r}: such rows count as having no trial; {advice[meaning]}."
            findings.append(Finding("PQD018", "warning", "trial times that cannot be read", detail, rows))
    return findings
