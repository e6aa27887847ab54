"""What has to be kept so that features need not go back to all events."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple, cast

from pqlml.features.kernel.layout import DAY, key_of
from pqlml.features.spec import TREND_LONG_DAYS, Aggregate, Feature
from pqlml.features.store.tallies import Kind

WINDOWED: Final[frozenset[Aggregate]] = frozenset(
    {"count", "days", "weeks", "users", "events", "sum", "mean", "distinct", "sessions"}
)
"""Aggregates that need nothing but the events in their window."""

_TOTALS: Final[frozenset[Aggregate]] = frozenset({"count", "events", "recency", "first"})


class Need(NamedTuple):
    """One tally: its kind, the column of the events that it is about, and the events that count (null = all)."""

    kind: Kind
    column: str | None = None
    events: tuple[str, ...] | None = None

    @classmethod
    def read(cls, data: tuple[str, str | None, tuple[str, ...] | None]) -> Need:
        """Read a need that went through JSON."""
        kind, column, events = data
        return cls(cast("Kind", kind), column, events)


TOTALS: Final = Need("totals")
"""Always kept: who did what, how often, first and last."""


def need_of(feature: Feature) -> Need | None:  # noqa: PLR0911 - one return per kind
    """Return the tally that the feature is made of; null if none can make it."""
    match feature.aggregate:
        case "session_minutes":
            return Need("sessions", "session_id", feature.events)
        case _ if feature.window_days is not None:
            return None
        case "sum" | "mean":
            return Need("sums", f"p_{feature.source}")
        case "users" | "distinct":
            return Need("values", key_of(feature), feature.events)
        case "sessions":
            return Need("sessions", "session_id", feature.events)
        case "days" | "streak":
            return Need("values", DAY, feature.events)
        case aggregate if aggregate in _TOTALS:
            return TOTALS
    return None


def window_of(feature: Feature) -> int | None:
    """Return how many days back from the cutoff all events of the feature lie; null if there is no such bound."""
    if feature.aggregate == "trend":
        return TREND_LONG_DAYS
    return feature.window_days if feature.aggregate in WINDOWED else None


def needs_of(features: Iterable[Feature]) -> frozenset[Need]:
    """Return all tallies that the features are made of."""
    return frozenset({TOTALS, *filter(None, map(need_of, features))})


def horizon_of(features: Iterable[Feature]) -> int:
    """Return the longest window in days."""
    windows = [window_of(feature) for feature in features]
    windows += [feature.window_days for feature in features if feature.aggregate == "session_minutes"]
    return math.ceil(max((window for window in windows if window is not None), default=0))
