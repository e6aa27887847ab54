"""What every feature means, in plain Python: slow, obvious, and independent of both engines."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import statistics
from collections import Counter
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
    history: list[Event]
    events: list[Event]
    inside: list[Event] = field(default_factory=list)


def value(feature: Feature, pair: Pair, history: list[Event]) -> float | None:
    """Return the feature of a pair whose entity has that history."""
    return AGGREGATES[feature.aggregate](_view(feature, pair, history))


def _view(feature: Feature, pair: Pair, history: list[Event]) -> View:
    visible = [
        event
        for event in history
        if event.ts < pair.cutoff
        and event.known_at <= pair.cutoff
        and (feature.events is None or event.event in feature.events)
    ]
    days = feature.window_days
    inside = [event for event in visible if days is None or event.ts >= pair.cutoff - days * DAY]
    return View(pair, feature, history, visible, inside)


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


def amounts(events: list[Event]) -> list[Decimal]:
    finite = [event.amount for event in events if event.amount is not None and math.isfinite(event.amount)]
    return [round(Decimal(amount), 6) for amount in finite]


def total(view: View) -> float:
    return float(sum(amounts(view.inside), Decimal(0)))


def mean(view: View) -> float | None:
    return total(view) / len(amounts(view.inside)) if amounts(view.inside) else None


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


def current_streak(view: View) -> float:
    """The cutoff's own day is not over: a run that reaches the day before still stands."""
    active = {event.ts.date().toordinal() for event in view.events}
    today = view.pair.cutoff.date().toordinal()
    day = today if today in active else today - 1
    length = 0
    while day - length in active:
        length += 1
    return length


def week_streak(view: View) -> float:
    ages = [view.pair.cutoff - event.ts for event in view.events]
    weeks = 0
    while any(weeks * 7 * DAY < age <= (weeks + 1) * 7 * DAY for age in ages):
        weeks += 1
    return weeks


def regularity(view: View) -> float | None:
    active = sorted({event.ts.date() for event in view.inside})
    gaps = [(later - day).days for day, later in itertools.pairwise(active)]
    return statistics.pstdev(gaps) if len(gaps) > 1 else None


def early(view: View) -> float | None:
    start = view.pair.signup_at
    if start is None or view.feature.window_days is None:
        return None
    return sum(start <= event.ts < start + view.feature.window_days * DAY for event in view.events)


def newest(view: View) -> float | None:
    valued = [(event.ts, amount) for event in view.events for amount in amounts([event])]
    return float(max(valued)[1]) if valued else None


def largest(view: View) -> float | None:
    return float(max(amounts(view.inside))) if amounts(view.inside) else None


def top_share(view: View) -> float | None:
    named = Counter(event.user_id for event in view.inside if event.user_id is not None)
    return max(named.values()) / named.total() if named else None


def acceleration(view: View) -> float:
    ages = [view.pair.cutoff - event.ts for event in view.events]
    week, before, earlier = (sum(k * 7 * DAY < age <= (k + 1) * 7 * DAY for age in ages) for k in range(3))
    return (week - before) - (before - earlier)


def complete(view: View) -> float | None:
    """The day on which the last of the signal's events happened for the first time."""
    if view.pair.signup_at is None:
        return None
    firsts = []
    for name in view.feature.events or ():
        times = [event.ts for event in view.events if event.event == name]
        if not times:
            return None
        firsts.append(min(times))
    return days(max(firsts) - view.pair.signup_at)


def ratio(view: View) -> float | None:
    part, whole = (AGGREGATES[one.aggregate](_view(one, view.pair, view.history)) for one in view.feature.inputs)
    return None if part is None or not whole else part / whole


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
    "current_streak": current_streak,
    "week_streak": week_streak,
    "regularity": regularity,
    "early": early,
    "newest": newest,
    "largest": largest,
    "top_share": top_share,
    "acceleration": acceleration,
    "complete": complete,
    "ratio": ratio,
}
