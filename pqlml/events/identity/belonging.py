"""Belonging: to which account a user belonged at an instant, as it was known at another.

Of the claims that cover an instant and are known, a membership comes before a mail domain and a newer claim before an
older one. So the two instants, of the event and of knowing, form a plane that the claims of a user cut into spans; each
event lies in one of them at most, and is counted in one account at most.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pqlml.events.identity.claims import ALWAYS_SINCE, MEMBERSHIP, STILL, bound
from pqlml.warehouse import Warehouse


def covering(claims: ir.Table) -> ir.Table:
    """Cut the time line of each user wherever a claim begins or ends, and list the claims that cover each piece.

    Returns
    -------
    One row per user, piece and claim: the claim's columns, with ``since`` and ``until`` of the piece, and ``began``,
    the claim's own beginning.
    """
    ends = [claims.select("user_id", edge=claims[side]) for side in ("since", "until")]
    edges = ibis.union(*ends, distinct=True)
    until = edges.edge.lead().over(ibis.window(group_by=edges.user_id, order_by=edges.edge))
    pieces = edges.mutate(piece_until=until)
    pieces = pieces.filter(pieces.piece_until.notnull())
    found = pieces.join(
        claims, [pieces.user_id == claims.user_id, claims.since <= pieces.edge, claims.until > pieces.edge]
    )
    return found.select(
        pieces.user_id,
        claims.entity_id,
        claims.known_at,
        claims.rank,
        since=pieces.edge,
        until=pieces.piece_until,
        began=claims.since,
    )


def belonging(warehouse: Warehouse, covered: ir.Table) -> ir.Table:
    """Return which claim holds where.

    A piece that no claim covered yet when an event arrived waits for the first claim that does: until then nobody knows
    whose event it is.

    Parameters
    ----------
    covered
        What :func:`covering` returned.

    Returns
    -------
    One row per span, no two of which overlap: ``user_id``, ``entity_id``, ``rank``; event times in ``[since, until)``;
    arrivals in ``[arrived_from, arrived_until)``; and of the claim itself, when it ``began`` and is ``known_at``.
    """
    by_rank = [ibis.desc(covered["rank"]), ibis.desc(covered.began), ibis.desc(covered.known_at), covered.entity_id]
    piece = [covered.user_id, covered.since]
    stronger = ibis.window(group_by=piece, order_by=by_rank, preceding=(None, 1))
    whole = ibis.window(group_by=piece)
    table = covered.mutate(
        overtaken=covered.known_at.min().over(stronger),
        first=covered.known_at.min().over(whole),
    )
    always = ibis.literal(ALWAYS_SINCE, "timestamp(6)")
    spans = table.select(
        "user_id",
        "entity_id",
        "rank",
        "began",
        "since",
        "until",
        "known_at",
        arrived_from=(table.known_at > table.first).ifelse(table.known_at, always),
        arrived_until=bound(table.overtaken, STILL),
    )
    reachable = (spans.known_at < spans.arrived_until) & (spans.since < spans.arrived_until)
    return warehouse.save("belonging", spans.filter(reachable))  # nothing arrives before it happens


def stays(spans: ir.Table) -> ir.Table:
    """Return from when until when a user belonged to an account as it was known then.

    Returns
    -------
    One row per user and stay, no two of a user at once: ``user_id``, ``entity_id``, ``since``, ``until`` (half-open).
    """
    found = spans.select(
        "user_id",
        "entity_id",
        since=ibis.greatest(spans.since, spans.known_at),
        until=ibis.least(spans.until, spans.arrived_until),
    )
    return found.filter(found.since < found.until)


def rivals(covered: ir.Table) -> ir.Table:
    """Return the users who belonged to several accounts at once by their memberships: ``user_id``, one row each."""
    members = covered.filter(covered["rank"] == MEMBERSHIP)
    pieces = members.group_by("user_id", "since").agg(accounts=members.entity_id.nunique())
    return pieces.filter(pieces.accounts > 1).select("user_id").distinct()
