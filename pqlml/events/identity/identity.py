"""Identity: who the people behind events are, and the way of events to accounts."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pqlml.events.identity.claims import MEMBERSHIP, alone


@dataclass(frozen=True)
class Identity:
    """Who the people are and where they belong.

    Attributes
    ----------
    users, memberships
        Canonical versions and stays; null where the definition has no such source.
    belonging
        What :func:`pqlml.events.identity.belonging.belonging` returned.
    aliases
        What :func:`pqlml.events.identity.aliases.spans` returned; null where no id was given up.
    alone
        Whether a user of whom nothing is known is an account of one person at once. Where there is a table of users
        or of accounts, somebody who is in neither is nobody's lead.
    """

    users: ir.Table | None
    memberships: ir.Table | None
    belonging: ir.Table
    alone: bool
    aliases: ir.Table | None = None

    def as_known(self, table: ir.Table, at: str) -> ir.Table:
        """Call users by the ids that they were known by at an instant of each row, column ``at``."""
        if self.aliases is None:
            return table
        spans = self.aliases
        joined = table.left_join(
            spans, [table.user_id == spans.user_id, table[at] >= spans.since, table[at] < spans.until]
        )
        found = joined.select(*(table[name] for name in table.columns), _canonical=spans.canonical_id)
        return found.mutate(user_id=ibis.coalesce(found["_canonical"], found.user_id)).drop("_canonical")

    def place(self, events: ir.Table) -> ir.Table:
        """Give each event its account, once, by what was known when it arrived: what is known later moves nothing.

        An account that the event names itself stands. An event of a user about whom nothing is known yet becomes known
        when something is. Its user is the one who was known to be behind the id by then.

        Parameters
        ----------
        events
            ``entity_id`` (null = not named), ``user_id``, ``ts``, ``known_at`` and more.

        Returns
        -------
        One row per event: ``entity_id`` filled where an account is known, ``known_at`` accordingly, and
        ``_contradicts``, whether its user was then a member of another account than the event names.
        """
        events = self.as_known(events, "known_at")
        spans = self.belonging
        joined = events.left_join(
            spans,
            [
                events.user_id == spans.user_id,
                events.ts >= spans.since,
                events.ts < spans.until,
                events.known_at >= spans.arrived_from,
                events.known_at < spans.arrived_until,
            ],
        )
        found = joined.select(
            *(events[name] for name in events.columns),
            _account=spans.entity_id,
            _rank=spans["rank"],
            _claimed=spans.known_at,
        )
        named = found.entity_id.notnull()
        otherwise = alone(found.user_id) if self.alone else ibis.null("string")
        claimed = ibis.greatest(found.known_at, ibis.coalesce(found["_claimed"], found.known_at))
        placed = found.mutate(
            entity_id=ibis.coalesce(found.entity_id, found["_account"], otherwise),
            known_at=named.ifelse(found.known_at, claimed),
            _contradicts=named & (found["_rank"] == MEMBERSHIP) & (found["_account"] != found.entity_id),
        ).drop("_account", "_rank", "_claimed")
        return self.as_known(placed, "known_at")
