"""One feature value as a sentence that a rep can repeat on the phone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from pqlml.features.spec import Aggregate, Feature
from pqlml.language import ENGLISH, Language, language

Value = float | str | None

MOST_WORDS: Final = 16
"""No sentence is longer: what does not fit is left out, the comparison first."""

COMPARED: Final[frozenset[Aggregate]] = frozenset(
    {"count", "days", "weeks", "users", "events", "sum", "distinct", "sessions", "newest", "largest"}
)
"""Aggregates that are told along with what is typical of similar leads: numbers of which more is plainly more."""

_SHORT: Final = 3


def sentence(
    feature: Feature,
    value: Value,
    typical: float | None = None,
    *,
    told_in: Language | None = None,
    entity: str = "account",
) -> str:
    """Tell a value in words, made only of the feature's phrases and the value itself.

    Parameters
    ----------
    value
        As in the feature table; null or NaN where nothing is known.
    typical
        What is usual among similar leads; told along with counts where it differs.
    told_in
        Language; English by default.
    entity
        What similar leads are: ``account`` or ``user``.

    Returns
    -------
    At most sixteen words.

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
    'Hit a plan limit 4 times in the last 28 days; similar accounts: 0'
    >>> sentence(hits, 4.0, told_in=language("de"))
    'In den letzten 28 Tagen 4-mal hit a plan limit'
    """
    told_in = told_in if told_in is not None else language(ENGLISH)
    alone = statement(feature, value, told_in)
    beside = comparison(feature, value, typical, told_in, entity)
    return with_comparison(alone, beside)


def statement(feature: Feature, value: Value, told_in: Language) -> str:
    """Tell the value alone, without what is typical of others."""
    told = _told(feature, value, told_in)
    if len(told.split()) > MOST_WORDS:
        short = replace(feature, did=_clipped(feature.did), noun=_clipped(feature.noun))
        told = _told(short, value if not isinstance(value, str) else _clipped(value), told_in)
    return told[:1].upper() + told[1:]


def comparison(feature: Feature, value: Value, typical: float | None, told_in: Language, entity: str) -> str | None:
    """Tell what is typical of similar leads; null where that says nothing."""
    if typical is None or value is None or isinstance(value, str) or feature.aggregate not in COMPARED:
        return None
    shown = told_in.numbers.plain(typical)
    if math.isnan(value) or shown == told_in.numbers.plain(value):
        return None
    return told_in.text(f"similar.{entity}", typical=shown)


def with_comparison(alone: str, beside: str | None) -> str:
    """Put a fact and its comparison together, if both fit into one sentence."""
    if beside is None or len(alone.split()) + len(beside.split()) > MOST_WORDS:
        return alone
    return f"{alone}; {beside}"


def when(window_days: int | None, told_in: Language | None = None) -> str:
    """Write a window in words.

    Examples
    --------
    >>> when(7), when(1), when(None)
    ('in the last 7 days', 'in the last day', 'so far')
    """
    told_in = told_in if told_in is not None else language(ENGLISH)
    if window_days is None:
        return told_in.text("window.so_far")
    return told_in.text("window.last_day" if window_days == 1 else "window.last_days", days=window_days)


def _told(feature: Feature, value: Value, told_in: Language) -> str:
    return told_in.text(
        _key(feature, value, told_in),
        did=feature.did,
        noun=feature.noun,
        span=_span(feature, told_in),
        days=feature.window_days,
        n=_number(feature, value, told_in),
        share=told_in.numbers.share(value) if isinstance(value, float | int) and math.isfinite(value) else "",
    )


_FILE_UNDER: Final[Mapping[Aggregate, str]] = {"distinct": "sum", "sessions": "sum"}
"""Aggregates that are told as another one is."""


def _span(feature: Feature, told_in: Language) -> str:
    if feature.aggregate != "early":
        return when(feature.window_days, told_in)
    first = "window.first_day" if feature.window_days == 1 else "window.first_days"
    return told_in.text(first, days=feature.window_days)


def _number(feature: Feature, value: Value, told_in: Language) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    signed = feature.aggregate in ("attribute", "sum", "mean", "newest", "largest")
    return told_in.numbers.plain(value if signed else abs(value))


def _key(feature: Feature, value: Value, told_in: Language) -> str:
    """Return the key of the text that fits the value."""
    kind = f"told.{_FILE_UNDER.get(feature.aggregate, feature.aggregate)}"
    if isinstance(value, str):
        return "told.attribute.text"
    if value is None or math.isnan(value):
        counted = len(feature.inputs) > 1 and feature.inputs[1].aggregate == "count"
        missing = f"{kind}.{'nothing' if feature.aggregate == 'ratio' and counted else 'none'}"
        return missing if told_in.find(missing) is not None else "told.attribute.none"
    amount = "one" if told_in.numbers.plain(abs(value)) == "1" else "many"
    special = _CASES.get(feature.aggregate)
    if special is not None:
        return f"{kind}.{special(feature, value, amount)}"
    wanted = f"{kind}.{'zero' if value == 0 else amount}"
    return wanted if told_in.find(wanted) is not None else f"{kind}.many"


def _days(feature: Feature, value: float, amount: str) -> str:
    if value == 0:
        return "zero"
    if feature.window_days == 1:
        return "day"
    return f"all_{amount}" if feature.window_days is None else "many"


def _ahead(early: str, late: str) -> Callable[[Feature, float, str], str]:
    return lambda _, value, amount: f"{early if value >= 0 else late}_{amount}"


_CASES: Final[Mapping[Aggregate, Callable[[Feature, float, str], str]]] = {
    "days": _days,
    "recency": lambda _, value, amount: "today" if value <= 1 else amount,
    "first": lambda _, value, amount: "today" if value <= 1 else amount,
    "complete": lambda _, value, amount: "today" if value <= 1 else amount,
    "acceleration": lambda _, value, __: "zero" if value == 0 else "up" if value > 0 else "down",
    "ratio": lambda feature, *_: "so_far" if feature.window_days is None else "many",
    "since": _ahead("ago", "ahead"),
    "days_left": lambda _, value, amount: "today" if 0 <= value <= 1 else f"{'left' if value > 0 else 'over'}_{amount}",
    "share_used": lambda _, value, __: "over" if value == 1 else "many",
    "in_ideal": lambda _, value, __: "inside" if value else "outside",
    "in_negative": lambda _, value, __: "inside" if value else "outside",
    "attribute": lambda *_: "many",
}


def _clipped(text: str) -> str:
    words = text.split()
    return text if len(words) <= _SHORT else f"{' '.join(words[:_SHORT])}…"
