"""The shapes that readers of a published run receive, in Python and as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from pqlml.errors import PqlmlError
from pqlml.schema import Dimension, Tier
from pqlml.times import iso, parse_instant

Direction = Literal["for", "against"]
Section = Literal["use", "outcomes", "team", "upgrade", "company"]
Which = Literal["most_active", "most_senior"]
ChangePart = Literal["corrections", "silence", "behaviour", "attributes", "model"]


LEAST_POINTS: Final = 0.5
"""Parts of a change that would be shown as less than one point are not told."""


def _instant(value: object) -> object:
    if not isinstance(value, str | dt.datetime):
        return value
    try:
        return parse_instant(value)
    except PqlmlError as error:
        raise ValueError(str(error)) from error


Instant = Annotated[dt.datetime, BeforeValidator(_instant), PlainSerializer(iso, return_type=str)]
"""A zone-less UTC instant, written to JSON as ISO 8601 with ``Z``."""


class Record(BaseModel):
    """Base of what is read: frozen, described by its attribute docstrings, tolerant of keys that later versions add."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, allow_inf_nan=False)


class DefinitionRef(Record):
    """The definition that the scores were made with."""

    name: str
    version: int
    hash: str


class ModelRef(Record):
    """The model that the scores were made with."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str
    version: str
    mlflow_run_id: str | None = None


class Counts(Record):
    """How many entities were scored, and how many were set aside and why."""

    total: int | None = None
    """Entities that were looked at; null in runs that did not write it down."""
    scored: int
    by_tier: dict[Tier, int]
    dropped: dict[str, int]
    """Entities without a score, by reason."""


class Thresholds(Record):
    """Where each tier begins; what is below ``warm`` is cold."""

    by: Literal["points", "probability", "capacity"] = "points"
    """What the thresholds count: points, probability (0 to 1), or leads per run, cumulative."""
    critical: float
    hot: float
    warm: float


class Since(Record):
    """The earlier run that a run is compared with."""

    run_id: str
    as_of: Instant


class Run(Record):
    """One published run of scoring: ``run.json``."""

    run_id: str
    as_of: Instant
    """Only what was known strictly before this instant counts."""
    created_at: Instant
    definition: DefinitionRef
    entity: str
    """What a lead is: ``account`` or ``user``."""
    model: ModelRef
    counts: Counts
    tiers: Thresholds
    horizon_days: float
    """The probability is that of converting within so many days after ``as_of``."""
    base_rate: float
    """Share of entities that converted within the horizon in the model's training data, 0 to 1."""
    language: str = "en"
    """Code of the language of its sentences, and of the pages that show it."""
    headline: str
    """What the model is worth out of time, in words."""
    since: Since | None = None
    """What the changes are told against; null where none were asked for."""


class Reason(Record):
    """One reason for or against a lead."""

    rank: int
    """1 = the weightiest."""
    direction: Direction
    group: str
    dimension: Dimension
    contribution: float
    """Share of the log-odds."""
    points: float
    """Share of the points."""
    feature: str | None = None
    """Name of the feature that is told; null in runs that did not write it down."""
    fact: float | None
    """The measured value behind the sentence; null where nothing was measured."""
    typical: float | None = None
    """Median of similar leads in the same run; null where the sentence compares nothing."""
    similar: str | None = None
    """Who they are, in words."""
    statement: str | None = None
    """The fact alone; null in runs that did not write it down."""
    sentence: str
    """The fact with its time and, where it helps, what is typical of similar leads."""

    @property
    def told_to_lead(self) -> str:
        """The fact alone, as it can be said to the lead: what is typical of others is for the rep."""
        return self.statement if self.statement is not None else self.sentence


class Contribution(Record):
    """One group's share of a lead's log-odds; the group ``(base)`` is what every lead starts from."""

    group: str
    dimension: Dimension | Literal["base"]
    contribution: float


class ProfileRow(Record):
    """One fact about a lead, ready to read."""

    section: Section
    label: str
    value: str


class Person(Record):
    """Somebody of an account whom sales may want to know of."""

    which: Which
    user_id: str
    name: str | None
    """Null where it is unknown, or not to be shown."""
    email: str | None
    role: str | None
    seniority: int | None
    """Rungs of the definition's ladder from the bottom, 0 below all of them; null where no role is known."""
    events: int
    """Events of this person in the account, in the last ``window_days``."""
    window_days: int


class ScoreChange(Record):
    """One part of what changed a lead's score since an earlier run; the parts sum to the whole change."""

    part: ChangePart
    label: str
    """The part in words."""
    change: float
    """In log-odds."""
    points: float
    """In points of this run's scale."""
    sentence: str | None
    """The fact that moved most; null where little did."""


class Lead(Record):
    """One scored entity with its reasons."""

    entity_id: str
    name: str | None
    """The profile's ``Name`` in the section ``company``; null where there is none."""
    rank: int
    """1 = the best lead of the run."""
    tier: Tier
    points: float
    points_by_dimension: dict[Dimension, float]
    """These sum to ``points``."""
    base_points: float
    """What every lead starts from; already inside the dimensions."""
    probability: float
    """Chance of converting within ``horizon_days``, 0 to 1."""
    log_odds: float
    reasons: tuple[Reason, ...]
    """Weightiest first."""


class LeadDetail(Lead):
    """A lead with all that was published about it."""

    contributions: tuple[Contribution, ...]
    """These sum to ``log_odds``."""
    profile: tuple[ProfileRow, ...]
    """In reading order."""
    people: tuple[Person, ...]
    """The most active and the most senior person of the account, as far as they are known."""
    changes: tuple[ScoreChange, ...] = ()
    """What changed since the run that this one is compared with; empty where there is none, or no score in it."""

    @property
    def told_changes(self) -> tuple[ScoreChange, ...]:
        """The changes that a person is told: those of at least half a point."""
        return tuple(part for part in self.changes if abs(part.points) >= LEAST_POINTS)


class LeadList(Record):
    """A page of leads, best first."""

    total: int
    """Leads that match, on all pages."""
    leads: tuple[Lead, ...]
