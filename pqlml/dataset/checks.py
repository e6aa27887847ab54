"""Whether the pairs can be learned from and judged on: what `check` says before anything is built."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.dataset.split import split_rows
from pqlml.definition.model import Definition
from pqlml.errors import NotEnoughDataError
from pqlml.events.tables import Finding, Tables
from pqlml.labels import Labels, PairAccount, nothing_labelled


def pair_findings(definition: Definition, tables: Tables, judged: Labels) -> list[Finding]:
    """Return what stands in the way of training on these pairs, and what a person should know about them."""
    why = nothing_labelled(definition, tables, judged)
    query = judged.pairs.select("row_id", "entity_id", "cutoff", "label").order_by("row_id")
    pairs = tables.warehouse.fetch(query).to_pandas()
    return [
        *row_findings(definition, judged.account, pairs[["entity_id", "cutoff"]], pairs["label"].to_numpy(), why),
        *_repeated(judged.account),
    ]


def row_findings(
    definition: Definition, account: PairAccount, keys: pd.DataFrame, label: np.ndarray, why_none: str
) -> list[Finding]:
    """Return what stands in the way of training on these rows.

    Parameters
    ----------
    keys
        ``entity_id`` of each labelled row, and ``cutoff`` where rows have one.
    why_none
        What to say if no row has a label.
    """
    if account.labelled == 0:
        return [Finding("PQD030", "error", "no row can be labelled", why_none, account.total)]
    if account.conversions in (0, account.labelled):
        detail = (
            f"{account.conversions} of {account.labelled} labelled rows are conversions; training needs both kinds."
        )
        return [Finding("PQD031", "error", "one class only", detail, account.labelled)]
    try:
        split_rows(definition, keys, label.astype(np.int8))
    except NotEnoughDataError as error:
        return [Finding("PQD032", "error", "the model cannot be judged", str(error), account.labelled)]
    return []


def _repeated(account: PairAccount) -> list[Finding]:
    count = account.dropped.get("repeated", 0)
    if not count:
        return []
    detail = "'snapshots.table' names a pair of entity and cutoff more than once; each counts once."
    return [Finding("PQD033", "warning", "repeated pairs", detail, count)]
