"""What sales said about leads, from a table that is named on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.events.columns import require_columns, text
from pqlml.review.association import Bools
from pqlml.warehouse import Warehouse, read_source

COLUMNS = {"entity_id": "entity_id", "disposition": "disposition"}
_EXAMPLES: Final = 5


@dataclass(frozen=True)
class Said:
    """What a file says.

    Attributes
    ----------
    by_entity
        Disposition by entity, the last one of each.
    rows
        Rows of the file.
    incomplete
        Rows without an entity_id or a disposition.
    """

    by_entity: pd.Series
    rows: int
    incomplete: int


@dataclass(frozen=True)
class Heard:
    """Where the leads of such a file are.

    Attributes
    ----------
    rows, incomplete
        Rows of the file, and those without an entity_id or a disposition.
    leads
        Leads that it names: ``reviewed + elsewhere + unknown``.
    reviewed
        Of the period that is reviewed.
    elsewhere
        Looked at with a known outcome, but not in the period.
    unknown
        Never looked at with a known outcome; ``examples`` are some of them.
    """

    rows: int
    incomplete: int
    leads: int
    reviewed: int
    elsewhere: int
    unknown: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        """Tell it in words."""
        told = f"{self.reviewed:,} of {self.leads:,} leads that the file names were looked at in this period"
        if self.elsewhere:
            told += f"; {self.elsewhere:,} only at other cutoffs"
        if self.unknown:
            some = ", ".join([*self.examples, *(["..."] if self.unknown > len(self.examples) else [])])
            told += f"; {self.unknown:,} never with a known outcome, or not in these data ({some})"
        if self.incomplete:
            told += f"; of its {self.rows:,} rows {self.incomplete:,} lack an entity_id or a disposition"
        if not self.reviewed:
            told += ". Is its entity_id that of the definition's tables?"
            return told
        return f"{told}."

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**vars(self), "examples": list(self.examples), "words": str(self)}


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


def read_dispositions(warehouse: Warehouse, path: Path) -> Said:
    """Read a Parquet or CSV file with the columns ``entity_id`` and ``disposition``.

    Of several rows of an entity the last one by ``at`` counts, where there is such a column, else the last in the order
    of the texts.

    Raises
    ------
    DataError
        If the file or a column is missing, or no row has both values.
    """
    if not path.exists():
        msg = (
            f"there is no file {path} of dispositions (--dispositions). Give a Parquet or CSV file with the columns "
            f"entity_id and disposition and, where a lead has several, at; or leave the option out."
        )
        raise DataError(msg)
    raw = read_source(warehouse, Source(path=str(path.resolve())), Path(), "dispositions")
    require_columns(raw, {**COLUMNS, "at": None}, "dispositions")
    order = ["at"] if "at" in raw.columns else []
    rows = raw.select(entity_id=text(raw.entity_id), disposition=text(raw.disposition), **{c: raw[c] for c in order})
    table = warehouse.fetch(rows.order_by(*order, "entity_id", "disposition"))
    every: pd.DataFrame = table.to_pandas()
    frame = every.dropna(subset=list(COLUMNS))
    if frame.empty:
        msg = f"dispositions: no row of {path} has an entity_id and a disposition."
        raise DataError(msg)
    by_entity = frame.drop_duplicates("entity_id", keep="last").set_index("entity_id")["disposition"]
    return Said(by_entity, len(every), len(every) - len(frame))


def heard(said: Said, reviewed: np.ndarray, known: np.ndarray) -> Heard:
    """Count the leads of a file by where they are.

    Parameters
    ----------
    reviewed, known
        Names of the leads of the period, and of all that were looked at with a known outcome.
    """
    named = said.by_entity.index
    here, there = named.isin(reviewed), named.isin(known)
    unknown = sorted(map(str, named[~here & ~there]))
    return Heard(
        said.rows,
        said.incomplete,
        len(named),
        int(here.sum()),
        int((there & ~here).sum()),
        len(unknown),
        tuple(unknown[:_EXAMPLES]),
    )


def by_disposition(said: Said, entity: np.ndarray, flagged: Bools, converted: Bools) -> tuple[Disposition, ...]:
    """Count the leads of the period by what sales said, most frequent first; ``(none)`` are leads without a word."""
    told = pd.Series(entity).map(said.by_entity).fillna("(none)")
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
