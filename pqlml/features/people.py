"""The people of an account, as they were known at a cutoff: who uses it most, and who is the most senior."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.definition.people import People
from pqlml.events.identity.belonging import stays
from pqlml.events.identity.claims import ALONE, ALWAYS_SINCE, STILL, bound
from pqlml.events.identity.identity import Identity
from pqlml.events.identity.seniority import rank
from pqlml.events.tables import Tables

MOST_ACTIVE, MOST_SENIOR = "most_active", "most_senior"


def leading_people(tables: Tables, pairs: ir.Table, plan: People) -> ir.Table:
    """Return the most active and the most senior person of each account.

    The most active one has the most events of the account in ``[cutoff - window, cutoff)`` that were known by the
    cutoff (ties: whose last event is newer, then by id). The most senior one is on the highest rung of the plan's
    ladder (ties: who is more active); without any role known there is none.

    Parameters
    ----------
    pairs
        One row per ``row_id``: ``entity_id`` and ``cutoff``.

    Returns
    -------
    At most two rows per ``row_id``: ``entity_id``, ``which`` (``most_active`` or ``most_senior``), ``user_id``,
    ``name``, ``email``, ``role`` (null = unknown), ``seniority`` (rungs from the bottom; null = no role known),
    ``events`` (in the window) and ``window_days``.
    """
    everybody = tables.warehouse.save("people", _described(tables, _people(tables, pairs, plan), plan))
    active = everybody.filter(everybody.events > 0)
    senior = everybody.filter(everybody.seniority.notnull())
    by_activity = [ibis.desc("events"), ibis.desc("last"), "user_id"]
    return ibis.union(
        _first(active, MOST_ACTIVE, by_activity), _first(senior, MOST_SENIOR, [ibis.desc("seniority"), *by_activity])
    ).mutate(window_days=ibis.literal(plan.window_days, "int64"))


def _first(people: ir.Table, which: str, order: list[ir.Value | str]) -> ir.Table:
    place = ibis.row_number().over(ibis.window(group_by="row_id", order_by=order))
    found = people.mutate(place=place, which=ibis.literal(which))
    columns = ("row_id", "entity_id", "which", "user_id", "name", "email", "role", "seniority", "events")
    return found.filter(found.place == 0).select(*columns)


def _people(tables: Tables, pairs: ir.Table, plan: People) -> ir.Table:
    """Return everybody who belongs to the account at the cutoff, and those active in it who belong to no other.

    Who is an account of one person, by want of a membership and of a company's mail address, belongs to no other.
    """
    keys = pairs.select("row_id", "entity_id", "cutoff")
    parts = []
    spans = stays(tables.identity.belonging) if tables.identity is not None else None
    if tables.events is not None:
        active = _active(keys, tables.events, plan.window_days)
        parts.append(active if spans is None else _not_elsewhere(active, spans))
    if spans is not None:
        here = keys.join(
            spans,
            [keys.entity_id == spans.entity_id, spans.since <= keys.cutoff, spans.until > keys.cutoff],
        )
        nothing = {"events": ibis.literal(0, "int64"), "last": ibis.literal(ALWAYS_SINCE, "timestamp(6)")}
        parts.append(here.select(keys.row_id, keys.entity_id, keys.cutoff, spans.user_id, **nothing))
    together = ibis.union(*parts) if len(parts) > 1 else parts[0]
    if tables.identity is not None:
        together = tables.identity.as_known(together, "cutoff")
    person = ("row_id", "entity_id", "cutoff", "user_id")
    # DuckDB adds up whole numbers in 128 bits, and Ibis leaves out a cast to the type that it believes they have.
    count = together.events.cast("float64").sum().cast("int64")
    return together.group_by(*person).agg(events=count, last=together["last"].max())


def _active(keys: ir.Table, events: ir.Table, window_days: int) -> ir.Table:
    seen = keys.join(
        events.filter(events.user_id.notnull()),
        [
            keys.entity_id == events.entity_id,
            events.ts < keys.cutoff,
            events.ts >= keys.cutoff - ibis.interval(days=window_days),
            events.known_at <= keys.cutoff,
        ],
    ).select(keys.row_id, keys.entity_id, keys.cutoff, "user_id", "ts")
    return seen.group_by("row_id", "entity_id", "cutoff", "user_id").agg(
        events=seen.count(), last=seen.ts.max().cast("timestamp(6)")
    )


def _not_elsewhere(active: ir.Table, spans: ir.Table) -> ir.Table:
    companies = spans.filter(~spans.entity_id.startswith(ALONE))
    there = active.join(
        companies,
        [active.user_id == companies.user_id, companies.since <= active.cutoff, companies.until > active.cutoff],
    ).select(active.row_id, active.user_id, here=companies.entity_id == active.entity_id)
    gone = there.group_by("row_id", "user_id").agg(here=there.here.any())
    return active.anti_join(gone.filter(~gone.here), ["row_id", "user_id"])


def _described(tables: Tables, people: ir.Table, plan: People) -> ir.Table:
    """Add who the people are, as known at the cutoff, and how senior that makes them."""
    unknown = ibis.null("string")
    identity = tables.identity
    if identity is None or (identity.users is None and identity.memberships is None):
        return people.mutate(name=unknown, email=unknown, role=unknown, seniority=ibis.null("int64"))
    for known in (_as_users(people, identity), _as_members(people, identity)):
        people = people.left_join(known, ["row_id", "user_id"]).drop("row_id_right", "user_id_right")
    rungs = _rungs(tables, identity, plan)
    for text in ("level", "member_role"):
        mine = rungs.select(**{text: rungs.text, f"{text}_rung": rungs.rung})
        people = people.left_join(mine, text).drop(f"{text}_right")
    both = people.title + ", " + people.member_role
    return people.mutate(
        role=ibis.coalesce(both, people.title, people.member_role),
        seniority=ibis.coalesce(
            ibis.greatest(people.level_rung, people.member_role_rung), people.level_rung, people.member_role_rung
        ),
    )


def _as_users(people: ir.Table, identity: Identity) -> ir.Table:
    """Return what the table of users says: ``name``, ``email``, ``title``, and ``level``, which ranks them."""
    if identity.users is None:
        unknown = ibis.null("string")
        details = dict.fromkeys(("name", "email", "title", "level"), unknown)
        return people.select("row_id", "user_id", **details).limit(0)
    users = identity.users
    known = people.join(
        users,
        [
            people.user_id == users.user_id,
            bound(users.valid_from, ALWAYS_SINCE) <= people.cutoff,
            bound(users.valid_to, STILL) > people.cutoff,
        ],
    )
    level = ibis.coalesce(users.seniority, users.role)
    return known.select(people.row_id, people.user_id, users.name, users.email, title=users.role, level=level)


def _as_members(people: ir.Table, identity: Identity) -> ir.Table:
    """Return the role of the newest membership in this account: ``member_role``."""
    if identity.memberships is None:
        return people.select("row_id", "user_id", member_role=ibis.null("string")).limit(0)
    stay = identity.memberships
    known = people.join(
        stay,
        [
            people.user_id == stay.user_id,
            people.entity_id == stay.entity_id,
            bound(stay.valid_from, ALWAYS_SINCE) <= people.cutoff,
            bound(stay.valid_to, STILL) > people.cutoff,
            bound(stay.known_at, ALWAYS_SINCE) <= people.cutoff,
        ],
    ).select(people.row_id, people.user_id, stay.valid_from, stay.known_at, member_role=stay.role)
    order = [ibis.desc("valid_from"), ibis.desc("known_at"), "member_role"]
    newest = ibis.row_number().over(ibis.window(group_by=["row_id", "user_id"], order_by=order))
    known = known.mutate(place=newest)
    return known.filter(known.place == 0).select("row_id", "user_id", "member_role")


def _rungs(tables: Tables, identity: Identity, plan: People) -> ir.Table:
    """Return the rung of every role and title: ``text``, ``rung``. There are few, so Python may judge them."""
    texts = []
    if identity.users is not None:
        texts += [identity.users.select(text=identity.users[name]) for name in ("role", "seniority")]
    if identity.memberships is not None:
        texts.append(identity.memberships.select(text=identity.memberships.role))
    every = ibis.union(*texts, distinct=True) if len(texts) > 1 else texts[0].distinct()
    names = tables.warehouse.fetch(every.filter(every.text.notnull()))["text"].to_pylist()
    columns = [pa.array(names, pa.string()), pa.array([rank(name, plan.seniority) for name in names], pa.int64())]
    return tables.warehouse.save_arrow("rungs", pa.table(columns, names=["text", "rung"]))
