"""Texts that are dates: they name a day rather than describe an entity."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir

from pqlml.warehouse import Warehouse

_DATE = (
    r"^\s*([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
    r"([T ]+[0-9]{1,2}:[0-9]{2}.*)?\s*$"
)


def dates_among(warehouse: Warehouse, table: ir.Table, texts: Sequence[str]) -> list[str]:
    """Return the text columns whose every value looks like a date, with or without a time, whatever comes first."""
    counts = {f"{kind}_{at}": value for at, name in enumerate(texts) for kind, value in _counts(table[name]).items()}
    found = warehouse.fetch(table.agg(**counts)).to_pylist()[0]
    return [
        name for at, name in enumerate(texts) if found[f"dates_{at}"] and found[f"dates_{at}"] == found[f"all_{at}"]
    ]


def _counts(column: ir.StringColumn) -> dict[str, ir.Value]:
    return {"all": column.count(), "dates": column.re_search(_DATE).cast("int64").sum()}
