"""Instants out of what a source holds: ISO 8601, or as the definition says. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir

from pqlml.definition.parts import Source
from pqlml.definition.time_formats import states_zone
from pqlml.errors import DataError
from pqlml.warehouse.logic import NEVER

EARLIEST = dt.datetime(1990, 1, 1)
"""A time before it is a default of some system, such as 1970-01-01, rather than the time of a product's event."""

_MONTHS = 12
_DAY = len("2026-03-01")
_UTC = "timestamp('UTC')"
_YEAR_FIRST = r"^\s*[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([T ]|$)"
_ZONE = r"[0-9]{2}:[0-9]{2}.*([zZ]|UTC|GMT|[A-Za-z]+/[A-Za-z_]+|[+-][0-9]{2}(:?[0-9]{2})?)\s*$"
_MINUTES_AND_ZONE = r"^(.*[T ][0-9]{2}:[0-9]{2})([zZ]|[+-][0-9]{2}.*)$"


def require_instant_type(column: ir.Column, meaning: str, name: str, source: Source) -> None:
    """Refuse a column that cannot hold instants (booleans, and numbers unless a format says how to read them).

    Raises
    ------
    DataError
        Says what the column holds and what is expected.
    """
    kind = column.type()
    written = kind.is_integer() and source.time_format is not None
    if not (kind.is_timestamp() or kind.is_date() or kind.is_string() or written):
        msg = (
            f"{name}: the column {column.get_name()!r} ({meaning}) holds {kind}; expected a timestamp, a date, or text "
            f"in ISO 8601 (2026-03-01T12:00:00Z) or in the source's 'time_format'. Convert epoch numbers first."
        )
        raise DataError(msg)


@ibis.udf.scalar.builtin(signature=((types.string, types.Timestamp(scale=6)), types.Timestamp(timezone="UTC")))
def timezone(zone, local):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - Ibis takes the types from `signature`
    """Read a zone-less time on the clock of a zone (a function of DuckDB and PostgreSQL)."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=((types.string, types.string), types.Timestamp(scale=6)))
def parsed_local(text, time_format):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    """Read a time of a format without a zone; null if the text has another (a function of DuckDB)."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=((types.string, types.string), types.Timestamp(timezone="UTC")))
def parsed_zoned(text, time_format):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    """Read a time of a format with a zone."""


def instant(column: ir.Column, source: Source) -> ir.TimestampColumn:
    """Cast to a zone-less UTC instant; without a zone it is on the clock of the source; null if the text is none.

    Texts are tried in the source's ``time_format``, then in ISO 8601. Where the year does not stand first and no format
    says how to read it, a text is no instant: 01/02/2026 is one day here and another there.
    """
    kind = column.type()
    if not (kind.is_string() or kind.is_integer()):
        stated = column.cast("timestamp(6)")
        return _on_clock(stated, source.timezone) if source.timezone != "UTC" and _zoneless(kind) else stated
    words = column.cast("string")
    iso = words.re_search(_YEAR_FIRST).ifelse(words, ibis.null("string"))
    spelled = _as_engines_read(iso)
    read = ibis.coalesce(iso.try_cast(_UTC), spelled.try_cast(_UTC)).cast("timestamp(6)")
    if source.timezone != "UTC":
        local = ibis.coalesce(iso.try_cast("timestamp(6)"), spelled.try_cast("timestamp(6)"))
        read = _text_lacks_zone(words).ifelse(_on_clock(local, source.timezone), read)
    if source.time_format is None:
        return read
    return ibis.coalesce(_in_format(words, source.time_format, source.timezone), read)


def lacks_zone(column: ir.Column, source: Source) -> ir.BooleanColumn:
    """Tell for each value whether it states no zone (dates state none either)."""
    kind = column.type()
    if not (kind.is_string() or kind.is_integer()):
        return column.notnull() if _zoneless(kind) else NEVER
    words = column.cast("string")
    lacks = column.notnull() & _text_lacks_zone(words)
    if source.time_format is None:
        return lacks
    fits = _in_format(words, source.time_format, "UTC").notnull()
    return fits.ifelse(ibis.literal(not states_zone(source.time_format)), lacks)


def unreadable(column: ir.Column, source: Source) -> ir.StringColumn:
    """Return the text of a value that is there and is no instant, else null."""
    if not (column.type().is_string() or column.type().is_integer()):
        return ibis.null("string")
    return (column.notnull() & instant(column, source).isnull()).ifelse(column.cast("string"), ibis.null("string"))


def how_to_read(example: str, source: Source) -> str:
    """Say what to do about times like the example, which cannot be read.

    Examples
    --------
    >>> how_to_read("31/12/2026", Source(path="a.csv"))
    "'31/12/2026' is not in ISO 8601, and whether day or month comes first is never guessed; state it: time_format: \
'%d/%m/%Y'"
    """
    if source.time_format is not None:
        return f"{example!r} is neither in the format {source.time_format!r} nor in ISO 8601 (2026-03-01T12:00:00Z)"
    parts = re.match(r"\s*(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})(.*)$", example)
    if parts is None:
        return f"{example!r} is not in ISO 8601 (2026-03-01T12:00:00Z); if it is a time, state its 'time_format'"
    first, mark, second, year, rest = parts.groups()
    clock = re.match(r"\s+\d{1,2}:\d{2}(:\d{2})?$", rest)
    hours = "" if clock is None else " %H:%M:%S" if clock[1] else " %H:%M"
    years = "%Y" if len(year) == len("2026") else "%y"
    day_first, month_first = (f"'%{a}{mark}%{b}{mark}{years}{hours}'" for a, b in (("d", "m"), ("m", "d")))
    if int(first) > _MONTHS:
        wanted = day_first
    elif int(second) > _MONTHS:
        wanted = month_first
    else:
        wanted = f"{day_first} or {month_first}"
    return (
        f"{example!r} is not in ISO 8601, and whether day or month comes first is never guessed; state it: "
        f"time_format: {wanted}"
    )


def _as_engines_read(iso: ir.StringColumn) -> ir.StringColumn:
    """Write what ISO 8601 allows as engines read it: no blanks around, dashes, a point before parts, seconds."""
    text = iso.strip()
    day, rest = text.substr(0, _DAY), text.substr(_DAY)
    text = day.replace("/", "-") + rest.replace(",", ".")
    with_seconds = text.re_extract(_MINUTES_AND_ZONE, 1) + ":00" + text.re_extract(_MINUTES_AND_ZONE, 2)
    return text.re_search(_MINUTES_AND_ZONE).ifelse(with_seconds, text)


def _in_format(words: ir.StringColumn, time_format: str, zone: str) -> ir.TimestampColumn:
    if states_zone(time_format):
        return parsed_zoned(words, time_format).cast("timestamp(6)")
    local = parsed_local(words, time_format)
    return local.cast("timestamp(6)") if zone == "UTC" else _on_clock(local, zone)


def _on_clock(local: ir.TimestampValue, zone: str) -> ir.TimestampColumn:
    return timezone(zone, local).cast("timestamp(6)")


def _text_lacks_zone(words: ir.StringColumn) -> ir.BooleanColumn:
    return ~words.re_search(_ZONE)


def _zoneless(kind: types.DataType) -> bool:
    return not (kind.is_timestamp() and kind.timezone is not None)
