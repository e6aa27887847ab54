"""Features that count people, where some were known by several ids: nobody is counted twice.

Each event keeps the id under which its user was known when it arrived, since what is known later moves nothing. At a
cutoff at which an id has been given up for another one, both are one person. So the accounts in which somebody had been
active under such an id are counted again, with the ids as they were known at each cutoff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from pqlml.events.identity.identity import Identity
from pqlml.events.tables import Tables
from pqlml.features.spec import Feature
from pqlml.features.typed import Column

Behaviour = Callable[[Tables, ir.Table, Sequence[Feature]], Mapping[str, Column]]
"""Computes features of behaviour: by name, one number per pair in the order of ``row_id`` (NaN = null)."""

OF_PEOPLE = frozenset({"users", "top_share"})
"""Aggregates that tell users apart."""


def with_people_merged(
    tables: Tables, pairs: ir.Table, features: Sequence[Feature], values: Mapping[str, Column], engine: Behaviour
) -> dict[str, Column]:
    """Return the values of all features, those of people with every person as one.

    Parameters
    ----------
    pairs
        One row per ``row_id`` (0, 1, ...): ``entity_id``, ``cutoff``, ``signup_at``.
    values
        What the engine made of ids as they are.
    """
    identity, events = tables.identity, tables.events
    of_people = [feature for feature in features if feature.aggregate in OF_PEOPLE]
    if identity is None or identity.aliases is None or events is None or not of_people:
        return dict(values)
    warehouse = tables.warehouse
    asked = warehouse.save("pairs_with_merged_people", _asked(pairs, events, identity.aliases))
    rows = warehouse.fetch(asked.order_by("row_id").select("was"))["was"].to_numpy()
    if not len(rows):
        return dict(values)
    copies = warehouse.save("events_of_merged_people", _as_known_then(asked, events, identity))
    again = engine(replace(tables, events=copies), asked.drop("was", "of"), of_people)
    found = dict(values)
    for name, counted in again.items():
        column: Column = found[name].copy()
        column[rows] = counted
        found[name] = column
    return found


def _asked(pairs: ir.Table, events: ir.Table, spans: ir.Table) -> ir.Table:
    """Return the pairs whose account had an event under an id that is given up by their cutoff, each for itself.

    Returns
    -------
    One row per pair: ``row_id`` anew, ``was``, the number of the pair; ``entity_id``, of this pair alone, and the rest.
    """
    under = events.join(spans, events.user_id == spans.user_id)
    since = under.group_by("entity_id").agg(given_up=under.since.min())
    met = pairs.join(since, [pairs.entity_id == since.entity_id, since.given_up <= pairs.cutoff])
    kept = met.select(pairs.row_id, pairs.entity_id, pairs.cutoff, pairs.signup_at)
    again = ibis.row_number().over(ibis.window(order_by=kept.row_id)).cast("int64")
    return kept.select(
        "cutoff",
        "signup_at",
        row_id=again,
        was=kept.row_id,
        entity_id=kept.row_id.cast("string"),
        of=kept.entity_id,
    )


def _as_known_then(asked: ir.Table, events: ir.Table, identity: Identity) -> ir.Table:
    """Return the events that each pair sees, under the ids by which their users were known at its cutoff."""
    pair = asked.select("cutoff", "of", pair=asked.entity_id)
    seen = pair.join(events, [pair["of"] == events.entity_id, events.ts < pair.cutoff, events.known_at <= pair.cutoff])
    columns = {name: pair.pair if name == "entity_id" else events[name] for name in events.columns}
    named = identity.as_known(seen.select(**columns, cutoff_of_pair=pair.cutoff), "cutoff_of_pair")
    return named.drop("cutoff_of_pair")
