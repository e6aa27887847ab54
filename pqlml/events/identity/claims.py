"""Claims: what is said about the account of a user, and since when it has been known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.events.identity.mail import MailDomain, host
from pqlml.warehouse import Warehouse

ALWAYS_SINCE: Final = dt.datetime(1, 1, 1)
STILL: Final = dt.datetime(9999, 12, 31)
"""Bounds of what has none: joins then compare, and need not ask for nulls."""

ALONE: Final = "user:"
"""Before the id of a user: the account of one person, which no account's own id can be taken for."""

MEMBERSHIP, MAIL, NOTHING = 2, 1, 0
"""Ranks of claims: a membership comes before a mail domain."""

BEHIND: Final = 10
"""So far behind a user's own claims are those that come by way of an alias."""

SHAPE: Final = ("user_id", "entity_id", "since", "until", "known_at", "rank")


def bound(instant: ir.TimestampValue, otherwise: dt.datetime) -> ir.TimestampValue:
    """Replace an unbounded end of a span; of one type on every engine, as unions want it."""
    return ibis.coalesce(instant, ibis.literal(otherwise, "timestamp(6)")).cast("timestamp(6)")


def alone(user_id: ir.StringValue) -> ir.StringValue:
    """Return the account of one person."""
    return ibis.literal(ALONE) + user_id


def claims(
    users: ir.Table | None, memberships: ir.Table | None, domains: ir.Table | None, aliases: ir.Table | None = None
) -> ir.Table:
    """Return every claim on a user, one row each, with the columns of ``SHAPE``; spans of event times are half-open.

    Parameters
    ----------
    users, memberships
        Canonical versions and stays; not both null.
    domains
        Where the accounts are given, what :func:`first_of_each` returned: other accounts are not made up. Null where
        accounts follow from their people.
    aliases
        Every step of :func:`pqlml.events.identity.aliases.steps`; null where no id was given up.
    """
    parts = []
    if memberships is not None:
        parts.append(_from_memberships(memberships))
        if users is None and domains is None:
            parts.append(_by_themselves(memberships, aliases))
    if users is not None:
        parts.append(_from_mail(users, domains))
    own = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return own if aliases is None else ibis.union(own, _from_aliases(own, aliases))


def _from_aliases(own: ir.Table, aliases: ir.Table) -> ir.Table:
    """Let what is claimed of users hold for the ids that they gave up, from when that is known; own claims go first."""
    found = aliases.join(own, aliases.canonical_id == own.user_id)
    return found.select(
        user_id=aliases.user_id,
        entity_id=own.entity_id,
        since=own.since,
        until=own.until,
        known_at=ibis.greatest(own.known_at, aliases.known_at).cast("timestamp(6)"),
        rank=(own["rank"] - BEHIND).cast(own["rank"].type()),
    ).select(*SHAPE)


def account_domains(
    warehouse: Warehouse, entities: ir.Table, column: str | None, judge: Callable[[str], MailDomain]
) -> ir.Table:
    """Return which given accounts a company's mail domain may stand for: ``company``, ``account``, since when.

    Parameters
    ----------
    column
        Column with the accounts' domains; null where their ids may be domains.
    judge
        Says whose a domain is.

    Returns
    -------
    One row per domain, account and version that states it: ``company``, ``account``, ``account_known`` (instant),
    ``signup_at`` (null = unknown).
    """
    known = bound(entities.valid_from, ALWAYS_SINCE)
    stated = entities.entity_id if column is None else entities[column]
    table = entities.select("entity_id", "signup_at", domain=stated.strip().lower(), account_known=known)
    names = warehouse.fetch(table.filter(table.domain.notnull()).select("domain").distinct())["domain"].to_pylist()
    columns = [pa.array(names, pa.string()), pa.array([judge(host(name)).company for name in names], pa.string())]
    judged = warehouse.save_arrow("account_domains", pa.table(columns, names=["domain", "company"]))
    found = table.join(judged, "domain")
    found = found.filter(found.company.notnull())
    return found.select("company", "account_known", "signup_at", account=found.entity_id)


def first_of_each(stated: ir.Table) -> ir.Table:
    """Keep the account that had a domain first (ties: that signed up first, then by id), one row per domain.

    An account that appears later, with the same domain, changes nothing that was.
    """
    order = [stated.account_known, bound(stated.signup_at, STILL), stated.account]
    place = ibis.row_number().over(ibis.window(group_by=stated.company, order_by=order))
    ranked = stated.mutate(place=place)
    return ranked.filter(ranked.place == 0).select("company", "account", "account_known")


def _from_memberships(memberships: ir.Table) -> ir.Table:
    return memberships.select(
        "user_id",
        "entity_id",
        since=bound(memberships.valid_from, ALWAYS_SINCE),
        until=bound(memberships.valid_to, STILL),
        known_at=bound(memberships.known_at, ALWAYS_SINCE),
        rank=ibis.literal(MEMBERSHIP),
    )


def _by_themselves(memberships: ir.Table, aliases: ir.Table | None) -> ir.Table:
    """Let users of whom nothing but memberships is known be accounts of their own outside of these."""
    users = memberships.select("user_id").distinct()
    if aliases is not None:
        users = ibis.union(users, aliases.select("user_id"), distinct=True)
    always = ibis.literal(ALWAYS_SINCE, "timestamp(6)")
    return users.select(
        "user_id",
        entity_id=alone(users.user_id),
        since=always,
        until=ibis.literal(STILL, "timestamp(6)"),
        known_at=always,
        rank=ibis.literal(NOTHING),
    )


def _from_mail(users: ir.Table, domains: ir.Table | None) -> ir.Table:
    """Let each version claim its span; the first one reaches back, from when it was known on."""
    first = users.valid_from.min().over(ibis.window(group_by=users.user_id))
    table = users.mutate(
        since=bound((users.valid_from > first).ifelse(users.valid_from, ibis.null("timestamp(6)")), ALWAYS_SINCE),
        until=bound(users.valid_to, STILL),
        known_at=bound(users.valid_from, ALWAYS_SINCE),
        rank=users.company.isnull().ifelse(NOTHING, MAIL),
    )
    if domains is None:
        entity = ibis.coalesce(table.company, alone(table.user_id))
        return table.select("user_id", "since", "until", "known_at", "rank", entity_id=entity).select(*SHAPE)
    found = table.join(domains, "company")
    known = ibis.greatest(found.known_at, found.account_known).cast("timestamp(6)")
    return found.select("user_id", "since", "until", "rank", known_at=known, entity_id=found.account).select(*SHAPE)
