"""Users: from the user's table to canonical versions, with the domain of their mail address."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pqlml.definition.sources import UserSource
from pqlml.errors import DataError
from pqlml.events.columns import filled, require_columns, require_exact_ids, text
from pqlml.events.identity.mail import MailDomain
from pqlml.events.sift import REASON, reason, sift
from pqlml.events.tables import Finding, TableRead
from pqlml.events.time_columns import time_columns, unreadable_of
from pqlml.warehouse import Warehouse
from pqlml.warehouse.logic import NEVER

_TEXTS = ("role", "seniority", "department", "name", "email")
_DOMAIN = r"^[^@\s]+@([^@\s]+)$"


def read_users(
    warehouse: Warehouse, source: UserSource, raw: ir.Table, judge: Callable[[str], MailDomain]
) -> tuple[ir.Table, TableRead, list[Finding]]:
    """Return canonical versions of users, the account of the rows, and what was found.

    Set aside: a null user, an unreadable ``valid_from``, and rows repeated word for word in the columns that are named.

    Parameters
    ----------
    judge
        Says whose a mail domain is.

    Returns
    -------
    One row per version: ``user_id``, ``signup_at``, ``valid_from`` and ``valid_to`` (half-open; null = unbounded),
    ``role``, ``seniority``, ``department``, ``name``, ``email`` (null = unknown), ``mail`` (a
    ``Kind`` of :mod:`pqlml.events.identity.mail`; null = no address) and ``company`` (the registrable domain of one).

    Raises
    ------
    DataError
        If one key has rows that contradict each other.
    """
    keys = ("user_id", "signup_at", "valid_from", "email_domain", *_TEXTS)
    require_columns(raw, {key: getattr(source, key) for key in keys}, "users")
    require_exact_ids(warehouse, raw, {"user_id": source.user_id}, "users")
    times = time_columns(
        "users", source, signup_at=filled(warehouse, raw, source.signup_at), valid_from=source.valid_from
    )
    values, unknown = times.values(raw), ibis.null("timestamp(6)")
    table = raw.select(
        user_id=text(raw[source.user_id]),
        signup_at=values.get("signup_at", unknown),
        valid_from=values.get("valid_from", unknown),
        domain=_mail_domain(raw, source),
        **{key: _text(raw, getattr(source, key)) for key in _TEXTS},
        **times.flags(raw),
    )
    copy = ibis.row_number().over(ibis.window(group_by=list(table.columns), order_by=[table.user_id]))
    table = table.mutate(
        **{
            REASON: reason(
                (table.user_id.isnull(), "user_id is null"),
                (table.valid_from.isnull() if source.valid_from else NEVER, "valid_from is null or cannot be read"),
                (copy > 0, "row repeated word for word"),
            )
        }
    )
    used, account = sift(warehouse, "users", table, unreadable_of("valid_from") if source.valid_from else None)
    about_times, _ = times.findings(warehouse, used, account)
    used = used.drop(*times.carried)
    _refuse_contradictions(warehouse, used)
    signup = used.signup_at.min().over(ibis.window(group_by=used.user_id))
    next_version = used.valid_from.lead().over(ibis.window(group_by=used.user_id, order_by=used.valid_from))
    used = used.mutate(signup_at=signup, valid_to=next_version)
    domains = _classified(warehouse, used, judge)
    named = used.left_join(domains, "domain").drop("domain", "domain_right")
    return warehouse.save("user_versions", named), account, [*about_times, *_findings(source)]


def _text(raw: ir.Table, column: str | None) -> ir.Value:
    return ibis.null("string") if column is None else text(raw[column])


def _mail_domain(raw: ir.Table, source: UserSource) -> ir.Value:
    """Return what stands behind the ``@``: null where no address is known, blank where it is none."""
    if source.email is None:
        return _text(raw, source.email_domain).strip().lower()
    address = text(raw[source.email]).strip().lower()
    return address.re_search(_DOMAIN).ifelse(address.re_extract(_DOMAIN, 1), address.isnull().ifelse(None, ""))


def _refuse_contradictions(warehouse: Warehouse, used: ir.Table) -> None:
    groups = used.group_by(["user_id", "valid_from"]).agg(rows=used.count())
    twice = groups.filter(groups.rows > 1)
    count = warehouse.fetch(twice.agg(n=twice.count())).to_pylist()[0]["n"]
    if count:  # ids may be mail addresses, and messages go to logs: none is shown
        msg = (
            f"users: {count} users have several different rows for one instant; expected one per user, or one per "
            f"version with 'valid_from'."
        )
        raise DataError(msg)


def _classified(warehouse: Warehouse, users: ir.Table, judge: Callable[[str], MailDomain]) -> ir.Table:
    """Return one row per mail domain: ``domain``, ``mail``, ``company``. Domains are few, so Python may judge them."""
    names = warehouse.fetch(users.filter(users.domain.notnull()).select("domain").distinct())["domain"].to_pylist()
    judged = [judge(name) for name in names]
    columns = [names, [domain.kind for domain in judged], [domain.company for domain in judged]]
    schema = pa.schema([(name, pa.string()) for name in ("domain", "mail", "company")])
    return warehouse.save_arrow("mail_domains", pa.table([pa.array(column, pa.string()) for column in columns], schema))


def _findings(source: UserSource) -> list[Finding]:
    if source.valid_from is not None or (source.email is None and source.email_domain is None):
        return []
    detail = "no 'valid_from' is mapped: today's mail addresses and roles are taken as known at every cutoff."
    return [Finding("PQD050", "note", "users have no versions", detail, 0)]
