"""The rows of a notebook or of the pipeline, read into keys, labels and columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.audit.case import Earlier
from pqlml.audit.columns import Column, instants, read_column
from pqlml.dataset import Rows
from pqlml.errors import DataError, nearest


@dataclass(frozen=True)
class Keys:
    """Which columns of a plain table mean what; null means that it has none."""

    label: str
    entity_id: str
    cutoff: str | None
    converted_at: str | None = None

    @property
    def named(self) -> list[str]:
        """The columns that are no features."""
        return [name for name in (self.label, self.entity_id, self.cutoff, self.converted_at) if name is not None]


def as_frame(rows: Rows | pd.DataFrame, keys: Keys) -> pd.DataFrame:
    """Return one table with keys, label and values.

    Raises
    ------
    DataError
        If a column that is named is missing; says the nearest.
    """
    if isinstance(rows, Rows):
        renamed = rows.keys.rename(columns={"entity_id": keys.entity_id, "cutoff": keys.cutoff or "cutoff"})
        return pd.concat([renamed, rows.values, pd.Series(rows.label, name=keys.label, index=renamed.index)], axis=1)
    missing = [name for name in keys.named if name not in rows.columns]
    if missing:
        hints = "; ".join(f"{name!r}: {nearest(name, map(str, rows.columns))}" for name in missing)
        msg = f"the rows lack the columns {missing} ({hints}). Name those that hold label, entity and cutoff."
        raise DataError(msg)
    return rows.rename(columns=str)


def labels(frame: pd.DataFrame, name: str) -> npt.NDArray[np.bool_]:
    """Return whether each row converts.

    Raises
    ------
    DataError
        If the label is not 0 and 1, or of one class only.
    """
    given = pd.to_numeric(frame[name], errors="coerce")
    if not given.isin((0, 1)).all():
        odd = frame[name][~given.isin((0, 1))].unique()[:3].tolist()
        msg = f"the label {name!r} holds {odd}; expected 0 or 1 in every row (drop rows that have no label yet)."
        raise DataError(msg)
    if given.nunique() != 2:  # noqa: PLR2004 - yes and no
        msg = f"all {len(given)} rows have the label {given.iloc[0] if len(given) else 'none'}; both are needed."
        raise DataError(msg)
    wins: npt.NDArray[np.bool_] = given.to_numpy() == 1
    return wins


def read_columns(frame: pd.DataFrame, names: Collection[str]) -> dict[str, Column]:
    """Read the named columns."""
    return {name: read_column(frame[name], name) for name in names}


def match_earlier(frame: pd.DataFrame, earlier: pd.DataFrame, keys: Keys, columns: Mapping[str, Column]) -> Earlier:
    """Find the rows that an earlier extract has too, by entity and cutoff.

    Raises
    ------
    DataError
        If the earlier extract lacks the keys, or has one key twice.
    """
    on = [keys.entity_id, *([keys.cutoff] if keys.cutoff is not None else [])]
    missing = [name for name in on if name not in earlier.columns]
    if missing:
        msg = f"the earlier extract lacks the columns {missing}; it needs the same keys as the rows."
        raise DataError(msg)
    ours, theirs = (_keyed(table, keys).assign(place=np.arange(len(table))) for table in (frame, earlier))
    if theirs.duplicated(["entity", "cutoff"]).any():
        count = int(theirs.duplicated(["entity", "cutoff"]).sum())
        msg = f"the earlier extract has {count} rows whose key is there twice; expected each entity and cutoff once."
        raise DataError(msg)
    met = ours.merge(theirs, on=["entity", "cutoff"], suffixes=("", "_before"))
    shared = [name for name in columns if name in earlier.columns]
    before = earlier.iloc[met["place_before"].to_numpy()].reset_index(drop=True)
    return Earlier(met["place"].to_numpy(), read_columns(before, shared))


def _keyed(table: pd.DataFrame, keys: Keys) -> pd.DataFrame:
    cutoff = instants(table[keys.cutoff]) if keys.cutoff is not None else np.zeros(len(table), "datetime64[us]")
    return pd.DataFrame({"entity": entity_texts(table[keys.entity_id]), "cutoff": cutoff})


def entity_texts(values: pd.Series) -> npt.NDArray[np.object_]:
    """Return ids as texts, whole numbers without a fraction, as the tables hold them."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() == np.floor(values.dropna())).all():
        values = values.astype("Int64")
    texts: npt.NDArray[np.object_] = values.astype("str").to_numpy(dtype=object)
    return texts
