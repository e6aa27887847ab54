"""Signals that select events by their properties, and never do."""

from __future__ import annotations

from pqlml.definition.model import Definition
from pqlml.events.tables import Finding, Tables
from pqlml.schema import KIND_SEPARATOR


def condition_findings(definition: Definition, tables: Tables) -> list[Finding]:
    """Return a finding for each signal whose conditions on properties no event meets."""
    selections = definition.signals.by_property()
    if tables.events is None or not selections:
        return []
    kinds = tables.warehouse.fetch(tables.events.select("kind").distinct())["kind"].to_pylist()
    met = {signal for kind in kinds for signal in kind.split(KIND_SEPARATOR)[1:]}
    return [
        Finding(
            "PQD026",
            "warning",
            "condition never met",
            f"the signal {name!r} selects {', '.join(map(repr, selection.events))} by "
            f"{', '.join(map(repr, selection.where))}, and no event has the wanted values.",
            0,
        )
        for name, selection in selections.items()
        if name not in met
    ]
