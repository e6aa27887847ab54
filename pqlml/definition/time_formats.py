"""Formats of times that are written in another way than ISO 8601."""

from __future__ import annotations

import re

_DIRECTIVE = re.compile(r"%(-?.?)")
_KNOWN = frozenset("aAbBdfgHIjmMnpSuUwWyYz%") | {"-d", "-m", "-H", "-I", "-M", "-S", "-y", "-j"}
_YEAR, _MONTH, _DAY = {"Y", "y", "-y"}, {"m", "-m", "b", "B"}, {"d", "-d"}
_OF_YEAR = {"j", "-j"}


def states_zone(time_format: str) -> bool:
    """Tell whether times of the format carry their offset from UTC.

    Examples
    --------
    >>> states_zone("%d/%m/%Y %H:%M"), states_zone("%d/%m/%Y %H:%M %z")
    (False, True)
    """
    return "z" in _directives(time_format)


def format_problem(time_format: str) -> str | None:
    """Say what is wrong with a format, or nothing.

    Examples
    --------
    >>> format_problem("%d/%m/%Y"), format_problem("%d.%m.%y %H:%M:%S"), format_problem("%Y%j")
    (None, None, None)
    >>> format_problem("%d/%m")
    "'%d/%m' names no day of a year; it needs a year (%Y), a month (%m) and a day (%d)"
    >>> format_problem("DD/MM/YYYY")
    "'DD/MM/YYYY' names no day of a year; it needs a year (%Y), a month (%m) and a day (%d)"
    """
    used = _directives(time_format)
    unknown = [directive for directive in used if directive not in _KNOWN]
    if unknown:
        return f"{time_format!r} has the unknown part '%{unknown[0]}'; write it as for strptime, e.g. %d/%m/%Y %H:%M"
    if not used & _YEAR or not (used & _OF_YEAR or (used & _MONTH and used & _DAY)):
        return f"{time_format!r} names no day of a year; it needs a year (%Y), a month (%m) and a day (%d)"
    return None


def _directives(time_format: str) -> set[str]:
    return set(_DIRECTIVE.findall(time_format))
