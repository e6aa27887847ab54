"""What a feature is: data that says what is counted, over which window, and how it is told to sales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from pqlml.schema import Dimension

Aggregate = Literal[
    "count",  # events
    "days",  # distinct days with an event
    "weeks",  # distinct blocks of seven days, counted back from the cutoff, with an event
    "users",  # distinct users with an event
    "events",  # distinct event names: breadth
    "sum",  # sum of a property
    "mean",  # mean of a property over the events that have it
    "distinct",  # distinct values of a column
    "sessions",  # distinct sessions
    "session_minutes",  # mean minutes from first to last event of a session
    "recency",  # days since the last event
    "first",  # days from sign-up to the first event
    "trend",  # daily rate in the last week against the three weeks before
    "streak",  # longest run of consecutive active days
    "age",  # days since sign-up
    "attribute",  # attribute as known at the cutoff
    "in_ideal",  # attribute lies in the ideal profile
    "in_negative",  # attribute lies in the negative persona
    "matches",  # number of roles that lie in the ideal profile
]

BEHAVIOUR: Final[frozenset[Aggregate]] = frozenset(get_args(Aggregate)) - {
    "age",
    "attribute",
    "in_ideal",
    "in_negative",
    "matches",
}
"""Aggregates of events; the others are about the profile."""

TREND_SHORT_DAYS = 7
TREND_LONG_DAYS = 28


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    Attributes
    ----------
    name
        Unique; ``signal.aggregate.window``.
    group
        What reasons are told about: all windows and aggregates of one signal form one group.
    events
        Event names that count; null means every event.
    source
        Property, distinct-counted column or attribute, where the aggregate needs one.
    window_days
        Length of ``[cutoff - window, cutoff)``; null means all history.
    bounds, values
        For ``in_ideal`` and ``in_negative``: inclusive numeric bounds, or the set of texts.
    members
        For ``matches``: names of the features that are added up.
    category
        Whether values are texts rather than numbers.
    unit, null
        What a value counts, and what a missing one means.
    did, noun
        The phrase for sales: past tense ("hit a plan limit") and plural noun ("plan limits hit").
    """

    name: str
    dimension: Dimension
    group: str
    aggregate: Aggregate
    events: tuple[str, ...] | None = None
    source: str | None = None
    window_days: int | None = None
    bounds: tuple[float | None, float | None] | None = None
    values: tuple[str, ...] | None = None
    members: tuple[str, ...] = ()
    category: bool = False
    unit: str = ""
    null: str = ""
    did: str = ""
    noun: str = ""
