"""What sales said about leads, from a table that is named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.events.columns import require_columns, text
from pqlml.review.association import Bools
from pqlml.warehouse import Warehouse, read_source

COLUMNS = {"entity_id": "entity_id", "disposition": "disposition"}


class Disposition(NamedTuple):
    """A disposition with the leads of the period that have it."""

    disposition: str
    flagged: int
    flagged_converted: int
    not_flagged: int
    not_flagged_converted: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return self._asdict()


def read_dispositions(warehouse: Warehouse, path: Path) -> pd.Series:
    """Read a Parquet or CSV file with the columns ``entity_id`` and ``disposition``.

    Returns
    -------
    Disposition by entity; of several rows of an entity the last one by ``at``, where there is such a column, else the
    last in the order of the texts.

    Raises
    ------
    DataError
        If the file or a column is missing, or no row has both values.
    """
    raw = read_source(warehouse, Source(path=str(path.resolve())), Path(), "dispositions")
    require_columns(raw, {**COLUMNS, "at": None}, "dispositions")
    order = ["at"] if "at" in raw.columns else []
    rows = raw.select(entity_id=text(raw.entity_id), disposition=text(raw.disposition), **{c: raw[c] for c in order})
    table = warehouse.fetch(rows.order_by(*order, "entity_id", "disposition"))
    frame: pd.DataFrame = table.to_pandas().dropna(subset=list(COLUMNS))
    if frame.empty:
        msg = f"dispositions: no row of {path} has an entity_id and a disposition."
        raise DataError(msg)
    return frame.drop_duplicates("entity_id", keep="last").set_index("entity_id")["disposition"]


def by_disposition(said: pd.Series, entity: np.ndarray, flagged: Bools, converted: Bools) -> tuple[Disposition, ...]:
    """Count the leads of the period by what sales said, most frequent first; ``(none)`` are leads without a word."""
    told = pd.Series(entity).map(said).fillna("(none)")
    found = []
    for name in told.value_counts().index:
        mine = (told == name).to_numpy()
        found.append(
            Disposition(
                str(name),
                int((mine & flagged).sum()),
                int((mine & flagged & converted).sum()),
                int((mine & ~flagged).sum()),
                int((mine & ~flagged & converted).sum()),
            )
        )
    return tuple(found)
