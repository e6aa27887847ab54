"""Texts that list several values: ``salesforce; slack``, ``["salesforce", "slack"]``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from typing import Final

import ibis.expr.types as ir

SEPARATORS: Final = r'\s*[;,|\[\]"]\s*'
"""What stands between the values of a list."""


def lists_one_of(column: ir.StringValue, values: Iterable[str]) -> ir.BooleanValue:
    """Tell whether a text is one of the values or lists one; case does not matter.

    A value that holds a separator itself (``Oil, Gas``) is found where its parts stand side by side.
    """
    listed = ";" + column.cast("string").strip().lower().re_replace(SEPARATORS, ";") + ";"
    found = [listed.contains(f";{plain(value)};") for value in values]
    return reduce(lambda left, right: left | right, found)


def plain(value: str) -> str:
    """Write a value as :func:`lists_one_of` compares it.

    Examples
    --------
    >>> plain(" Salesforce"), plain("Oil, Gas")
    ('salesforce', 'oil;gas')
    """
    return re.sub(SEPARATORS, ";", value.strip().lower()).strip(";")
