"""The tables of events, accounts and users as a warehouse holds them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pqlml.events.simulate.accounts import (
    COUNTRIES,
    FREE_MAIL,
    INDUSTRIES,
    REVENUE_BANDS,
    TECHNOLOGIES,
    Accounts,
)
from pqlml.events.simulate.columns import (
    SECOND,
    UTC_INSTANT,
    Bools,
    Ints,
    identifiers,
    instants,
    midnight,
    texts,
)
from pqlml.events.simulate.days import Diary
from pqlml.events.simulate.deals import UNSET, Stages
from pqlml.events.simulate.dirt import Collected
from pqlml.events.simulate.visits import CODE, EVENTS, NO_RECORDS, NO_SESSION, Happenings
from pqlml.events.simulate.world import World
from pqlml.times import DAY_MICROSECONDS

PLANS: Final = ("free", "trial", "internal", "paid")
CRM: Final = ("new", "working", "customer", "lost")
DEPARTMENTS: Final = ("product", "engineering", "marketing", "sales", "operations", "finance")
ROLES: Final = ("owner", "admin", "member")
ADMIN_SHARE: Final = 0.15
ELSEWHERE_SHARE: Final = 0.35
"""Shares of teammates who are admins, and of users outside the main department of the account."""
UNKNOWN, FIRST, CHANGED = range(3)
"""Which firmographics a version holds."""
KEPT: Final = -1
"""A change that leaves the value as it was."""
OWN_DOMAIN: Final = "our-company.example"
REVENUE_PER_EMPLOYEE: Final = 150_000
REVENUE_EDGES: Final = (1e6, 10e6, 50e6, 250e6)
BLOCK_NUMBERS: Final = 10**8
"""Room for the numbers of the events, and of the sessions, of one block."""

EVENTS_SCHEMA: Final = pa.schema(
    [
        ("account_id", pa.string()),
        ("user_id", pa.string()),
        ("event", pa.string()),
        ("timestamp", UTC_INSTANT),
        ("received_at", UTC_INSTANT),
        ("event_id", pa.string()),
        ("session_id", pa.string()),
        ("duration_s", pa.float64()),
        ("records", pa.int32()),
    ]
)
ACCOUNTS_SCHEMA: Final = pa.schema(
    [
        ("account_id", pa.string()),
        ("created_at", UTC_INSTANT),
        ("updated_at", UTC_INSTANT),
        ("plan", pa.string()),
        ("trial_ends_at", UTC_INSTANT),
        ("email_domain", pa.string()),
        ("country", pa.string()),
        ("industry", pa.string()),
        ("employees", pa.int32()),
        ("revenue_band", pa.string()),
        ("tech_stack", pa.string()),
        ("crm_status", pa.string()),
    ]
)
USERS_SCHEMA: Final = pa.schema(
    [
        ("user_id", pa.string()),
        ("account_id", pa.string()),
        ("joined_at", UTC_INSTANT),
        ("email_domain", pa.string()),
        ("role", pa.string()),
        ("department", pa.string()),
    ]
)


def events_table(diary: Diary, collected: Collected, block: int) -> pa.Table:
    """Return one row per delivery of an event."""
    events = collected.events
    number = diary.accounts.number[events.account]
    return pa.table(
        [
            identifiers("a", number, 7),
            identifiers("u", number * 100 + events.member, 9),
            texts(EVENTS, events.code),
            instants(events.at),
            instants(collected.received),
            identifiers("e", block * BLOCK_NUMBERS + collected.number, 12),
            identifiers("s", block * BLOCK_NUMBERS + events.session, 12, events.session == NO_SESSION),
            pa.array(events.seconds, mask=np.isnan(events.seconds)),
            pa.array(events.records.astype(np.int32), mask=events.records == NO_RECORDS),
        ],
        schema=EVENTS_SCHEMA,
    )


def accounts_table(diary: Diary, reached: Stages, world: World, rng: np.random.Generator) -> pa.Table:
    """Return one row per version of an account, or one row per account where the CRM overwrites."""
    accounts = diary.accounts
    signed_up = signup_instants(accounts, world)
    row, at, plan, size, crm = _versions(diary, reached, signed_up, world, rng)
    if world.dirt.crm_overwritten:
        last = np.append(row[1:] != row[:-1], True)
        opening = np.append(True, row[1:] != row[:-1])
        row, at, plan, size, crm = row[opening], at[opening], plan[opening], size[last], crm[last]
    employees = np.where(size == CHANGED, accounts.employees_later[row], accounts.employees[row])
    band = np.searchsorted(np.array(REVENUE_EDGES), employees * REVENUE_PER_EMPLOYEE, side="right")
    unknown = size == UNKNOWN
    trial = accounts.trial_days[row]
    return pa.table(
        [
            identifiers("a", accounts.number[row], 7),
            instants(signed_up[row]),
            instants(at),
            texts(PLANS, plan),
            instants(signed_up[row] + trial * DAY_MICROSECONDS, trial == 0),
            mail_domains(accounts, row),
            texts(COUNTRIES, accounts.country[row]),
            texts(INDUSTRIES, accounts.industry[row]),
            pa.array(employees.astype(np.int32), mask=unknown),
            texts(REVENUE_BANDS, band, unknown),
            texts(TECHNOLOGIES, accounts.technology[row], unknown),
            texts(CRM, crm),
        ],
        schema=ACCOUNTS_SCHEMA,
    )


def users_table(diary: Diary, happened: Happenings, world: World, rng: np.random.Generator) -> pa.Table:
    """Return one row per user: the founders of the accounts, and the teammates who joined."""
    accounts = diary.accounts
    joins = happened.take(happened.code == CODE["member_joined"])
    row = np.concatenate([np.arange(len(accounts)), joins.account])
    member = np.concatenate([np.zeros(len(accounts), dtype=np.int64), joins.member])
    joined = np.concatenate([signup_instants(accounts, world), joins.at])
    role = np.where(member == 0, 0, np.where(rng.random(len(row)) < ADMIN_SHARE, 1, 2))
    home = accounts.number[row] % len(DEPARTMENTS)
    elsewhere = rng.random(len(row)) < ELSEWHERE_SHARE
    department = np.where(elsewhere, rng.integers(0, len(DEPARTMENTS), len(row)), home)
    order = np.lexsort((member, row))
    number = accounts.number[row[order]]
    return pa.table(
        [
            identifiers("u", number * 100 + member[order], 9),
            identifiers("a", number, 7),
            instants(joined[order]),
            mail_domains(accounts, row[order]),
            texts(ROLES, role[order]),
            texts(DEPARTMENTS, department[order]),
        ],
        schema=USERS_SCHEMA,
    )


def signup_instants(accounts: Accounts, world: World) -> Ints:
    """Return when each account signed up, in microseconds since 1970."""
    seconds = (accounts.signup_second * SECOND).astype(np.int64)
    return midnight(world.start) + accounts.signup_day * DAY_MICROSECONDS + seconds


def mail_domains(accounts: Accounts, rows: Ints) -> pa.Array:
    """Return the e-mail domain of each account: free mail, its own, or ours."""
    own = pc.binary_join_element_wise(identifiers("company", accounts.number[rows], 7), ".example", "")
    free = texts(FREE_MAIL, accounts.mail_domain[rows])
    outside = pc.if_else(pa.array(accounts.free_mail[rows]), free, own)
    return pc.if_else(pa.array(accounts.internal[rows]), OWN_DOMAIN, outside)


def _versions(
    diary: Diary, reached: Stages, signed_up: Ints, world: World, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return row, instant, plan, firmographics (`UNKNOWN`, `FIRST`, `CHANGED`) and CRM status of every version."""
    accounts = diary.accounts
    size, end = len(accounts), midnight(world.start) + world.days * DAY_MICROSECONDS
    born = midnight(world.start) + accounts.signup_day * DAY_MICROSECONDS
    plan = np.where(accounts.internal, PLANS.index("internal"), np.where(accounts.trial_days > 0, 1, 0))
    enriched = born + (accounts.enriched_age * DAY_MICROSECONDS).astype(np.int64)
    at_once = accounts.enriched_age * DAY_MICROSECONDS <= accounts.signup_second * SECOND + SECOND
    changed_age = np.where(np.isfinite(accounts.changed_age), accounts.changed_age, 0)
    changed = np.where(
        np.isfinite(accounts.changed_age), born + (changed_age * DAY_MICROSECONDS).astype(np.int64), UNSET
    )
    trial_over = signed_up + accounts.trial_days * DAY_MICROSECONDS
    stays = (accounts.trial_days > 0) & (trial_over < reached.won)

    def noted(at: Ints) -> Ints:
        delay = (rng.exponential(20, size) * 3600 * SECOND).astype(np.int64)
        return np.where(at == UNSET, UNSET, np.where(at == UNSET, 0, at) + delay)

    changes: list[tuple[Ints, Ints | int, Ints | int, Ints | int]] = [
        (signed_up, plan, np.where(at_once, FIRST, UNKNOWN), CRM.index("new")),
        (np.where(at_once, UNSET, enriched), KEPT, FIRST, KEPT),
        (changed, KEPT, CHANGED, KEPT),
        (np.where(stays, trial_over, UNSET), PLANS.index("free"), KEPT, KEPT),
        (reached.won, PLANS.index("paid"), KEPT, KEPT),
    ]
    if world.dirt.crm_follows_outcome:
        lost = np.where(reached.won == UNSET, np.minimum(reached.lost, reached.closed), UNSET)
        changes += [
            (noted(reached.opened), KEPT, KEPT, CRM.index("working")),
            (noted(reached.won), KEPT, KEPT, CRM.index("customer")),
            (noted(lost), KEPT, KEPT, CRM.index("lost")),
        ]
    rows = np.tile(np.arange(size), len(changes))
    at = np.concatenate([change[0] for change in changes])
    plans, sizes, crms = (
        np.concatenate([np.broadcast_to(change[field], size) for change in changes]) for field in (1, 2, 3)
    )
    keep = at < end
    order = np.flatnonzero(keep)[np.lexsort((at[keep], rows[keep]))]
    return rows[order], at[order], _filled(plans[order]), _filled(sizes[order]), _filled(crms[order])


def _filled(values: Ints) -> Ints:
    """Replace `KEPT` by the value before it; the first version of each account has none."""
    given: Bools = values != KEPT
    return np.asarray(values[np.maximum.accumulate(np.where(given, np.arange(len(values)), 0))])
