"""One feature value as a sentence that a rep can repeat on the phone."""

from __future__ import annotations

import math

from pqlml.explain.numbers import amount, plain
from pqlml.explain.sentences_derived import nothing_of_order_or_parts, told_of_order, told_of_parts
from pqlml.features.spec import TREND_LONG_DAYS, TREND_SHORT_DAYS, Feature
from pqlml.schema import TYPICAL

Value = float | str | None


def sentence(feature: Feature, value: Value, typical: float | None = None) -> str:
    """Tell a value in words, made only of the feature's phrases and the value itself.

    Parameters
    ----------
    value
        As in the feature table; null or NaN where nothing is known.
    typical
        Median of the training rows; told along with counts where it differs.

    Examples
    --------
    >>> hits = Feature(
    ...     "limit_hit.count.28d",
    ...     "upgrade",
    ...     "limit_hit",
    ...     "count",
    ...     window_days=28,
    ...     did="hit a plan limit",
    ...     noun="plan limits hit",
    ... )
    >>> sentence(hits, 4.0, typical=0.0)
    'Hit a plan limit 4 times in the last 28 days; typical: 0'
    """
    if isinstance(value, str):
        return _capital(f"{feature.noun}: {value}")
    if value is None or math.isnan(value):
        return _capital(_nothing(feature))
    told = _capital(_told(feature, value))
    counted = feature.aggregate in ("count", "days", "users", "sum", "distinct", "sessions")
    if counted and typical is not None and plain(typical) != plain(value):
        told += f"{TYPICAL}{plain(typical)}"
    return told


def when(window_days: int | None) -> str:
    """Write a window in words.

    Examples
    --------
    >>> when(7), when(1), when(None)
    ('in the last 7 days', 'in the last day', 'so far')
    """
    if window_days is None:
        return "so far"
    return "in the last day" if window_days == 1 else f"in the last {window_days} days"


def _told(feature: Feature, value: float) -> str:  # noqa: C901, PLR0911, PLR0912 - one line per aggregate, on purpose
    span = when(feature.window_days)
    match feature.aggregate:
        case "count":
            return _times(feature, value, span)
        case "days":
            return _days(feature, value, span)
        case "weeks":
            return (
                f"{feature.did} during {amount(value, 'week', 'weeks')} {span}"
                if value
                else f"no {feature.noun} {span}"
            )
        case "users":
            return f"{amount(value, 'person', 'people')} {feature.did} {span}" if value else f"no {feature.noun} {span}"
        case "events":
            kinds = amount(value, "kind", "different kinds")
            return f"{kinds} of {feature.noun} {span}" if value else f"no {feature.noun} {span}"
        case "sum" | "distinct" | "sessions":
            return _number_of(feature, value, span)
        case "mean":
            return _number_of(feature, value, f"on average {span}")
        case "session_minutes":
            return f"sessions last {amount(value, 'minute', 'minutes')} on average {span}"
        case "recency":
            if value <= 1:
                return f"{feature.did} within the last day"
            return f"most recently {feature.did} {amount(value, 'day', 'days')} ago"
        case "first":
            after = "within a day of" if value <= 1 else f"{amount(value, 'day', 'days')} after"
            return f"first {feature.did} {after} sign-up"
        case "trend":
            return _trend(feature, value)
        case "age":
            return f"signed up {amount(value, 'day', 'days')} ago"
        case "in_ideal":
            return f"{feature.noun} {'fits' if value else 'lies outside'} the ideal profile"
        case "in_negative":
            return f"{feature.noun} {'matches' if value else 'is clear of'} the negative persona"
        case "matches":
            return f"matches {amount(value, 'criterion', 'criteria')} of the ideal profile"
        case _:
            told = told_of_order(feature, value, span) or told_of_parts(feature, value, span)
            return told or f"{feature.noun}: {plain(value)}"


def _times(feature: Feature, value: float, span: str) -> str:
    if value == 0:
        return f"no {feature.noun} {span}"
    if plain(value) == "1":
        return f"{feature.did} once {span}"
    return f"{feature.did} {plain(value)} times {span}"


def _days(feature: Feature, value: float, span: str) -> str:
    if value == 0:
        return f"no {feature.noun} {span}"
    if feature.window_days == 1:
        return f"{feature.did} {span}"
    if feature.window_days is None:
        return f"{feature.did} on {amount(value, 'day', 'days')} {span}"
    return f"{feature.did} on {plain(value)} of the last {feature.window_days} days"


def _number_of(feature: Feature, value: float, span: str) -> str:
    if value == 0:
        return f"no {feature.noun} {span}"
    # The noun is a plural: "sessions in the last 7 days: 1".
    return f"{feature.noun} {span}: 1" if plain(value) == "1" else f"{plain(value)} {feature.noun} {span}"


def _trend(feature: Feature, value: float) -> str:
    if value == 0:
        return f"no {feature.noun} {when(TREND_SHORT_DAYS)}, some in the weeks before"
    rate = "as often as before" if plain(value) == "1" else f"{plain(value)} times the earlier rate"
    return f"this week's {feature.noun}: {rate}"


def _nothing(feature: Feature) -> str:
    match feature.aggregate:
        case "recency" | "first" | "streak":
            return f"no {feature.noun} so far"
        case "trend":
            return f"no {feature.noun} {when(TREND_LONG_DAYS)}"
        case "session_minutes":
            return f"no session {when(feature.window_days)}"
        case "mean":
            return f"no {feature.noun} {when(feature.window_days)}"
        case "age":
            return "sign-up date not known"
        case _:
            return nothing_of_order_or_parts(feature, when(feature.window_days)) or f"{feature.noun} not known"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
