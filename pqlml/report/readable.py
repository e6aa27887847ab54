"""Features by a name that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pqlml.explain.sentences import when
from pqlml.features.spec import Aggregate, Feature

_NAMES: Final[Mapping[Aggregate, str]] = {
    "count": "{noun} {when}",
    "sum": "{noun} {when}",
    "distinct": "{noun} {when}",
    "sessions": "{noun} {when}",
    "session_minutes": "{noun} {when}",
    "days": "days with {noun} {when}",
    "weeks": "weeks with {noun} {when}",
    "users": "people behind {noun} {when}",
    "events": "kinds of {noun} {when}",
    "mean": "{noun}, mean {when}",
    "recency": "days since the last: {noun}",
    "first": "days from sign-up to the first: {noun}",
    "trend": "trend of {noun}",
    "acceleration": "change in the weekly growth of {noun}",
    "streak": "longest run of days with {noun}",
    "current_streak": "days in a row up to now with {noun}",
    "week_streak": "weeks in a row up to now with {noun}",
    "regularity": "spread of the intervals between {noun} {when}",
    "early": "{noun} in the first {days} days",
    "newest": "{noun} at last count",
    "largest": "most {noun} at a time {when}",
    "top_share": "share of the most active person in {noun} {when}",
    "complete": "days from sign-up to all kinds of: {noun}",
    "ratio": "share of {noun} that {did} {when}",
    "days_left": "days until the trial ends",
    "share_used": "share of the trial that is over",
    "in_ideal": "{noun} in the ideal profile",
    "in_negative": "{noun} in the negative persona",
}


def readable(feature: Feature) -> str:
    """Name a feature for people.

    Examples
    --------
    >>> readable(Feature("pricing.count.7d", "upgrade", "pricing", "count", window_days=7, noun="pricing page views"))
    'Pricing page views in the last 7 days'
    """
    name = _NAMES.get(feature.aggregate, "{noun}").format(
        noun=feature.noun, did=feature.did, when=when(feature.window_days), days=feature.window_days
    )
    return name[:1].upper() + name[1:]
