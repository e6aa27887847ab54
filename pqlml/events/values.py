"""Values that a definition names and the data lack: typing errors that would exclude, match or score nobody."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.errors import nearest
from pqlml.events.lists import lists_one_of
from pqlml.events.tables import Finding, Tables
from pqlml.warehouse.logic import as_number

FREE = "free"
"""The value of ``population.exclude.email_domain`` that means every free-mail domain."""

_COMPARED = 1_000
"""The nearest name is looked for among so many of the most frequent values."""


class Named(NamedTuple):
    """Values that one place of the definition names of one attribute; case does not matter."""

    place: str
    column: str
    values: tuple[str, ...]


def value_findings(definition: Definition, tables: Tables) -> list[Finding]:
    """Find values that never occur: excluded ones, those of the profile and of points, the label's, and the stage."""
    return [
        *_unknown_stage(definition, tables),
        *_unknown_label(definition, tables),
        *(finding for named in named_values(definition) for finding in _never_occurring(tables, named)),
    ]


def named_values(definition: Definition) -> Iterator[Named]:
    """Yield every attribute value that the definition speaks of, by place."""
    for column, values in definition.population.exclude.items():
        texts = tuple(value for value in values if not (column == "email_domain" and value == FREE))
        yield Named(f"population.exclude.{column}", column, texts)
    roles = definition.signals.fit.roles
    for part in ("ideal", "negative"):
        for role, wanted in getattr(definition.signals.fit, part).items():
            yield Named(f"signals.fit.{part}.{role}", roles[role], tuple(v for v in wanted if isinstance(v, str)))
    for rule in definition.points:
        yield Named(f"points ({rule.feature})", roles.get(rule.feature, rule.feature), rule.values or ())


def _never_occurring(tables: Tables, named: Named) -> list[Finding]:
    if not named.values or named.column not in tables.entities.columns:
        return []
    column = tables.entities[named.column]
    if column.type().is_numeric():
        numbers = {as_number(value, named.column): value for value in named.values}
        present = set(_distinct(tables, column.isin(list(numbers)).ifelse(column, None)))
        missing = [value for number, value in numbers.items() if number not in present]
    elif named.place.startswith("signals.fit."):
        missing = _not_listed(tables, column, named.values)
    else:
        plain = column.cast("string").lower()
        texts = {value.lower(): value for value in named.values}
        present = set(_distinct(tables, plain.isin(list(texts)).ifelse(plain, None)))
        missing = [value for text, value in texts.items() if text not in present]
    if not missing:
        return []
    known = _texts(tables, named.column)
    told = ", ".join(f"{value!r}{_meant(value, known)}" for value in missing)
    hint = "" if "did you mean" in told else f"; {nearest('', known)}"
    detail = f"{named.place!r} names what never occurs in {named.column!r}: {told}{hint}."
    return [Finding("PQD025", "warning", "value never occurs", detail, 0)]


def _not_listed(tables: Tables, column: ir.StringColumn, values: tuple[str, ...]) -> list[str]:
    """Return the values that no text is or lists."""
    listed = {f"v_{number}": lists_one_of(column, [value]).max() for number, value in enumerate(values)}
    found = tables.warehouse.fetch(tables.entities.agg(**listed)).to_pylist()[0]
    return [value for number, value in enumerate(values) if not found[f"v_{number}"]]


def _unknown_stage(definition: Definition, tables: Tables) -> list[Finding]:
    stage = definition.conversion.stage
    if stage is None or tables.outcomes is None:
        return []
    present = set(tables.warehouse.fetch(tables.outcomes.select("stage").distinct())["stage"].to_pylist())
    if stage in present:
        return []
    detail = f"'conversion.stage' is {stage!r}, which no outcome has; {nearest(stage, present)}"
    return [Finding("PQD024", "error", "stage never occurs", detail, 0)]


def _unknown_label(definition: Definition, tables: Tables) -> list[Finding]:
    name, positive = definition.conversion.label, str(definition.conversion.positive)
    if name is None or not tables.entities[name].type().is_string():
        return []
    if positive in _distinct(tables, tables.entities[name]):
        return []
    present = _texts(tables, name)
    detail = f"'conversion.positive' is {positive!r}, which never occurs in {name!r}; {nearest(positive, present)}"
    return [Finding("PQD025", "error", "value never occurs", detail, 0)]


def _distinct(tables: Tables, values: ir.Value) -> list[object]:
    found: list[object] = tables.warehouse.fetch(tables.entities.select(value=values).distinct())["value"].to_pylist()
    return found


def _texts(tables: Tables, column: str) -> list[str]:
    """Return the most frequent values of an attribute as text, whole numbers without a fraction."""
    rows = tables.entities
    counted = rows.filter(rows[column].notnull()).group_by(value=rows[column]).agg(rows=ibis._.count())
    frequent = counted.order_by(ibis.desc("rows"), "value").limit(_COMPARED)
    values = tables.warehouse.fetch(frequent)["value"].to_pylist()
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in values]


def _meant(value: str, known: list[str]) -> str:
    by_plain = {text.lower(): text for text in reversed(known)}
    close = difflib.get_close_matches(value.lower(), by_plain, n=1)
    return f" (did you mean {by_plain[close[0]]!r}?)" if close else ""
