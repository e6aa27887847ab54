"""The definition of a product-qualified lead: the one artefact that people iterate on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from pqlml.definition.changelog import Adoption
from pqlml.definition.names import name_problems
from pqlml.definition.needs import ignored_without_times, need_problems
from pqlml.definition.part import LONGEST_DAYS, Names, Part
from pqlml.definition.parts import (
    Conversion,
    EntitySource,
    EvaluationPlan,
    EventSource,
    PointsRule,
    Population,
    Snapshots,
    Tiers,
)
from pqlml.definition.people import People
from pqlml.definition.settings import ModelSettings
from pqlml.definition.signals import Signals
from pqlml.definition.sources import Sources
from pqlml.definition.telling import LanguageCode, Phrases, ReasonsPlan, phrase_problems
from pqlml.language import language as find_language


def _as_window(value: object) -> object:
    if value == "all" or (isinstance(value, int) and value > 0):
        return value
    msg = f"{value!r} is no window; give a number of days, for example 28, or 'all'"
    raise ValueError(msg)


_INSTEAD = {
    "population": "take the rows that are no leads out of the table",
    "sources.events": "without times they can make no feature; to use them, predict an 'event' or a 'stage'",
}
"""What to do where a table of leads without times has no place for a section."""

Window = Annotated[Annotated[int, Field(gt=0, le=LONGEST_DAYS)] | Literal["all"], BeforeValidator(_as_window)]
"""Days, or all history."""


class Definition(Part):
    """Who is a candidate, what counts as use and as conversion, and the hand-set points to beat.

    Frozen and comparable; ``hash`` identifies its content wherever it was written. ``name`` is also that of the model
    in the registry and of files, so it is made of letters, digits, spaces and ``_.-``. ``features`` are built besides
    the usual ones. ``translations`` are the phrases in other languages than that of the reasons.
    """

    name: str = Field(pattern=r"^\w[\w .-]*$")
    version: int = Field(default=1, ge=1)
    description: str = ""
    entity: Literal["account", "user"] = "account"
    sources: Sources
    population: Population = Population()
    snapshots: Snapshots | None = None
    conversion: Conversion
    signals: Signals = Signals()
    people: People = People()
    windows_days: tuple[Window, ...] = (7, 14, 28, "all")
    features: Names = ()
    reasons: ReasonsPlan = ReasonsPlan()
    phrases: Mapping[str, Phrases] = Field(default_factory=dict)
    translations: Mapping[LanguageCode, Mapping[str, Phrases]] = Field(default_factory=dict)
    points: tuple[PointsRule, ...] = ()
    tiers: Tiers = Tiers()
    evaluation: EvaluationPlan = EvaluationPlan()
    model: ModelSettings = ModelSettings()
    changelog: tuple[Adoption, ...] = ()

    @property
    def hash(self) -> str:
        """Stable content hash (first 16 hex digits of SHA-256); order of keys and defaults left out do not matter.

        The changelog has no part in it.
        """
        content = self.model_dump(mode="json", exclude={"changelog"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def timeless(self) -> bool:
        """Whether the label is a column of a plain table, so that nothing can be judged forward in time."""
        return self.conversion.label is not None

    @property
    def entity_source(self) -> EntitySource | None:
        """The table of entities: ``sources.entities``, or with ``entity: user`` the table of users."""
        if self.entity == "user" and self.sources.users is not None:
            return self.sources.users.as_entities
        return self.sources.entities

    @property
    def event_source(self) -> EventSource | None:
        """The table of events; with ``entity: user`` its key is the user, where one is named."""
        source = self.sources.events
        if self.entity == "user" and source is not None and source.user_id is not None:
            return source.model_copy(update={"entity_id": source.user_id})
        return source

    @property
    def dated(self) -> bool:
        """Whether it is known when entities signed up; where there is no table of them, it follows from the others."""
        return self.entity_source is None or self.entity_source.signup_at is not None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [
            *self._time_problems(),
            *self._entity_problems(),
            *self._identity_problems(),
            *self._phrase_problems(),
            *name_problems(self.signals, self.sources.events),
            *need_problems(self.signals, self.sources, dated=self.dated),
        ]
        if len(set(self.windows_days)) != len(self.windows_days):
            problems.append(f"'windows_days' names a window twice: {list(self.windows_days)}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _entity_problems(self) -> list[str]:
        if self.entity_source is not None:
            return []
        needing = [
            ("population.exclude", self.population.exclude),
            ("signals.fit", self.signals.fit.roles),
            ("signals", self.signals.attributes()),
        ]
        return [f"{place!r} speaks of attributes, which need 'sources.entities'" for place, given in needing if given]

    def _identity_problems(self) -> list[str]:
        sources, problems = self.sources, []
        if self.entity == "user":
            if sources.memberships is not None:
                problems.append("'memberships' say to which account users belong: they need 'entity: account'")
            if sources.aliases is not None:
                problems.append(
                    "'aliases' need 'entity: account': a user who is the lead cannot become another lead midway. Leave "
                    "them out, and write the ids by which users are known today into the tables (docs/identity.md)"
                )
            if sources.users is not None and sources.entities is not None:
                problems.append("with 'entity: user' the users are the entities: name 'users' or 'entities', not both")
        elif sources.aliases is not None and (sources.events is None or sources.events.user_id is None):
            problems.append("'aliases' need 'sources.events.user_id', the column with the users' ids")
        elif sources.events is None and sources.entities is None:
            problems.append("'users' alone are no accounts: name 'sources.events' or 'sources.entities' too")
        elif sources.events is not None and sources.events.entity_id is None and not sources.people:
            problems.append("events without 'entity_id' need 'users' or 'memberships', which say whose account it is")
        return problems

    def _time_problems(self) -> list[str]:
        if self.timeless:
            if self.entity_source is None:
                return ["a 'label' column needs the table of leads under 'sources.entities'"]
            return self._without_times()
        problems = []
        if self.snapshots is None:
            problems.append("'snapshots' is missing: say at which cutoffs leads are looked at, e.g. {every_days: 7}")
        elif self.snapshots.after_signup_days and (
            not self.dated or (self.entity_source is None and not self.sources.people)
        ):
            problems.append("'after_signup_days' needs 'sources.entities.signup_at'")
        if self.conversion.event is not None and self.sources.events is None:
            problems.append("'conversion.event' needs 'sources.events'")
        if self.conversion.stage is not None and self.sources.outcomes is None:
            problems.append("'conversion.stage' needs 'sources.outcomes'")
        if self.conversion.revenue_stage is not None and (
            self.sources.outcomes is None or self.sources.outcomes.amount is None
        ):
            problems.append("'conversion.revenue_stage' needs 'sources.outcomes.amount', the column with the amounts")
        return problems

    def _without_times(self) -> list[str]:
        """Find what a plain table of leads would ignore: all that asks when something happened."""
        given, entities = self.sources, self.entity_source
        conversion = self.conversion.model_fields_set & {"horizon_days", "gap_days", "repeatable", "revenue_stage"}
        ignored = {
            "snapshots": self.snapshots is not None,
            "population": self.population != Population(),
            "sources.events": given.events is not None,
            "sources.outcomes": given.outcomes is not None,
            "sources.users": given.users is not None and self.entity == "account",
            "sources.memberships": given.memberships is not None,
            "sources.aliases": given.aliases is not None,
            "sources.observed_until": given.observed_until is not None,
            "sources.entities.valid_from": entities is not None and entities.valid_from is not None,
            "evaluation.test_from": self.evaluation.test_from is not None,
            "evaluation.origins": self.evaluation.origins is not None,
            "evaluation.train_days": self.evaluation.train_days is not None,
            "evaluation.capacity_per_week": self.evaluation.capacity_per_week is not None,
            **{f"signals.{dimension}": True for dimension, _, _ in self.signals.behaviour()},
            **ignored_without_times(self.signals),
            **{f"conversion.{name}": True for name in sorted(conversion)},
        }
        return [
            f"a 'label' column has no time: leave {place!r} out ({_INSTEAD.get(place, 'it would be ignored')})"
            for place, stated in ignored.items()
            if stated
        ]

    def _phrase_problems(self) -> list[str]:
        given = {"phrases": self.phrases, **{f"translations.{code}": told for code, told in self.translations.items()}}
        return [
            problem
            for place, phrases in given.items()
            for problem in phrase_problems(place, phrases, self.signals, self.sources)
        ]

    def told_in(self, language: str) -> Definition:
        """Return the definition with reasons in another language, and its phrases of that language.

        Raises
        ------
        DefinitionError
            If there is no such language; says which there are.
        """
        find_language(language)
        if language == self.reasons.language:
            return self
        plan = self.reasons.model_copy(update={"language": language})
        return self.model_copy(update={"reasons": plan, "phrases": self.translations.get(language, {})})
