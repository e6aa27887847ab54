"""The parts of a definition, one frozen model per section of the file."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pqlml.definition.addresses import literal_secrets
from pqlml.definition.part import LONGEST_DAYS, Instant, Names, Part
from pqlml.definition.time_formats import format_problem
from pqlml.errors import nearest
from pqlml.schema import Dimension, Unit


def _as_time_format(value: str) -> str:
    problem = format_problem(value)
    if problem is not None:
        raise ValueError(problem)
    return value


class Source(Part):
    """Where a table lives: a file (``path``), or a table of a database (``url`` and ``table``).

    A path is relative to the data folder given on the command line (by default the current folder). In a url,
    ``${NAME}`` stands for a variable of the environment: the definition is stored with every model, so it holds no
    secret. CSV files read the texts in ``null_values`` as missing. ``timezone`` names the zone of times that carry
    none; UTC by default. Times are read as ISO 8601, and texts that fit ``time_format`` (as for ``strptime``, such as
    ``%d/%m/%Y %H:%M``) as it says; whether 01/02/2026 is in January or in February is never guessed.
    """

    path: str | None = None
    url: str | None = None
    table: str | None = None
    null_values: Names = ()
    timezone: str = "UTC"
    time_format: Annotated[str, AfterValidator(_as_time_format)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.path is None and (self.url is None or self.table is None):
            msg = "give 'path' (a Parquet or CSV file), or 'url' and 'table' (a database)"
            raise ValueError(msg)
        if self.path is not None and self.url is not None:
            msg = "give either 'path' or 'url', not both"
            raise ValueError(msg)
        secrets = literal_secrets(self.url) if self.url is not None else []
        if secrets:
            msg = (
                f"'url' holds {' and '.join(secrets)} in plain text, and the definition is stored with every model; "
                f"name a variable of the environment instead, for example postgres://user:${{PGPASSWORD}}@host/shop"
            )
            raise ValueError(msg)
        if self.timezone not in zoneinfo.available_timezones():
            msg = f"no time zone {self.timezone!r}; {nearest(self.timezone, zoneinfo.available_timezones())}"
            raise ValueError(msg)
        if self.null_values and (self.path is None or not self.path.endswith((".csv", ".tsv", ".txt", ".gz"))):
            msg = "'null_values' applies to CSV files only; in other sources make those texts null before"
            raise ValueError(msg)
        return self


class Measure(Part):
    """A column of the events that is added up or whose different values are counted.

    ``dimension`` is where its features count, ``noun`` what sales read ("minutes watched", "different courses").
    ``measured_in`` is the unit of a property that is a length of time: it is then told in hours or days where these fit
    better, and its noun says what took the time ("time in the product").
    """

    column: str
    dimension: Dimension = "engagement"
    noun: str | None = None
    measured_in: Unit | None = None


def _as_measure(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Measures = Mapping[str, Annotated[Measure, BeforeValidator(_as_measure, json_schema_input_type=str | Measure)]]
"""Name in the features -> column, or column with dimension and noun."""


class EventSource(Source):
    """The event table and which of its columns mean what.

    ``entity_id`` is the account; null says that events carry none and go to the account of their user.
    ``properties`` are numeric columns and give sums; ``distinct`` are columns whose different values are counted
    (breadth). ``known_at`` is when an event reached the warehouse; without it an event counts as known when it
    happened.
    """

    entity_id: str | None = "entity_id"
    event: str = "event"
    ts: str = "ts"
    user_id: str | None = None
    known_at: str | None = None
    event_id: str | None = None
    session_id: str | None = None
    properties: Measures = Field(default_factory=dict)
    distinct: Measures = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.entity_id is None and self.user_id is None:
            msg = "without 'entity_id' events need 'user_id', the column that says whose they are"
            raise ValueError(msg)
        return self


class EntitySource(Source):
    """The table of entities: one row per entity, or one per version where ``valid_from`` is named.

    All other columns are attributes and become features, unless they are listed in ``ignore``; with ``attributes``
    only the listed ones do. ``domain`` is the column with the company's mail or web domain: users without a membership
    belong to the account of their mail domain. ``measured_in`` gives the unit of attributes that are lengths of time.
    """

    entity_id: str = "entity_id"
    domain: str | None = None
    signup_at: str | None = None
    valid_from: str | None = None
    attributes: Names | None = None
    ignore: Names = ()
    measured_in: Mapping[str, Unit] = Field(default_factory=dict)


class OutcomeSource(Source):
    """The table of stage changes (deals, lifecycle stages)."""

    entity_id: str = "entity_id"
    stage: str = "stage"
    ts: str = "ts"
    known_at: str | None = None
    amount: str | None = None


class Population(Part):
    """Who is a candidate at a cutoff.

    ``exclude`` maps an attribute to the values that exclude an entity; ``email_domain: free`` means every free-mail
    domain. ``leaves_on`` are events or stages after which an entity is no candidate any more.
    """

    min_age_days: float = Field(default=0, ge=0, le=LONGEST_DAYS)
    max_age_days: float | None = Field(default=None, gt=0, le=LONGEST_DAYS)
    exclude: Mapping[str, Names] = Field(default_factory=dict)
    leaves_on: Names = ()


class Snapshots(Part):
    """The cutoffs: on a calendar, relative to sign-up, or from a table of your own. Exactly one form.

    ``every_days`` counts from ``start``, without it back from ``end`` (by default the last midnight of the data);
    ``monthly`` is the first of each month; ``at`` lists instants; ``after_signup_days`` is per entity; ``table`` is a
    file with the columns ``entity_id`` and ``cutoff``. ``start`` and ``end`` are both inclusive; they bound cutoffs
    that are computed, and have no place beside a list of them (``at``, ``table``).
    """

    every_days: int | None = Field(default=None, gt=0)
    monthly: bool = False
    at: tuple[Instant, ...] = ()
    after_signup_days: tuple[float, ...] = ()
    table: str | None = None
    start: Instant | None = None
    end: Instant | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [
            self.every_days is not None,
            self.monthly,
            bool(self.at),
            bool(self.after_signup_days),
            bool(self.table),
        ]
        if sum(forms) != 1:
            msg = "give exactly one of 'every_days', 'monthly', 'at', 'after_signup_days' and 'table'"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _bounds_apply(self) -> Self:
        bounds = [name for name in ("start", "end") if getattr(self, name) is not None]
        listed = "at" if self.at else "table" if self.table else None
        if bounds and listed is not None:
            named = " and ".join(map(repr, bounds))
            msg = f"{named} would be ignored with {listed!r}: list there only the cutoffs that you want"
            raise ValueError(msg)
        if self.start is not None and self.end is not None and self.start > self.end:
            msg = f"'start' {self.start} lies after 'end' {self.end}; swap them"
            raise ValueError(msg)
        return self


class Conversion(Part):
    """What is predicted: the first ``event`` or ``stage`` in the window, or a ``label`` column without times.

    The window is ``[cutoff + gap, cutoff + gap + horizon)``. With ``repeatable`` an entity that converted before the
    cutoff stays a candidate (repeat purchase); otherwise it is dropped as already converted. ``positive`` is the
    value of the label column that means yes. ``revenue_stage`` is the stage of the outcomes whose ``amount`` within
    the window is what a conversion brings in; by default ``stage``.
    """

    event: str | None = None
    stage: str | None = None
    label: str | None = None
    positive: str | int | bool = 1
    horizon_days: float = Field(default=30, gt=0, le=LONGEST_DAYS)
    gap_days: float = Field(default=0, ge=0, le=LONGEST_DAYS)
    repeatable: bool = False
    revenue_stage: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(x is not None for x in (self.event, self.stage, self.label)) != 1:
            msg = "give exactly one of 'event', 'stage' and 'label'"
            raise ValueError(msg)
        return self


class PointsRule(Part):
    """Hand-set points for one condition on one named feature; a null feature value meets no condition."""

    feature: str
    at_least: float | None = None
    at_most: float | None = None
    values: Names | None = None
    points: float
    dimension: Dimension

    @model_validator(mode="after")
    def _some_condition(self) -> Self:
        if self.at_least is None and self.at_most is None and self.values is None:
            msg = "give at least one of 'at_least', 'at_most' and 'values'"
            raise ValueError(msg)
        if self.values is not None and (self.at_least is not None or self.at_most is not None):
            msg = "'values' are for texts, 'at_least' and 'at_most' for numbers; give one or the other"
            raise ValueError(msg)
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            msg = f"no value is at least {self.at_least:g} and at most {self.at_most:g}; swap them"
            raise ValueError(msg)
        return self


class Tiers(Part):
    """Thresholds of the tiers, on the points scale, on the probability, or by capacity (leads per run, cumulative)."""

    by: Literal["points", "probability", "capacity"] = "points"
    critical: float = 101
    hot: float = 76
    warm: float = 51

    @model_validator(mode="after")
    def _on_their_scale(self) -> Self:
        thresholds = {name: getattr(self, name) for name in ("critical", "hot", "warm")}
        if self.by == "probability":
            wrong = {name: value for name, value in thresholds.items() if not 0 < value <= 1}
            scale = "by probability, each threshold lies above 0 and is at most 1, for example 0.3, 0.15 and 0.05"
        elif self.by == "capacity":
            wrong = {name: value for name, value in thresholds.items() if value < 0 or value != int(value)}
            scale = "by capacity, each threshold is a whole number of leads per run, for example 20, 50 and 200"
        else:
            return self
        if wrong:
            given = ", ".join(f"{name} {value:g}" for name, value in wrong.items())
            msg = f"{scale}; given {given}{'' if wrong.keys() <= self.model_fields_set else ' (by default)'}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        ordered = (self.critical, self.hot, self.warm)
        expected = sorted(set(ordered), reverse=self.by != "capacity")
        if list(ordered) != expected:
            order = "falling" if self.by != "capacity" else "rising"
            msg = f"critical, hot and warm must be {order}, given {ordered}"
            raise ValueError(msg)
        return self


class EvaluationPlan(Part):
    """How the worth of the model is measured.

    Forward in time by default: the test part are the cutoffs from ``test_from`` on, or the latest ``test_share`` of
    the rows. ``origins`` says at how many instants of the test part the model is fitted anew; ``train_days`` makes the
    part that it is fitted on slide; with ``entity_disjoint`` no entity is fitted on and judged. ``folds`` asks for
    folds over entities instead (the only way without times or with one cutoff), repeated ``repeats`` times.
    ``capacity_per_week`` is how many leads sales can work; by default the best tenth of each week's list.
    """

    test_from: Instant | None = None
    test_share: float = Field(default=0.3, gt=0, lt=1)
    origins: int | None = Field(default=None, ge=1)
    train_days: float | None = Field(default=None, gt=0, le=LONGEST_DAYS)
    entity_disjoint: bool = False
    capacity_per_week: int | None = Field(default=None, ge=1)
    folds: int | None = Field(default=None, ge=2)
    repeats: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("test_from", "origins", "train_days") if getattr(self, name) is not None]
        if self.folds is not None and given:
            msg = f"give {given[0]!r} (forward in time) or 'folds' (over entities), not both"
            raise ValueError(msg)
        return self
