"""Texts that are dates, or all different: they name a day, or an entity, rather than describe one."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir

from pqlml.warehouse import Warehouse

_DATE = (
    r"^\s*([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
    r"([T ]+[0-9]{1,2}:[0-9]{2}.*)?\s*$"
)


def dates_among(warehouse: Warehouse, table: ir.Table, texts: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Find the text columns whose every value looks like a date, with or without a time, whatever comes first.

    Returns
    -------
    These columns, and how many different texts each column has.
    """
    counts = {f"{kind}_{at}": value for at, name in enumerate(texts) for kind, value in _counts(table[name]).items()}
    found = warehouse.fetch(table.agg(**counts)).to_pylist()[0]
    dates = [
        name for at, name in enumerate(texts) if found[f"dates_{at}"] and found[f"dates_{at}"] == found[f"all_{at}"]
    ]
    return dates, {name: found[f"different_{at}"] for at, name in enumerate(texts)}


def _counts(column: ir.StringColumn) -> dict[str, ir.Value]:
    return {
        "all": column.count(),
        "dates": column.re_search(_DATE).cast("int64").sum(),
        "different": column.nunique(),
    }
