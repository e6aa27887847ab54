"""Conditions on features, in which slices of leads are described: a bound, a value, or not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from pqlml.explain.statements import span, statement
from pqlml.features.spec import Aggregate, Feature
from pqlml.language import ENGLISH, language
from pqlml.report.readable import as_read, readable, yes_or_no
from pqlml.review.association import Bools

_QUARTERS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
_MOST_LEVELS: Final = 12
_TOLD: Final[frozenset[Aggregate]] = frozenset(
    {
        "count",
        "days",
        "weeks",
        "users",
        "events",
        "sum",
        "distinct",
        "sessions",
        "session_minutes",
        "recency",
        "early",
        "age",
        "attribute",
        "in_ideal",
        "in_negative",
        "ratio",
        "days_left",
        "share_used",
        "matches",
        "seniority",
    }
)
"""Aggregates that people understand in a sentence about a slice."""
MONTH_DAYS: Final = 31


@dataclass(frozen=True)
class Condition:
    """A feature and what its value has to be; exactly one of the bounds, the text, or ``unknown``."""

    feature: Feature
    at_least: float | None = None
    at_most: float | None = None
    text: str | None = None
    unknown: bool = False

    def met(self, values: pd.DataFrame) -> Bools:
        """Tell which rows meet it; a null value meets no bound and no text."""
        column = values[self.feature.name]
        if self.unknown:
            return column.isna().to_numpy()
        if self.text is not None:
            return (column == self.text).fillna(value=False).to_numpy(bool)
        numbers = column.to_numpy(np.float64, na_value=np.nan)
        return numbers >= self.at_least if self.at_least is not None else numbers <= self.at_most

    def __str__(self) -> str:
        """Return words such as ``company size at least 200`` or ``invited a colleague in the last 7 days``."""
        name = readable(self.feature)
        name = name[:1].lower() + name[1:]
        if self.unknown:
            return f"{name}: not known"
        if self.text is not None:
            return f"{name}: {self.text}"
        spoken = self._spoken()
        if spoken is not None:
            return spoken
        if self.at_most == 0:
            return f"no {name}"
        if self.at_least is not None:
            return f"{name} at least {as_read(self.feature, self.at_least)}"
        return f"{name} at most {as_read(self.feature, self.at_most or 0.0)}"

    def _spoken(self) -> str | None:
        """Return the words in which reasons tell the same; null where they have none for a bound."""
        feature, told_in = self.feature, language(ENGLISH)
        if feature.aggregate in ("in_ideal", "in_negative"):
            told = statement(feature, float(self.at_least is not None), told_in)
        elif feature.aggregate in ("count", "early", "seniority") and self.at_most == 0:
            told = statement(feature, 0.0, told_in)
        elif feature.aggregate in ("count", "early") and feature.did:
            bound = self.at_most if self.at_least is None else self.at_least
            often = "once" if bound == 1 else f"{bound:,g} times"
            least = "" if self.at_least == 1 else f" at {'most' if self.at_least is None else 'least'} {often}"
            told = f"{feature.did}{least} {span(feature, told_in)}"
        elif yes_or_no(feature):
            told = f"{readable(feature)}: {'yes' if self.at_least is not None else 'no'}"
        else:
            return None
        return told[:1].lower() + told[1:]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, in the words of a definition's points."""
        return {
            "feature": self.feature.name,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "value": self.text,
            "unknown": self.unknown,
        }


def conditions(values: pd.DataFrame, features: Sequence[Feature]) -> Iterator[Condition]:
    """Yield the conditions that are tried, from the values alone: no outcome has a part in the choice.

    Bounds are round where that makes no difference: counts are whole numbers. Of windows, the longest of a month at
    most is tried, and all of history.
    """
    for feature in _told(features):
        column = values[feature.name]
        if column.isna().any():
            yield Condition(feature, unknown=True)
        if feature.category:
            for text in column.value_counts().index[:_MOST_LEVELS]:
                yield Condition(feature, text=str(text))
            continue
        known = column.dropna().to_numpy(np.float64)
        if not len(known):
            continue
        whole = bool((known == np.round(known)).all())
        low, high = known.min(), known.max()
        bounds = {_round(bound, whole=whole) for bound in np.quantile(known, _QUARTERS)}
        if whole and low == 0:
            bounds |= {0.0, 1.0}
        for bound in sorted(bounds):
            if low < bound <= high:
                yield Condition(feature, at_least=bound)
            if low <= bound < high:
                yield Condition(feature, at_most=bound)


def _told(features: Sequence[Feature]) -> list[Feature]:
    lengths = {f.window_days for f in features if f.window_days is not None and f.aggregate != "early"}
    short = max((days for days in lengths if days <= MONTH_DAYS), default=max(lengths, default=0))
    return [
        f
        for f in features
        if f.aggregate in _TOLD and (f.window_days is None or f.window_days == short or f.aggregate == "early")
    ]


def _round(bound: float, *, whole: bool) -> float:
    return float(np.round(bound)) if whole else float(f"{bound:.2g}")
