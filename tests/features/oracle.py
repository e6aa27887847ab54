"""What every feature means, in plain Python: slow, obvious, and independent of both engines."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from pqlml.features.spec import Feature

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Event:
    entity_id: str
    event: str
    ts: dt.datetime
    known_at: dt.datetime
    user_id: str | None = None
    session_id: str | None = None
    amount: float | None = None
    place: str | None = None


@dataclass(frozen=True)
class Pair:
    entity_id: str
    cutoff: dt.datetime
    signup_at: dt.datetime | None = None


@dataclass(frozen=True)
class View:
    """What a pair sees of the events that a feature is about."""

    pair: Pair
    feature: Feature
    events: list[Event]
    inside: list[Event] = field(default_factory=list)


def value(feature: Feature, pair: Pair, history: list[Event]) -> float | None:
    """Return the feature of a pair whose entity has that history."""
    visible = [
        event
        for event in history
        if event.ts < pair.cutoff
        and event.known_at <= pair.cutoff
        and (feature.events is None or event.event in feature.events)
    ]
    days = feature.window_days
    inside = [event for event in visible if days is None or event.ts >= pair.cutoff - days * DAY]
    return AGGREGATES[feature.aggregate](View(pair, feature, visible, inside))


def days(duration: dt.timedelta) -> float:
    return duration // dt.timedelta(microseconds=1) / 86_400_000_000


def count(view: View) -> float:
    return len(view.inside)


def active_days(view: View) -> float:
    return len({event.ts.date() for event in view.inside})


def weeks(view: View) -> float:
    """Blocks ``[cutoff - 7 (k + 1) days, cutoff - 7 k days)``; one that a window cuts counts by its part inside.

    The newest event of a block is inside if any is.
    """
    return len({(view.pair.cutoff - event.ts - dt.timedelta(microseconds=1)) // (7 * DAY) for event in view.inside})


def users(view: View) -> float:
    return len({event.user_id for event in view.inside} - {None})


def names(view: View) -> float:
    return len({event.event for event in view.inside})


def distinct(view: View) -> float:
    return len({event.place for event in view.inside} - {None})


def amounts(view: View) -> list[Decimal]:
    finite = [event.amount for event in view.inside if event.amount is not None and math.isfinite(event.amount)]
    return [round(Decimal(amount), 6) for amount in finite]


def total(view: View) -> float:
    return float(sum(amounts(view), Decimal(0)))


def mean(view: View) -> float | None:
    return total(view) / len(amounts(view)) if amounts(view) else None


def open_sessions(view: View) -> set[str]:
    return {event.session_id for event in view.inside if event.session_id is not None}


def sessions(view: View) -> float:
    return len(open_sessions(view))


def session_minutes(view: View) -> float | None:
    lengths = []
    for session in open_sessions(view):
        times = [event.ts for event in view.events if event.session_id == session]
        lengths.append(max(times) - min(times))
    return sum(lengths, dt.timedelta()) / dt.timedelta(minutes=1) / len(lengths) if lengths else None


def recency(view: View) -> float | None:
    return days(view.pair.cutoff - max(event.ts for event in view.events)) if view.events else None


def first(view: View) -> float | None:
    if not view.events or view.pair.signup_at is None:
        return None
    return days(min(event.ts for event in view.events) - view.pair.signup_at)


def trend(view: View) -> float | None:
    ages = [view.pair.cutoff - event.ts for event in view.events]
    recent, month = sum(age <= 7 * DAY for age in ages), sum(age <= 28 * DAY for age in ages)
    return (recent / 7) / ((month - recent + 1) / 21) if month else None


def streak(view: View) -> float | None:
    active = {event.ts.date() for event in view.events}
    longest = 0
    for day in active:
        length = 1
        while day.toordinal() > length and day - length * DAY in active:
            length += 1
        longest = max(longest, length)
    return longest or None


AGGREGATES: dict[str, Callable[[View], float | None]] = {
    "count": count,
    "days": active_days,
    "weeks": weeks,
    "users": users,
    "events": names,
    "sum": total,
    "mean": mean,
    "distinct": distinct,
    "sessions": sessions,
    "session_minutes": session_minutes,
    "recency": recency,
    "first": first,
    "trend": trend,
    "streak": streak,
}
