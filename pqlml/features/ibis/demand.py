"""What the features need of the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pqlml.features.ibis.cells import Window
from pqlml.features.spec import PROPERTIES, TREND_LONG_DAYS, TREND_SHORT_DAYS, Aggregate, Feature

EventSet = tuple[str, ...] | None
"""Names of events; null is every event."""

_USERS: frozenset[Aggregate] = frozenset({"users", "top_share"})
_SESSIONS: frozenset[Aggregate] = frozenset({"sessions", "session_minutes"})
_WEEKS: frozenset[Aggregate] = frozenset({"weeks", "week_streak"})


@dataclass(frozen=True)
class Demand:
    """Columns that records carry.

    Attributes
    ----------
    texts
        Columns of the canonical events: ``event``, ``user_id``, ``session_id``, ``d_...``.
    properties
        Properties; the amount of the n-th is ``a_n`` in records.
    early
        Whether the time since sign-up is needed.
    weeks
        Whether the time on the frame's clock is needed.
    windows
        Lengths of all windows.
    """

    texts: tuple[str, ...]
    properties: tuple[str, ...]
    early: bool
    weeks: bool
    windows: tuple[Window, ...]


def demand_of(features: Sequence[Feature]) -> Demand:
    """Collect what features of behaviour need."""
    kinds = {feature.aggregate for feature in features}
    texts = ["event"]
    texts += ["user_id"] if kinds & _USERS else []
    texts += ["session_id"] if kinds & _SESSIONS else []
    texts += [f"d_{feature.source}" for feature in features if feature.aggregate == "distinct"]
    windows: set[Window] = {feature.window_days for feature in features if feature.aggregate != "early"}
    windows |= {None, TREND_SHORT_DAYS, TREND_LONG_DAYS} if "trend" in kinds else {None}
    return Demand(
        texts=tuple(dict.fromkeys(texts)),
        properties=tuple(dict.fromkeys(str(feature.source) for feature in features if feature.aggregate in PROPERTIES)),
        early="early" in kinds,
        weeks=bool(kinds & _WEEKS),
        windows=tuple(sorted(windows, key=lambda window: (window is None, window or 0))),
    )


def mask_of(window: Window) -> str:
    """Return the column of the pairs that holds the bits of a window."""
    return "m_all" if window is None else f"m_{window}"
