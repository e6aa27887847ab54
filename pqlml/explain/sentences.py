"""One feature value as a sentence that a rep can repeat on the phone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from pqlml.explain.reading import COMPARED, MINUS, MORE, NEITHER, PLUS, SOONER, reads
from pqlml.explain.statements import MOST_WORDS, Value, clipped, shown, statement, whole_days
from pqlml.features.spec import Aggregate, Feature
from pqlml.language import ENGLISH, Language, language
from pqlml.schema import Unit

AGAINST: Final = -1
FOR: Final = 1
NO_REASON: Final = 0
"""Which way a value moves a score; no reason where it is told without one."""


_COUNTED_IN: Final[Mapping[Aggregate, Unit]] = {
    "streak": "days",
    "current_streak": "days",
    "weeks": "weeks",
    "week_streak": "weeks",
}
"""Aggregates whose bare number would not be understood in a comparison."""


class Read(NamedTuple):
    """How a value reads by itself, and beside what is typical: as :func:`pqlml.explain.reading.reads` says."""

    alone: int
    beside: int


class Told(NamedTuple):
    """A value in words.

    Attributes
    ----------
    statement
        The fact alone.
    sentence
        With its comparison, or with the words that say which way it counts.
    compared
        Whether the sentence says what is typical of similar leads.
    """

    statement: str
    sentence: str
    compared: bool = False


def sentence(
    feature: Feature,
    value: Value,
    typical: float | None = None,
    *,
    told_in: Language | None = None,
    entity: str = "account",
    direction: int = NO_REASON,
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
    direction
        1 for a reason for a lead, -1 for one against it: the sentence then never reads the other way round.

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
    >>> sentence(hits, 4.0, typical=9.0, direction=-1)
    'Hit a plan limit only 4 times in the last 28 days; similar accounts: 9'
    >>> sentence(hits, 4.0, typical=0.0, direction=-1)
    'Hit a plan limit 4 times in the last 28 days; less likely with this profile'
    >>> sentence(hits, 4.0, told_in=language("de"))
    'In den letzten 28 Tagen 4-mal hit a plan limit'
    """
    told_in = told_in if told_in is not None else language(ENGLISH)
    return tell(feature, value, typical, told_in, entity, direction).sentence


def tell(
    feature: Feature,
    value: Value,
    typical: float | None,
    told_in: Language,
    entity: str,
    direction: int = NO_REASON,
    read: Read | None = None,
) -> Told:
    """Tell a value so that it reads the way it counts.

    A comparison is told where it reads that way. A fact that reads as neither is told as it is among the reasons for a
    lead. All else says in words which way it counts: what reads the other way round, what is not known, and what reads
    as neither among the reasons against.

    Parameters
    ----------
    read
        How the value reads, where that is known already (see :func:`pqlml.explain.reading.reads`).
    """
    alone = statement(feature, value, told_in)
    beside = comparison(feature, value, typical, told_in, entity)
    if direction == NO_REASON:
        return _beside(alone, beside)
    read = read if read is not None else _read(feature, value, typical)
    by_itself = read.alone
    reading = by_itself if beside is None else read.beside
    wanted = PLUS if direction > 0 else MINUS
    if reading == wanted:
        fewer = wanted == MINUS and by_itself != MINUS and feature.aggregate in MORE
        said = statement(feature, value, told_in, fewer=True) if fewer else alone
        told = Told(alone, *_beside(said, beside)[1:])
        if told.compared or by_itself == wanted:
            return told
    elif reading == NEITHER and wanted == PLUS and not _missing(value):
        return Told(alone, alone)
    return Told(alone, _marked(feature, value, told_in, alone, "more" if wanted == PLUS else "less"))


def comparison(feature: Feature, value: Value, typical: float | None, told_in: Language, entity: str) -> str | None:
    """Tell what is typical of similar leads; null where that says nothing."""
    if typical is None or value is None or isinstance(value, str) or feature.aggregate not in COMPARED:
        return None
    if math.isnan(value) or math.isnan(typical) or _usual(feature, typical, told_in) == _usual(feature, value, told_in):
        return None
    return told_in.text(f"similar.{entity}", typical=_usual(feature, typical, told_in))


def _usual(feature: Feature, value: float, told_in: Language) -> str:
    """Write a number so that it is understood without the fact that it stands beside."""
    kind = feature.aggregate
    if kind in SOONER:
        key = f"similar_when.{kind}"
        return told_in.text(f"{key}.today") if value <= 1 else told_in.amount(key, whole_days(value))
    if kind in _COUNTED_IN:
        return told_in.amount(f"duration.{_COUNTED_IN[kind]}", value)
    return shown(feature, value, told_in)


def with_comparison(alone: str, beside: str | None) -> str:
    """Put a fact and its comparison together, if both fit into one sentence."""
    return _beside(alone, beside).sentence


def _beside(alone: str, beside: str | None) -> Told:
    if beside is None or len(alone.split()) + len(beside.split()) > MOST_WORDS:
        return Told(alone, alone)
    return Told(alone, f"{alone}; {beside}", compared=True)


def _read(feature: Feature, value: Value, typical: float | None) -> Read:
    if isinstance(value, str):
        return Read(NEITHER, NEITHER)
    number = math.nan if value is None else value
    usual = np.array([math.nan, math.nan if typical is None else typical])
    alone, beside = reads(feature, np.array([number, number]), usual).tolist()
    return Read(alone, beside)


def _missing(value: Value) -> bool:
    return value is None or (not isinstance(value, str) and math.isnan(value))


def _marked(feature: Feature, value: Value, told_in: Language, alone: str, key: str) -> str:
    """Say which way a fact counts: in full, or in short where that is too long."""
    full, short = told_in.text(f"counts.{key}"), told_in.text(f"counts.{key}_short")
    for said, mark in ((alone, full), (alone, short)):
        if len(said.split()) + len(mark.split()) <= MOST_WORDS:
            return f"{said}; {mark}"
    return f"{statement(*clipped(feature, value), told_in)}; {short}"
