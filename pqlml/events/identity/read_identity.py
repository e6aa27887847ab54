"""From the tables of people to who belongs where, with every row accounted for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from pqlml.definition.model import Definition
from pqlml.definition.sources import UserSource
from pqlml.events.identity.aliases import nowhere, spans, steps
from pqlml.events.identity.belonging import belonging, covering, rivals
from pqlml.events.identity.claims import MAIL, account_domains, claims, first_of_each
from pqlml.events.identity.identity import Identity
from pqlml.events.identity.mail import MailDomain, classify, normal
from pqlml.events.identity.read_aliases import read_aliases
from pqlml.events.identity.read_memberships import read_memberships
from pqlml.events.identity.read_users import read_users
from pqlml.events.tables import Finding, TableRead
from pqlml.warehouse import Warehouse, read_source

_KINDS = {
    "free": "free mail",
    "disposable": "disposable mail",
    "malformed": "no sound mail domain",
    "company": "the domain of no account",
}
_NO_ADDRESS = "no mail address"


class IdentityRead(NamedTuple):
    """Who belongs where, the accounts of the rows read, and what was found."""

    identity: Identity
    reads: list[TableRead]
    findings: list[Finding]


def read_identity(
    warehouse: Warehouse, definition: Definition, data: Path, entities: ir.Table | None
) -> IdentityRead | None:
    """Read users, memberships and aliases, and work out who belongs where; null where the definition names none.

    Parameters
    ----------
    entities
        The given accounts; null where they follow from their people.
    """
    sources = definition.sources
    if definition.entity == "user" or not (sources.people or sources.aliases is not None):
        return None
    reads: list[TableRead] = []
    findings: list[Finding] = []
    users = memberships = domains = given_up = None
    if sources.users is not None:
        raw = read_source(warehouse, sources.users, data, "users")
        users, account, found = read_users(warehouse, sources.users, raw, judge_of(sources.users))
        reads.append(account)
        findings += found
    if sources.memberships is not None:
        raw = read_source(warehouse, sources.memberships, data, "memberships")
        memberships, account, found = read_memberships(warehouse, sources.memberships, raw)
        reads.append(account)
        findings += found
    if sources.aliases is not None:
        raw = read_source(warehouse, sources.aliases, data, "aliases")
        given_up, account, found = read_aliases(warehouse, sources.aliases, raw)
        reads.append(account)
        findings += found
        given_up = steps(warehouse, given_up)
    named = spans(warehouse, given_up) if given_up is not None else None
    if given_up is not None and not sources.people:
        return IdentityRead(Identity(None, None, nowhere(given_up), alone=False, aliases=named), reads, findings)
    if entities is not None:
        column = sources.entities.domain if sources.entities is not None else None
        stated = account_domains(warehouse, entities, column, judge_of(sources.users))
        findings += _shared_domains(warehouse, stated)
        domains = first_of_each(stated)
    covered = warehouse.save("claims_by_piece", covering(claims(users, memberships, domains, given_up)))
    findings += _rivals(warehouse, covered)
    where = belonging(warehouse, covered)
    if users is not None:
        told = sources.events is not None and sources.events.entity_id is not None
        findings += _without_account(warehouse, users, where, given=entities is not None, told=told)
    identity = Identity(users, memberships, where, alone=users is None and entities is None, aliases=named)
    return IdentityRead(identity, reads, findings)


def judge_of(source: UserSource | None) -> functools.partial[MailDomain]:
    """Return what says whose a mail domain is, by the lists and by what the definition adds to them."""

    def listed(names: tuple[str, ...]) -> frozenset[str]:
        return frozenset(normal(name) or name for name in names)

    personal, companies = (source.personal_domains, source.company_domains) if source is not None else ((), ())
    return functools.partial(classify, personal=listed(personal), companies=listed(companies))


def _shared_domains(warehouse: Warehouse, stated: ir.Table) -> list[Finding]:
    groups = stated.group_by("company").agg(accounts=stated.account.nunique())
    shared = groups.filter(groups.accounts > 1)
    count = warehouse.fetch(shared.agg(n=shared.count())).to_pylist()[0]["n"]
    if not count:
        return []
    detail = "several accounts have the same domain: users without a membership belong to the one known first."
    return [Finding("PQD056", "warning", "mail domains of several accounts", detail, count)]


def _rivals(warehouse: Warehouse, covered: ir.Table) -> list[Finding]:
    users = rivals(covered)
    count = warehouse.fetch(users.agg(n=users.count())).to_pylist()[0]["n"]
    if not count:
        return []
    detail = "their newest membership counts, and each event counts in one account only."
    return [Finding("PQD054", "warning", "users in several accounts at once", detail, count)]


def _without_account(
    warehouse: Warehouse, users: ir.Table, spans: ir.Table, *, given: bool, told: bool
) -> list[Finding]:
    """Count the users that no membership and no mail domain ever brings to an account, by what their address is.

    Parameters
    ----------
    given
        Whether accounts are listed, so that no others are made up.
    told
        Whether events may name their account themselves.
    """
    newest = users.filter(users.valid_to.isnull()).select("user_id", "mail")
    placed = spans.filter(spans["rank"] >= MAIL).select("user_id").distinct()
    left = newest.anti_join(placed, "user_id")
    by_kind = left.group_by("mail").agg(users=left.count())
    found = warehouse.fetch(by_kind.order_by(ibis.desc("users"), "mail")).to_pylist()
    if not found:
        return []
    reasons = ", ".join(f"{_KINDS.get(row['mail'], _NO_ADDRESS)}: {row['users']}" for row in found)
    what = "no row counts them" if given else "each is an account of one person"
    what += ", except where an event names its account" if told else ""
    count = sum(row["users"] for row in found)
    return [Finding("PQD055", "note", "users without an account", f"{reasons}; {what}.", count)]
