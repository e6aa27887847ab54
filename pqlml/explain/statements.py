"""One feature value told alone: the fact and its time, in the words of a language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from pqlml.features.spec import Aggregate, Feature
from pqlml.language import ENGLISH, Language, language

Value = float | str | None

MOST_WORDS: Final = 16
"""No sentence is longer: what does not fit is left out, the comparison first."""

IN_DAYS: Final[frozenset[Aggregate]] = frozenset({"recency", "first", "complete", "age", "since", "days_left"})
"""Aggregates that are told in whole days."""

_SHORT: Final = 3


def statement(feature: Feature, value: Value, told_in: Language, *, fewer: bool = False) -> str:
    """Tell the value alone, without what is typical of others; with ``fewer``, as "only" so much."""
    told = _told(feature, value, told_in, fewer=fewer)
    if len(told.split()) > MOST_WORDS:
        told = _told(*clipped(feature, value), told_in, fewer=fewer)
    return told[:1].upper() + told[1:]


def shown(feature: Feature, value: float, told_in: Language) -> str:
    """Write a number of a feature for people: whole days, times in a unit that fits, rungs by name, else as it is."""
    if feature.aggregate in IN_DAYS:
        return told_in.numbers.plain(whole_days(value))
    if feature.aggregate == "session_minutes":
        return told_in.duration(value, "minutes")
    if feature.aggregate == "seniority":
        return rung(feature, value, told_in)
    timed = feature.measured_in is not None and value != 0
    return told_in.duration(value, str(feature.measured_in)) if timed else told_in.numbers.plain(value)


def rung(feature: Feature, value: float, told_in: Language) -> str:
    r"""Name a rung of the ladder of seniority: as the language does, or by its first word.

    Examples
    --------
    >>> senior = Feature("x", "fit", "x", "seniority", values=("chief\nceo", "lead"))
    >>> [rung(senior, value, language(ENGLISH)) for value in (2.0, 1.0, 0.0)]
    ['chief', 'lead', 'none']
    """
    ladder = feature.values or ()
    place = min(math.floor(value), len(ladder))
    word = ladder[-place].partition("\n")[0] if place > 0 else "none"
    return told_in.find(f"rungs.{word}") or word


def as_told(feature: Feature, cells: np.ndarray) -> np.ndarray:
    """Return equal cells for values that are told in the same words: days are told as whole ones.

    Examples
    --------
    >>> recency = Feature("a.recency", "team", "a", "recency")
    >>> as_told(recency, np.array([0.2, 0.9, 1.2, 12.4, 11.6, -3.5, np.nan])).tolist()
    [0.5, 0.5, 1.0, 12.0, 12.0, -4.0, nan]
    """
    if feature.aggregate not in IN_DAYS:
        return cells
    days = cells.astype(np.float64)
    within = np.abs(days) <= 1
    return np.where(within, np.copysign(0.5, days), np.copysign(np.floor(np.abs(days) + 0.5), days))


def whole_days(value: float) -> float:
    """Round days as people count them.

    Examples
    --------
    >>> whole_days(12.5), whole_days(1.2), whole_days(-3.7)
    (13.0, 1.0, -4.0)
    """
    return math.copysign(math.floor(abs(value) + 0.5), value)


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


def clipped(feature: Feature, value: Value) -> tuple[Feature, Value]:
    """Shorten the phrases of a feature, and a text, to three words."""
    short = replace(feature, did=_clipped(feature.did), noun=_clipped(feature.noun))
    return short, _clipped(value) if isinstance(value, str) else value


def _told(feature: Feature, value: Value, told_in: Language, *, fewer: bool = False) -> str:
    number = _number(feature, value, told_in)
    part, whole = ([one.noun for one in feature.inputs] + ["", ""])[:2]
    share = value if isinstance(value, float | int) and math.isfinite(value) else math.nan
    return told_in.text(
        _key(feature, value, told_in),
        did=feature.did,
        noun=feature.noun,
        part=part,
        whole=whole,
        span=span(feature, told_in),
        over=_over(feature, told_in),
        days=feature.window_days,
        once=told_in.text("few.once" if fewer else "once"),
        n=told_in.text("few.number", n=number) if fewer else number,
        share=told_in.numbers.share(share),
        percent=told_in.numbers.plain(100 * share),
    )


_FILE_UNDER: Final[Mapping[Aggregate, str]] = {"distinct": "sum", "sessions": "sum"}
"""Aggregates that are told as another one is."""


def span(feature: Feature, told_in: Language) -> str:
    """Write the time that a feature looks at: a window, or the first days."""
    if feature.aggregate != "early":
        return when(feature.window_days, told_in)
    first = "window.first_day" if feature.window_days == 1 else "window.first_days"
    return told_in.text(first, days=feature.window_days)


def _over(feature: Feature, told_in: Language) -> str:
    days = feature.window_days
    key = "so_far" if days is None else "last_day" if days == 1 else "last_days"
    return told_in.text(f"over.{key}", days=days)


def _number(feature: Feature, value: Value, told_in: Language) -> str:
    if value is None or isinstance(value, str):
        return (value or "").replace("_", " ")
    if math.isnan(value):
        return ""
    signed = feature.aggregate in ("attribute", "sum", "mean", "newest", "largest")
    return shown(feature, value if signed else abs(value), told_in)


def _key(feature: Feature, value: Value, told_in: Language) -> str:
    """Return the key of the text that fits the value."""
    kind = f"told.{_FILE_UNDER.get(feature.aggregate, feature.aggregate)}"
    if isinstance(value, str):
        return "told.attribute.text"
    if value is None or math.isnan(value):
        counted = len(feature.inputs) > 1 and feature.inputs[1].aggregate == "count"
        missing = f"{kind}.{'nothing' if feature.aggregate == 'ratio' and counted else 'none'}"
        return missing if told_in.find(missing) is not None else "told.attribute.none"
    amount = "one" if shown(feature, abs(value), told_in) == "1" else "many"
    if feature.measured_in and value != 0:
        amount = "time"
    special = _CASES.get(feature.aggregate)
    if special is not None:
        return f"{kind}.{special(feature, value, amount)}"
    wanted = f"{kind}.{'zero' if value == 0 else amount}"
    return wanted if told_in.find(wanted) is not None else f"{kind}.many"


def _days(feature: Feature, value: float, amount: str) -> str:
    if value == 0:
        return "zero"
    if feature.window_days is None:
        return f"all_{amount}"
    if feature.window_days == 1:
        return "day"
    return "each" if value >= feature.window_days else "many"


def _ratio(feature: Feature, value: float, _: str) -> str:
    """Return how a share is told; more of one signal than of another is no share of it."""
    if value > 1 and len(feature.inputs) > 1 and feature.inputs[1].aggregate == "count":
        return "above"
    return "so_far" if feature.window_days is None else "many"


def _ahead(early: str, late: str) -> Callable[[Feature, float, str], str]:
    return lambda _, value, amount: f"{early if value >= 0 else late}_{'today' if abs(value) <= 1 else amount}"


_CASES: Final[Mapping[Aggregate, Callable[[Feature, float, str], str]]] = {
    "days": _days,
    "recency": lambda _, value, amount: "today" if value <= 1 else amount,
    "first": lambda _, value, amount: "today" if value <= 1 else amount,
    "complete": lambda _, value, amount: "today" if value <= 1 else amount,
    "acceleration": lambda _, value, __: "zero" if value == 0 else "up" if value > 0 else "down",
    "trend": lambda _, value, amount: "zero" if value == 0 else "fewer" if value < 1 and amount != "one" else amount,
    "ratio": _ratio,
    "since": _ahead("ago", "ahead"),
    "age": lambda _, value, amount: "today" if value <= 1 else amount,
    "days_left": lambda _, value, amount: (
        ("today" if value >= 0 else "over_today") if abs(value) <= 1 else f"{'left' if value > 0 else 'over'}_{amount}"
    ),
    "share_used": lambda _, value, __: "over" if value == 1 else "many",
    "in_ideal": lambda _, value, __: "inside" if value else "outside",
    "in_negative": lambda _, value, __: "inside" if value else "outside",
    "attribute": lambda feature, value, _: ("yes" if value else "no") if feature.yes_no else "many",
}


def _clipped(text: str) -> str:
    words = text.split()
    return text if len(words) <= _SHORT else f"{' '.join(words[:_SHORT])}…"
