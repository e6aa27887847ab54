"""Columns as the audit sees them: numbers, categories, dates or names, each with what is known and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.times import DAY_MICROSECONDS

Kind = Literal["number", "category", "date", "name"]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

_MANY_TEXTS = 50
_NAMES_SHARE = 0.5
"""A text that is new in half of the rows names a thing rather than describing it."""
_ISO_DATE = r"\s*\d{4}-\d{2}-\d{2}([ T].*)?"


@dataclass(frozen=True)
class Column:
    """One column of the audited rows.

    Attributes
    ----------
    numbers
        Value per row, NaN = missing: numbers as they are, dates in days since 1970, categories and names by the number
        of their text in :attr:`texts`.
    texts
        The different texts of a category or name, sorted; empty for numbers and dates.
    """

    name: str
    kind: Kind
    numbers: Floats
    texts: tuple[str, ...] = ()

    @cached_property
    def known(self) -> Bools:
        """Whether each row has a value."""
        return ~np.isnan(self.numbers)

    @cached_property
    def distinct(self) -> int:
        """Number of different values, missing ones aside."""
        return len(np.unique(self.numbers[self.known]))

    @property
    def constant(self) -> bool:
        """Whether no two rows differ, missing counted as a value of its own."""
        return self.distinct + (not self.known.all()) <= 1

    @property
    def usable(self) -> bool:
        """Whether a column can tell anything alone: constants cannot, nor texts that name things."""
        return not self.constant and self.kind != "name"

    @property
    def ordered(self) -> bool:
        """Whether more and less mean something."""
        return self.kind in ("number", "date")

    def shown(self, value: float) -> str:
        """Write a value of :attr:`numbers` as a person would.

        Examples
        --------
        >>> Column("stage", "category", np.array([0.0]), ("won",)).shown(0.0)
        "'won'"
        """
        if self.texts:
            return repr(self.texts[int(value)])
        if self.kind == "date":
            return f"{pd.Timestamp(value, unit='D'):%Y-%m-%d}"
        return f"{value:.6g}"

    def take(self, rows: npt.NDArray[np.intp]) -> Column:
        """Return the column with the given rows only."""
        return Column(self.name, self.kind, self.numbers[rows], self.texts)


def read_column(values: pd.Series, name: str) -> Column:
    """Find out what a column holds; texts that are all numbers or all ISO dates are read as such."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return Column(name, "number", _finite(values.to_numpy(np.float64, na_value=np.nan)))
    if pd.api.types.is_datetime64_any_dtype(values):
        return Column(name, "date", _days(values))
    codes, texts = _texts(values)
    if texts.empty:
        return Column(name, "number", np.full(len(values), np.nan))
    for kind, parse in _READERS:
        parsed = parse(texts)
        if parsed is not None:
            return Column(name, kind, np.append(parsed, np.nan)[codes])
    names = len(texts) > _MANY_TEXTS and len(texts) > _NAMES_SHARE * int((codes >= 0).sum())
    numbers = np.where(codes < 0, np.nan, codes.astype(np.float64))
    return Column(name, "name" if names else "category", numbers, tuple(texts))


def _texts(values: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Series]:
    """Return each row's place among the different texts (-1 = missing or blank), and these texts, sorted.

    Rows are many and texts are few, so each text is looked at once.
    """
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) != "string":
        values = values.map(str, na_action="ignore")  # 1 and True are the same to a hash table
    codes, given = pd.factorize(values)
    stripped = pd.Series(given, dtype=object).map(lambda value: str(value).strip() or None)
    places, texts = pd.factorize(stripped, sort=True)
    return np.append(places, -1)[codes], pd.Series(texts, dtype=object)


def _finite(numbers: Floats) -> Floats:
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _as_numbers(texts: pd.Series) -> Floats | None:
    parsed = pd.to_numeric(texts, errors="coerce")
    if not parsed.notna().all():
        return None
    return _finite(parsed.to_numpy(np.float64, na_value=np.nan))


def _as_dates(texts: pd.Series) -> Floats | None:
    if not texts.str.fullmatch(_ISO_DATE).all():
        return None
    parsed = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
    return _days(parsed) if parsed.notna().all() else None


_READERS: tuple[tuple[Kind, Callable[[pd.Series], Floats | None]], ...] = (("number", _as_numbers), ("date", _as_dates))


def instants(values: pd.Series) -> npt.NDArray[np.datetime64]:
    """Return zone-less UTC instants of microseconds; NaT = missing."""
    dates = (
        values if pd.api.types.is_datetime64_any_dtype(values) else pd.to_datetime(values, format="ISO8601", utc=True)
    )
    if dates.dt.tz is not None:
        dates = dates.dt.tz_convert("UTC").dt.tz_localize(None)
    return dates.to_numpy("datetime64[us]")


def _days(values: pd.Series) -> Floats:
    found = instants(values)
    days = found.astype(np.int64) / DAY_MICROSECONDS
    return np.where(np.isnat(found), np.nan, days)
