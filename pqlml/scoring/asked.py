"""Whether what is asked of scoring fits the model and the data, before anything is built."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis.expr.types as ir

from pqlml.definition import Definition, diff_definitions
from pqlml.errors import DataError, DefinitionError, nearest
from pqlml.events import Finding, Tables
from pqlml.events.tables import AttributeKind
from pqlml.times import DAY_SECONDS, iso

_SHOWN = 10
_FRESH = dt.timedelta(days=1)


def require_same_definition(given: Definition, made_with: Definition, model: str) -> None:
    """Refuse to score with a model that another definition made than the one that was given.

    Scoring uses the model's own definition; whoever gives another would get something else than they think.

    Parameters
    ----------
    model
        What the model is called in the message.

    Raises
    ------
    DefinitionError
        Lists what differs, and says what to do.
    """
    differences = diff_definitions(made_with, given)
    if not differences:
        return
    listed = "\n".join(f"  {difference}" for difference in differences[:_SHOWN])
    more = f"\n  and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
    msg = (
        f"the definition given ({given.hash}) is not the one that {model} was made with ({made_with.hash}), and "
        f"scoring uses the model's. From the model's to the one given:\n{listed}{more}\n"
        f"Train a model with the definition given ('pqlml train'), choose the model that it made (--model), or score "
        f"with the model's own definition: 'pqlml score {made_with.name}'."
    )
    raise DefinitionError(msg)


def require_attributes(known: Mapping[str, AttributeKind], tables: Tables, model: str) -> None:
    """Refuse to score where attributes that the model knows are missing, or are of another kind than in training.

    Parameters
    ----------
    known
        Attribute -> kind, as the model learned them.
    model
        What the model is called in the message.

    Raises
    ------
    DataError
        Lists the attributes, and says what to do.
    """
    entities = tables.entities
    there = {name: entities[name] for name in known if name in entities.columns}
    stated = (
        tables.warehouse.fetch(entities.agg(**{name: column.count() for name, column in there.items()}))
        if there
        else None
    )
    problems = []
    for name, kind in known.items():
        if name not in there:
            problems.append(f"{name!r} is missing ({nearest(name, tables.attributes)})")
        elif stated is not None and stated[name][0].as_py() and there[name].type().is_string() != (kind == "category"):
            now, then = ("numbers", "texts") if kind == "category" else ("texts", "numbers")
            problems.append(f"{name!r} holds {now}, and {then} when the model was trained")
    if problems:
        msg = f"{model} does not fit the attributes of the data: {'; '.join(problems)}. Mend the table, or train anew."
        raise DataError(msg)


def scoring_instant(
    definition: Definition, tables: Tables, as_of: dt.datetime | None, now: dt.datetime
) -> tuple[dt.datetime, list[Finding]]:
    """Return the instant as of which to score, and what a person should know about it.

    Parameters
    ----------
    as_of
        The instant asked for (zone-less UTC); the end of the data by default.
    now
        The clock's instant (zone-less UTC).

    Raises
    ------
    DataError
        If the instant lies in the future, after the end that the definition declares, or before all data.
    """
    if as_of is None:
        return tables.observed_until, []
    declared = definition.sources.observed_until
    if as_of > now:
        msg = f"--as-of {iso(as_of)} lies in the future; it is {iso(now.replace(microsecond=0))}."
    elif declared is not None and as_of > declared:
        msg = (
            f"--as-of {iso(as_of)} lies after {iso(declared)}, where the data end by the definition "
            f"('sources.observed_until'); what happened in between would look like silence. Move that end, or ask for "
            f"an earlier instant."
        )
    elif as_of <= (first := _first_instant(tables) or as_of - _FRESH):
        msg = f"--as-of {iso(as_of)} lies before all data, which begin at {iso(first)}; ask for a later instant."
    else:
        return as_of, _stale(tables, as_of)
    raise DataError(msg)


def _stale(tables: Tables, as_of: dt.datetime) -> list[Finding]:
    behind = as_of - tables.observed_until
    if behind <= _FRESH:
        return []
    detail = (
        f"the last time in the data is {behind.total_seconds() / DAY_SECONDS:.1f} days before the instant of scoring; "
        f"what is missing looks like silence. Load newer data, or leave --as-of out."
    )
    return [Finding("PQD040", "warning", "data end before the instant of scoring", detail, 0)]


def _first_instant(tables: Tables) -> dt.datetime | None:
    times: ir.Table = (
        tables.events.select(at=tables.events.ts)
        if tables.events is not None
        else tables.entities.select(at=tables.entities.signup_at)
    )
    first: dt.datetime | None = tables.warehouse.fetch(times.agg(first=times["at"].min())).to_pylist()[0]["first"]
    return first
