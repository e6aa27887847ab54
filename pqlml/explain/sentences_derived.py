"""Sentences about the order of days, single values, and features that are made of others."""

from __future__ import annotations

from pqlml.explain.numbers import amount, plain, share
from pqlml.features.spec import Feature


def told_of_order(feature: Feature, value: float, span: str) -> str | None:  # noqa: PLR0911 - one line per aggregate
    """Tell what the order of the active days says; null if the feature is about something else."""
    match feature.aggregate:
        case "streak":
            return f"{feature.did} {amount(value, 'day', 'days')} in a row at best"
        case "current_streak":
            if value == 0:
                return f"no {feature.noun} today or yesterday"
            return f"{feature.did} {amount(value, 'day', 'days')} in a row up to now"
        case "week_streak":
            if value == 0:
                return f"no {feature.noun} in the last 7 days"
            return (
                f"{feature.did} this week" if value == 1 else f"{feature.did} {plain(value)} weeks in a row up to now"
            )
        case "regularity":
            if value == 0:
                return f"{feature.did} at even intervals {span}"
            return f"{feature.did} at intervals that vary by {amount(value, 'day', 'days')} {span}"
        case "acceleration":
            if value == 0:
                return f"weekly growth in {feature.noun}: as in the week before"
            change = f"{plain(abs(value))} {'up' if value > 0 else 'down'}"
            return f"weekly growth in {feature.noun}: {change} on the week before"
        case _:
            return None


def told_of_parts(feature: Feature, value: float, span: str) -> str | None:  # noqa: PLR0911 - one line per aggregate
    """Tell a single value, a share, or a trial; null if the feature is about something else."""
    match feature.aggregate:
        case "newest":
            return f"{feature.noun} at last count: {plain(value)}"
        case "largest":
            return f"most {feature.noun} at a time {span}: {plain(value)}"
        case "early":
            return _early(feature, value)
        case "top_share":
            return f"one person accounts for {share(value)} of {feature.noun} {span}"
        case "complete":
            after = "within a day of" if value <= 1 else f"{amount(value, 'day', 'days')} after"
            return f"all kinds of {feature.noun} were there {after} sign-up"
        case "ratio":
            return f"{share(value)} of {feature.noun} {feature.did}{_inside(feature, span)}"
        case "since":
            return f"{feature.noun}: {amount(abs(value), 'day', 'days')} {'ago' if value >= 0 else 'ahead'}"
        case "days_left":
            return _days_left(value)
        case "share_used":
            return "the trial is over" if value == 1 else f"{share(value)} of the trial is over"
        case _:
            return None


def nothing_of_order_or_parts(feature: Feature, span: str) -> str | None:  # noqa: PLR0911 - one line per aggregate
    """Tell a missing value; null if the feature is about something else."""
    match feature.aggregate:
        case "newest" | "largest" | "top_share":
            return f"no {feature.noun} {span}"
        case "regularity":
            return f"too few days with {feature.noun} {span} for a rhythm"
        case "early":
            return "sign-up date not known"
        case "complete":
            return f"not all kinds of {feature.noun} yet"
        case "ratio":
            counted = len(feature.inputs) > 1 and feature.inputs[1].aggregate == "count"
            return f"no {feature.noun} {span}" if counted else f"{feature.noun} not known"
        case "days_left" | "share_used":
            return "no trial known"
        case _:
            return None


def _early(feature: Feature, value: float) -> str:
    begin = f"in the first {amount(feature.window_days or 0, 'day', 'days')}".replace("first 1 day", "first day")
    if value == 0:
        return f"no {feature.noun} {begin}"
    often = "once" if plain(value) == "1" else f"{plain(value)} times"
    return f"{feature.did} {often} {begin}"


def _days_left(value: float) -> str:
    if 0 <= value <= 1:
        return "the trial ends within a day"
    days = amount(abs(value), "day", "days")
    return f"the trial ends in {days}" if value > 0 else f"the trial ended {days} ago"


def _inside(feature: Feature, span: str) -> str:
    return "" if feature.window_days is None else f" {span}"
