"""Aliases: ids that were given up for another one, and what a user was known by at an instant.

An id may be given up for one that is given up later. Each id has one canonical id at an instant: the end of its chain,
as far as that was known.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from pqlml.errors import DataError
from pqlml.events.identity.claims import MEMBERSHIP, STILL, bound
from pqlml.warehouse import Warehouse

LONGEST: Final = 20
"""Chains of more ids go in a circle, or speak of no person."""


def steps(warehouse: Warehouse, aliases: ir.Table) -> ir.Table:
    """Return every id that follows another in its chain.

    Parameters
    ----------
    aliases
        What :func:`pqlml.events.identity.read_aliases.read_aliases` returned: one row per id that was given up.

    Returns
    -------
    One row per pair of ids: ``user_id``, ``canonical_id``, ``known_at`` (when all between were known), ``place`` in the
    chain (1, 2, ...).

    Raises
    ------
    DataError
        If a chain does not end.
    """
    first = aliases.select("user_id", "canonical_id", "known_at", place=ibis.literal(1, "int64"))
    levels = [warehouse.save("aliases_1", first)]
    while _any(warehouse, levels[-1]):
        if len(levels) > LONGEST:
            msg = (
                f"aliases: some ids are given up for one another in a circle, or in a chain of more than {LONGEST}; "
                f"expected that each id leads to that of a user. Look for rows whose 'canonical_id' is an alias itself."
            )
            raise DataError(msg)
        here = levels[-1]
        met = here.join(aliases, here.canonical_id == aliases.user_id)
        further = met.select(
            user_id=here.user_id,
            canonical_id=aliases.canonical_id,
            known_at=ibis.greatest(here.known_at, aliases.known_at).cast("timestamp(6)"),
            place=here.place + 1,
        )
        levels.append(warehouse.save(f"aliases_{len(levels) + 1}", further))
    return ibis.union(*levels) if len(levels) > 1 else levels[0]


def spans(warehouse: Warehouse, given_up: ir.Table) -> ir.Table:
    """Return by which id a user was known from when until when.

    Parameters
    ----------
    given_up
        What :func:`steps` returned.

    Returns
    -------
    One row per id and span, no two of an id at once: ``user_id``, ``canonical_id``, ``since``, ``until`` (half-open).
    """
    order = ibis.window(group_by=given_up.user_id, order_by=[given_up.known_at, given_up.place])
    table = given_up.mutate(until=bound(given_up.known_at.lead().over(order), STILL))
    table = table.filter(table.until > table.known_at)
    return warehouse.save("known_by", table.select("user_id", "canonical_id", "until", since=table.known_at))


def nowhere(given_up: ir.Table) -> ir.Table:
    """Return the spans of belonging where no table says who belongs where: none."""
    instants = dict.fromkeys(("began", "since", "until", "known_at", "arrived_from"), given_up.known_at)
    table = given_up.select(
        "user_id",
        entity_id=given_up.canonical_id,
        rank=ibis.literal(MEMBERSHIP),
        arrived_until=given_up.known_at,
        **instants,
    )
    return table.filter(ibis.literal(value=False))


def _any(warehouse: Warehouse, table: ir.Table) -> bool:
    return bool(warehouse.fetch(table.limit(1)).num_rows)
