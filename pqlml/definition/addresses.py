"""Addresses of databases: secrets are named in the definition and stand in the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"passw|pwd|secret|token|credential|signature|(api|access|private|account)_?-?key", re.IGNORECASE)


class Address(NamedTuple):
    """An address to connect to. Never write it anywhere: it holds what the environment held.

    Attributes
    ----------
    secrets
        What the environment held for passwords, tokens and their like, to be taken out of whatever an engine says.
    """

    url: str
    secrets: tuple[str, ...]

    def masked(self, text: str) -> str:
        """Return a text without the secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def literal_secrets(url: str) -> list[str]:
    """Name the places of an address that hold a secret in plain text.

    Examples
    --------
    >>> literal_secrets("postgres://me:${PGPASSWORD}@host/shop?sslmode=require")
    []
    >>> literal_secrets("postgres://me:hunter2@host/shop?token=abc")
    ['the password', "'token'"]
    """
    return [place for place, value in _secret_places(url).items() if _VARIABLE.sub("", value)]


def variables(url: str) -> list[str]:
    """Return the environment variables that an address names as ``${NAME}``.

    Examples
    --------
    >>> variables("postgres://${PGUSER}:${PGPASSWORD}@host/shop")
    ['PGUSER', 'PGPASSWORD']
    """
    return list(dict.fromkeys(_VARIABLE.findall(url)))


def resolve(url: str, environment: Mapping[str, str]) -> Address:
    """Put the environment's values into an address.

    A variable that is the whole address is taken as it stands. Beside other text, as user, password or in the query, it
    is any text, and is written so that an address can carry it.

    Raises
    ------
    KeyError
        If the environment lacks a variable.

    Examples
    --------
    >>> resolve("postgres://me:${PW}@host/shop", {"PW": "p@ss"}).url
    'postgres://me:p%40ss@host/shop'
    """
    values = {name: environment[name] for name in variables(url)}
    if _VARIABLE.fullmatch(url):
        whole = next(iter(values.values()))
        return Address(whole, tuple(filter(None, (whole, *_secret_places(whole).values()))))
    encoded = {name: quote(value, safe="") for name, value in values.items()}
    secret = [name for value in _secret_places(url).values() for name in variables(value)]
    secrets = {written[name] for name in secret for written in (values, encoded)}
    before, at, after = url.rpartition("@")
    place, question, query = after.partition("?")
    filled = f"{_filled(before, encoded)}{at}{_filled(place, values)}{question}{_filled(query, encoded)}"
    return Address(filled, tuple(filter(None, secrets)))


def _secret_places(url: str) -> dict[str, str]:
    """Return what stands where addresses carry secrets, by the name of the place."""
    parts = urlsplit(url)
    _, _, password = parts.netloc.rpartition("@")[0].partition(":")
    named = parse_qsl(parts.query, keep_blank_values=True)
    return {"the password": password} | {repr(key): value for key, value in named if _SECRET.search(key)}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found[1]], text)
