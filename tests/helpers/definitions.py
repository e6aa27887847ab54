"""A small definition as text, to which tests add sections."""

from __future__ import annotations

import pytest

from pqlml.definition import Definition, parse_definition
from pqlml.errors import DefinitionError

SMALL = """
name: small
sources: {events: {path: events.csv}}
snapshots: {every_days: 7}
conversion: {event: paid}
"""


def with_accounts(more: str = "") -> Definition:
    """Read the small definition with a table of accounts, for sections that speak of attributes."""
    return parse_definition(SMALL.replace("events.csv}", "events.csv}, entities: {path: accounts.csv}") + more)


def small(more: str = "") -> Definition:
    """Read the small definition with more sections."""
    return parse_definition(SMALL + more)


def refusal(text: str) -> str:
    """Return what is said about a text that is no definition."""
    with pytest.raises(DefinitionError) as caught:
        parse_definition(text)
    return str(caught.value)
