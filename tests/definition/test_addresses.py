"""Addresses of databases carry no secret in a definition, and give none away afterwards."""

from __future__ import annotations

import pytest

from pqlml.definition.addresses import literal_secrets, resolve, variables
from tests.helpers.definitions import SMALL, refusal

ENVIRONMENT = {"PW": "p@ss/word", "USER": "me", "HOST": "db.example:5432", "URL": "postgres://me:hunter2@host/shop"}


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("duckdb://shop.db", []),
        ("postgres://me@host/shop", []),
        ("postgres://me:${PW}@host/shop", []),
        ("postgres://me:x${PW}@host/shop", ["the password"]),
        ("postgres://me:$PW@host/shop", ["the password"]),
        ("snowflake://me:hunter2@host/shop?warehouse=small", ["the password"]),
        ("databricks://host/path?access_token=abc&catalog=main", ["'access_token'"]),
        ("duckdb://md:shop?motherduck_token=${TOKEN}", []),
        ("bigquery://project/data?api_key=", []),
        ("${URL}", []),
    ],
)
def test_a_secret_in_plain_text_is_found(url: str, places: list[str]) -> None:
    assert literal_secrets(url) == places


def test_a_definition_with_a_secret_is_refused_without_repeating_it() -> None:
    text = refusal(SMALL.replace("{path: events.csv}", "{url: 'postgres://me:hunter2@host/shop', table: events}"))
    assert "'url' holds the password in plain text" in text
    assert "${PGPASSWORD}" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("postgres://${USER}:${PW}@${HOST}/shop", "postgres://me:p%40ss%2Fword@db.example:5432/shop"),
        ("duckdb://md:shop?motherduck_token=${PW}", "duckdb://md:shop?motherduck_token=p%40ss%2Fword"),
        ("${URL}", "postgres://me:hunter2@host/shop"),
        ("duckdb://shop.db", "duckdb://shop.db"),
    ],
)
def test_variables_are_filled_from_the_environment(url: str, resolved: str) -> None:
    assert resolve(url, ENVIRONMENT).url == resolved


def test_a_variable_that_is_not_set_is_named() -> None:
    assert variables("postgres://${A}:${B}@${A}/x") == ["A", "B"]
    with pytest.raises(KeyError, match="B"):
        resolve("postgres://me:${B}@host/x", ENVIRONMENT)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://${USER}:${PW}@host/shop", "me: p@ss/word or p%40ss%2Fword is wrong"),
        ("${URL}", "hunter2 is wrong in postgres://me:hunter2@host/shop"),
    ],
)
def test_what_an_engine_says_loses_the_secrets_and_nothing_else(url: str, said: str) -> None:
    masked = resolve(url, ENVIRONMENT).masked(said)
    assert not any(secret in masked for secret in ("p@ss", "p%40ss", "hunter2"))
    assert "***" in masked
    assert "is wrong" in masked
