"""Features by a name that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pqlml.explain.statements import shown, when
from pqlml.features.spec import Aggregate, Feature
from pqlml.language import ENGLISH, language

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
    "recency": "days since they last {did}",
    "first": "days from sign-up until they first {did}",
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
    "complete": "days from sign-up until there were all kinds of {noun}",
    "ratio": "share of {noun} that {did} {when}",
    "days_left": "days until the trial ends",
    "share_used": "share of the trial that is over",
    "in_ideal": "{noun} in the ideal profile",
    "in_negative": "{noun} in the negative persona",
    "seniority": "seniority of the {noun}",
}


def readable(feature: Feature) -> str:
    """Name a feature for people.

    Examples
    --------
    >>> readable(Feature("pricing.count.7d", "upgrade", "pricing", "count", window_days=7, noun="pricing page views"))
    'Pricing page views in the last 7 days'
    """
    if feature.aggregate == "early" and feature.window_days == 1:
        return _capital(f"{feature.noun} in the first day")
    name = _NAMES.get(feature.aggregate, "{noun}").format(
        noun=feature.noun, did=feature.did, when=when(feature.window_days), days=feature.window_days
    )
    return _capital(name)


def yes_or_no(feature: Feature) -> bool:
    """Tell whether a feature has no values but 1 and 0."""
    return feature.yes_no or feature.aggregate in ("in_ideal", "in_negative")


def as_read(feature: Feature, number: float) -> str:
    """Write a number that a feature is compared with; a yes or no where it has no other values.

    Examples
    --------
    >>> as_read(Feature("fit.country.in_ideal", "fit", "country", "in_ideal"), 1.0)
    'yes'
    >>> as_read(Feature("s.sum.7d", "value", "s", "sum", measured_in="seconds"), 7200.0)
    '2 hours'
    """
    if yes_or_no(feature):
        return "yes" if number > 0 else "no"
    told_in = language(ENGLISH)
    if feature.measured_in is not None:
        return told_in.duration(number, feature.measured_in)
    if feature.aggregate in ("ratio", "share_used", "top_share"):
        return told_in.numbers.share(number)
    return shown(feature, number, told_in) if feature.aggregate == "seniority" else f"{number:,g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
