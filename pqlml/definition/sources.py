"""The tables of a definition: events, entities and outcomes, and who the people behind them are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from pqlml.definition.part import Instant, Names, Part
from pqlml.definition.parts import EntitySource, EventSource, OutcomeSource, Source
from pqlml.schema import Unit


class UserSource(Source):
    """The table of users: one row per user, or one per version where ``valid_from`` is named.

    With ``entity: account`` it says where users without a membership belong, by the domain of their mail address, and
    who they are. With ``entity: user`` it is the table of entities: columns that mean nothing here are attributes and
    become features, unless they are listed in ``ignore``; with ``attributes`` only the listed ones do.

    Give the mail address (``email``) or, where it is not to leave its table, its domain alone (``email_domain``).
    Domains in ``personal_domains`` are taken for free mail, those in ``company_domains`` never are, whatever the lists
    of domains say.
    """

    user_id: str = "user_id"
    email: str | None = None
    email_domain: str | None = None
    name: str | None = None
    role: str | None = None
    seniority: str | None = None
    department: str | None = None
    signup_at: str | None = None
    valid_from: str | None = None
    attributes: Names | None = None
    ignore: Names = ()
    measured_in: Mapping[str, Unit] = Field(default_factory=dict)
    personal_domains: Names = ()
    company_domains: Names = ()

    @property
    def as_entities(self) -> EntitySource:
        """The same table as one of entities: names and mail addresses are no attributes."""
        private = tuple(column for column in (self.email, self.name) if column is not None)
        return EntitySource(
            **{name: getattr(self, name) for name in Source.model_fields},
            entity_id=self.user_id,
            signup_at=self.signup_at,
            valid_from=self.valid_from,
            attributes=self.attributes,
            ignore=(*self.ignore, *private),
            measured_in=self.measured_in,
        )

    @model_validator(mode="after")
    def _one_mail(self) -> Self:
        if self.email is not None and self.email_domain is not None:
            msg = "give either 'email' or 'email_domain', not both"
            raise ValueError(msg)
        return self


class MembershipSource(Source):
    """The table of memberships: one row per user, account and stay.

    A stay is ``[valid_from, valid_to)``; without ``valid_from`` it has always been, a null ``valid_to`` means that it
    still is. ``known_at`` is when its beginning was recorded, by default when it began; its end counts as known when
    it comes.
    """

    user_id: str = "user_id"
    entity_id: str = "entity_id"
    role: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    known_at: str | None = None

    @model_validator(mode="after")
    def _times_begin(self) -> Self:
        if self.known_at is not None and self.valid_from is None:
            msg = "'known_at' says when the beginning was recorded: name 'valid_from' too"
            raise ValueError(msg)
        return self


class AliasSource(Source):
    """The table of aliases: one row per id under which a user was seen before it was known who that is.

    ``user_id`` is the id that was given up, such as that of an anonymous visitor or of a merged account of the same
    person; ``canonical_id`` the user's id from then on. ``known_at`` is when that was known; without it, it always was.
    """

    user_id: str = "user_id"
    canonical_id: str = "canonical_id"
    known_at: str | None = None


class Sources(Part):
    """The tables. ``observed_until`` is the end (exclusive) of what the data covers; by default the last time in it."""

    events: EventSource | None = None
    entities: EntitySource | None = None
    outcomes: OutcomeSource | None = None
    users: UserSource | None = None
    memberships: MembershipSource | None = None
    aliases: AliasSource | None = None
    observed_until: Instant | None = None

    @property
    def people(self) -> bool:
        """Whether some table says who is behind the events."""
        return self.users is not None or self.memberships is not None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.events is None and self.entities is None and self.users is None:
            msg = "name at least one of 'events' and 'entities'"
            raise ValueError(msg)
        return self
