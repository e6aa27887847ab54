"""Properties of events: parts of JSON texts, structs and maps as columns, and events told apart by their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from pqlml.definition.parts import EventSource
from pqlml.definition.selection import Between, Scalar, Selection, Wanted
from pqlml.errors import DataError, nearest
from pqlml.events.columns import require_columns, text
from pqlml.schema import KIND_SEPARATOR
from pqlml.warehouse.logic import ALWAYS, holds

KIND: Final = "pqlml_kind"
"""Column of the kind of an event, before the table is made canonical."""


def with_properties(raw: ir.Table, source: EventSource, selections: Mapping[str, Selection]) -> ir.Table:
    """Return the table with a column for each ``COLUMN.KEY`` that the definition names, and the kind of each event.

    A kind is the event's name, followed by the name of each signal that selects it by its properties (see
    ``schema.KIND_SEPARATOR``): so events that such signals tell apart have different kinds, and none is there twice.

    Parameters
    ----------
    selections
        Signals that select events by properties. Without any there is no column ``KIND``.

    Raises
    ------
    DataError
        If a property is missing, or its column has no parts.
    """
    numbers = [measure.column for measure in source.properties.values()]
    table = raw
    for path in dict.fromkeys([*numbers, *_texts(source), *_wanted(selections)]):
        if "." in path and path not in raw.columns and path.partition(".")[0] in raw.columns:
            table = table.mutate(**{path: _part(raw, path, as_number=path in numbers)})
    if not selections:
        return table
    named = {f"signals {name}.where": key for name, selection in selections.items() for key in selection.where}
    require_columns(table, {"event": source.event, **named}, "events")
    return table.mutate(**{KIND: _kind(table, text(table[source.event]), selections)})


def _texts(source: EventSource) -> Iterator[str]:
    mapped = (source.entity_id, source.event, source.ts, source.user_id, source.known_at, source.event_id)
    yield from (column for column in (*mapped, source.session_id) if column is not None)
    yield from (measure.column for measure in source.distinct.values())


def _wanted(selections: Mapping[str, Selection]) -> Iterator[str]:
    for selection in selections.values():
        yield from selection.where


def _part(raw: ir.Table, path: str, *, as_number: bool) -> ir.Value:
    """Return the value at ``COLUMN.KEY``, or deeper; null where an event lacks it."""
    column, *keys = path.split(".")
    value = raw[column]
    for number, key in enumerate(keys, start=1):
        place, kind = ".".join(path.split(".")[:number]), value.type()
        if kind.is_struct():
            if key not in kind.names:
                msg = f"events: {place!r} has no part {key!r}; {nearest(key, kind.names)}"
                raise DataError(msg)
            value = value[key]
        elif kind.is_map():
            value = value.get(key)
        elif kind.is_json() or kind.is_string():
            value = (value.try_cast("json") if kind.is_string() else value)[key]
        else:
            msg = f"events: {place!r} holds {kind}; expected JSON texts, a struct or a map, with parts like {path!r}."
            raise DataError(msg)
    if as_number:
        return _number(value)
    return _json_text(value) if value.type().is_json() else value


def _json_text(value: ir.Value) -> ir.StringValue:
    flag = value.unwrap_as("boolean").cast("string")
    return ibis.coalesce(value.unwrap_as("string"), flag, text(value.unwrap_as("float64")))


def _number(value: ir.Value) -> ir.NumericValue:
    """Read a number; what is none becomes null, ``true`` 1 and ``false`` 0."""
    kind = value.type()
    if kind.is_json():
        flag = value.unwrap_as("boolean").cast("float64")
        return ibis.coalesce(value.unwrap_as("float64"), flag, value.unwrap_as("string").try_cast("float64"))
    return value.try_cast("float64") if kind.is_string() else value.cast("float64")


def _kind(table: ir.Table, event: ir.StringValue, selections: Mapping[str, Selection]) -> ir.StringValue:
    kind = event
    for name, selection in selections.items():
        conditions = [_meets(table[key], key, wanted) for key, wanted in selection.where.items()]
        selected = reduce(lambda left, right: left & right, conditions, event.isin(selection.events))
        kind = kind + holds(selected).ifelse(f"{KIND_SEPARATOR}{name}", "")
    return kind


def _meets(value: ir.Value, name: str, wanted: Wanted) -> ir.BooleanValue:
    kind = value.type()
    if not (kind.is_string() or kind.is_numeric() or kind.is_boolean()):
        msg = f"events: the property {name!r} holds {kind}; expected texts, numbers or booleans."
        raise DataError(msg)
    if isinstance(wanted, Between):
        number = _number(value)
        low = ALWAYS if wanted.at_least is None else number >= wanted.at_least
        return low & (ALWAYS if wanted.at_most is None else number <= wanted.at_most)
    return reduce(lambda left, right: left | right, (holds(_is(value, one)) for one in wanted))


def _is(value: ir.Value, wanted: Scalar) -> ir.BooleanValue:
    if isinstance(wanted, bool):
        return text(value).lower().isin(["true", "1"] if wanted else ["false", "0"])
    if isinstance(wanted, int | float):
        return _number(value) == wanted
    return text(value).lower() == wanted.lower()
