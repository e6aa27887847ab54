"""What a feature is: data that says what is counted, over which window, and how it is told to sales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from pqlml.schema import Dimension, Unit

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
    "current_streak",  # run of consecutive active days up to the cutoff, whose own day is not over
    "week_streak",  # unbroken run of blocks of seven days, counted back from the cutoff, with an event
    "regularity",  # population standard deviation of the gaps in days between active days
    "early",  # events within the first days after sign-up
    "newest",  # a property's value at the newest event that has one; the largest of several at one instant
    "largest",  # largest value of a property
    "top_share",  # share of the events that name a user which come from the most active one
    "age",  # days since sign-up
    "since",  # days from an instant among the attributes to the cutoff; negative where it lies ahead
    "attribute",  # attribute as known at the cutoff
    "in_ideal",  # attribute lies in the ideal profile
    "in_negative",  # attribute lies in the negative persona
    "acceleration",  # events of the last week, less twice those of the week before, plus those of the one before that
    "complete",  # days from sign-up until each of the signal's events had happened once
    "ratio",  # one feature in relation to another, or to a constant
    "days_left",  # days until a trial ends; negative afterwards
    "share_used",  # share of a trial that has gone by, from 0 to 1
    "matches",  # number of roles that lie in the ideal profile
    "seniority",  # how senior a leading person of an account is: rungs from the bottom of a ladder
]

PROFILE: Final[frozenset[Aggregate]] = frozenset({"age", "since", "attribute", "in_ideal", "in_negative"})
"""Aggregates of what is known about the entity itself."""

DERIVED: Final[frozenset[Aggregate]] = frozenset(
    {"acceleration", "complete", "ratio", "days_left", "share_used", "matches"}
)
"""Aggregates of other features: see :mod:`pqlml.features.derive`. Executors are not asked for them."""

PERSONAL: Final[frozenset[Aggregate]] = frozenset({"seniority"})
"""Aggregates of who leads in an account: see :mod:`pqlml.features.seniority`. Executors are not asked for them."""

BEHAVIOUR: Final[frozenset[Aggregate]] = frozenset(get_args(Aggregate)) - PROFILE - DERIVED - PERSONAL
"""Aggregates of events, which every executor computes."""

WHOLE: Final[frozenset[Aggregate]] = frozenset(
    {"count", "days", "weeks", "users", "events", "distinct", "sessions", "current_streak", "week_streak"}
)
"""Aggregates that are whole numbers and never null: their columns take half the space."""

PROPERTIES: Final[frozenset[Aggregate]] = frozenset({"sum", "mean", "newest", "largest"})
"""Aggregates of a numeric property."""

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
        Property, distinct-counted column or attribute, where the aggregate needs one; for ``seniority`` which person.
    window_days
        Length of ``[cutoff - window, cutoff)``, for ``early`` of ``[sign-up, sign-up + window)``; null means all
        history.
    bounds, values
        For ``in_ideal`` and ``in_negative``: inclusive numeric bounds, or the set of texts. For ``seniority``: the
        rungs of the ladder, the most senior first, the words and phrases of each one to a line.
    inputs
        Features that a derived one is made of; they are computed along with it, wanted themselves or not.
    constant
        For ``ratio``: what the one input is divided by. For a trial: its length in days.
    category
        Whether values are texts rather than numbers.
    unit, null
        What a value counts, and what a missing one means.
    yes_no
        Whether an attribute is 1 for yes and 0 for no.
    measured_in
        Where the value is a length of time: its unit. It is then told in the unit that fits it.
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
    inputs: tuple[Feature, ...] = ()
    constant: float | None = None
    category: bool = False
    yes_no: bool = False
    unit: str = ""
    null: str = ""
    measured_in: Unit | None = None
    did: str = ""
    noun: str = ""
