from __future__ import annotations

from typing import Any

import pytest

from pqlml.definition import Definition, dump_definition, parse_definition
from pqlml.errors import DefinitionError
from tests.small import definition

EVENTS = {"path": "events.parquet", "user_id": "user"}
ENTITIES = {"path": "entities.parquet", "signup_at": "signup_at"}
USERS = {"path": "users.parquet", "signup_at": "joined"}
STAYS = {"path": "stays.parquet"}


def made(entity: str = "account", **sources: Any) -> Definition:
    return definition(entity=entity, sources=sources)


def test_events_without_an_account_are_written_back_as_such() -> None:
    rolled_up = made(events={**EVENTS, "entity_id": None}, users=USERS)
    assert parse_definition(dump_definition(rolled_up)) == rolled_up
    assert rolled_up.sources.events is not None
    assert rolled_up.sources.events.entity_id is None


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"events": {"path": "e.parquet", "entity_id": None}, "memberships": STAYS}, "need 'user_id'"),
        ({"events": {**EVENTS, "entity_id": None}}, "need 'users' or 'memberships'"),
        ({"users": USERS}, "name 'sources.events' or 'sources.entities'"),
        ({"events": EVENTS, "users": {**USERS, "email": "a", "email_domain": "b"}}, "'email' or 'email_domain'"),
        ({"events": EVENTS, "memberships": {**STAYS, "known_at": "known"}}, "name 'valid_from' too"),
        ({"entity": "user", "events": EVENTS, "memberships": STAYS}, "need 'entity: account'"),
        ({"entity": "user", "events": EVENTS, "users": USERS, "entities": ENTITIES}, "not both"),
        ({"entity": "user", "events": EVENTS, "aliases": {"path": "a.csv"}}, "write the ids by which users are known"),
        ({"events": EVENTS, "users": {**USERS, "mail": "a"}}, "did you mean 'email'"),
    ],
)
def test_sources_that_say_too_little_or_two_things_are_refused(sources: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        made(**sources)


def test_the_key_of_an_event_is_its_user_where_users_are_the_leads() -> None:
    by_user = made("user", events={**EVENTS, "entity_id": "account"}, users={**USERS, "user_id": "id"})
    assert by_user.event_source is not None
    assert by_user.event_source.entity_id == "user"
    assert by_user.entity_source is not None
    assert (by_user.entity_source.entity_id, by_user.entity_source.signup_at) == ("id", "joined")
    by_column = made("user", events={"path": "events.parquet", "entity_id": "student"})
    assert by_column.event_source is not None
    assert by_column.event_source.entity_id == "student"


def test_names_and_mail_addresses_are_no_attributes() -> None:
    by_user = made("user", events=EVENTS, users={**USERS, "email": "mail", "name": "called", "ignore": ["note"]})
    assert by_user.entity_source is not None
    assert set(by_user.entity_source.ignore) == {"mail", "called", "note"}


@pytest.mark.parametrize(
    ("sources", "dated"),
    [
        ({"events": EVENTS}, True),
        ({"events": EVENTS, "entities": ENTITIES}, True),
        ({"events": EVENTS, "entities": {"path": "entities.parquet"}}, False),
        ({"events": EVENTS, "users": {"path": "users.parquet"}, "entity": "user"}, False),
        ({"events": EVENTS, "users": {"path": "users.parquet"}}, True),
    ],
)
def test_sign_up_is_known_from_the_table_of_entities_or_follows(sources: dict[str, Any], dated: bool) -> None:
    assert made(**sources).dated is dated


def test_cutoffs_after_sign_up_need_somebody_who_signed_up() -> None:
    after = {"after_signup_days": [1]}
    by_people = definition(sources={"events": {**EVENTS, "entity_id": None}, "users": USERS}, snapshots=after)
    assert by_people.snapshots is not None
    with pytest.raises(DefinitionError, match="signup_at"):
        definition(entity="user", sources={"events": EVENTS, "users": {"path": "users.parquet"}}, snapshots=after)
