"""What an account does on an active day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.events.simulate.accounts import Accounts
from pqlml.events.simulate.columns import Bools, Floats, Ints

USE: Final = {
    "page_viewed": 1.6,
    "dashboard_viewed": 0.5,
    "search_run": 0.3,
    "report_built": 0.22,
    "export_run": 0.12,
    "automation_created": 0.05,
    "api_called": 0.10,
    "record_created": 0.6,
    "workflow_completed": 0.18,
    "goal_reached": 0.015,
    "help_viewed": 0.12,
    "theme_changed": 0.02,
}
"""Events per active user and active day; they have no effect on the hazard."""
SIGNALS: Final = (
    "invite_sent",
    "limit_hit",
    "paid_feature_tried",
    "pricing_viewed",
    "upgrade_clicked",
    "sales_contacted",
)
ONCE: Final = ("first_report", "team_workspace_created", "admin_assigned")
VISIT_EVENTS: Final = (*USE, *SIGNALS, *ONCE)
"""What happens within sessions, in the order of the columns of every array of counts."""
COLUMN: Final = {name: column for column, name in enumerate(VISIT_EVENTS)}

ONBOARDING_DAYS: Final = 7
ONBOARDING_INVITES: Final = 3.0
"""Factor on the invitations of the first week."""
PRICING_AFTER_LIMIT: Final = 0.12
"""Views of the pricing page that one limit hit adds on the same day."""
UPGRADE_AFTER_PRICING: Final = 0.25
JOINING_RATE: Final = 0.06
LAPSING_RATE: Final = 0.08
"""Daily probabilities that an open invitation is accepted, or else that it lapses."""
MAX_MEMBERS: Final = 20
TEAMMATE_SHARE: Final = 0.25
"""Probability that a teammate is active too on an active day."""
WORKSPACE_RATE: Final = 0.25
ADMIN_RATE: Final = 0.1
"""Probability, per active day, that a team sets up its workspace, and that one of two or more names an admin."""
SIZE_EDGES: Final = (5, 100)
INVITES_BY_SIZE: Final = (0.3, 1.0, 1.3)
"""Factor on the invitations of accounts with fewer employees than each edge, and of larger ones."""
SALES_LED_EMPLOYEES: Final = 20
"""From this size on, accounts turn to sales more often."""


@dataclass(frozen=True)
class SignalRates:
    """Expected signals per active day, one entry per account."""

    invite_sent: Floats
    limit_hit: Floats
    paid_feature_tried: Floats
    pricing_viewed: Floats
    sales_contacted: Floats


def signal_rates(accounts: Accounts, members: Ints, rows: Ints) -> SignalRates:
    """Return the rates after the first week, of the accounts at ``rows`` with so many ``members``."""
    employees, persona = accounts.employees[rows], accounts.persona[rows]
    limit: Floats = np.asarray(0.10 * (1 + 0.06 * members) * np.where(persona, 1.6, 1.0), dtype=np.float64)
    return SignalRates(
        invite_sent=0.13 * np.asarray(INVITES_BY_SIZE)[np.searchsorted(SIZE_EDGES, employees, side="right")],
        limit_hit=limit,
        paid_feature_tried=np.where(persona, 0.05, 0.04),
        pricing_viewed=np.asarray(0.035 + PRICING_AFTER_LIMIT * limit, dtype=np.float64),
        sales_contacted=np.where(employees < SALES_LED_EMPLOYEES, 0.004, 0.009),
    )


def draw_visits(accounts: Accounts, rows: Ints, age: int, members: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw the active users, and the counts (accounts x `VISIT_EVENTS`), of one active day of the accounts at rows."""
    users = 1 + rng.binomial(members, TEAMMATE_SHARE)
    rates = signal_rates(accounts, members, rows)
    counts = np.zeros((len(rows), len(VISIT_EVENTS)), dtype=np.int64)
    intensity = users * accounts.volume[rows]
    counts[:, : len(USE)] = rng.poisson(intensity[:, None] * np.array(list(USE.values())))
    onboarding = ONBOARDING_INVITES if age < ONBOARDING_DAYS else 1.0
    counts[:, COLUMN["invite_sent"]] = rng.poisson(rates.invite_sent * onboarding)
    limits = rng.poisson(rates.limit_hit)
    counts[:, COLUMN["limit_hit"]] = limits
    counts[:, COLUMN["paid_feature_tried"]] = rng.poisson(rates.paid_feature_tried)
    curiosity = rates.pricing_viewed - PRICING_AFTER_LIMIT * rates.limit_hit
    pricing = rng.poisson(curiosity + PRICING_AFTER_LIMIT * limits)
    counts[:, COLUMN["pricing_viewed"]] = pricing
    counts[:, COLUMN["upgrade_clicked"]] = rng.binomial(pricing, UPGRADE_AFTER_PRICING)
    counts[:, COLUMN["sales_contacted"]] = rng.poisson(rates.sales_contacted)
    return users, counts


@dataclass
class Milestones:
    """What an account reaches once; one entry per account."""

    first_report: Bools
    workspace: Bools
    admin: Bools

    @classmethod
    def none(cls, accounts: int) -> Milestones:
        """Start with nothing reached."""
        return cls(*(np.zeros(accounts, dtype=np.bool_) for _ in range(3)))

    def reach(self, rows: Ints, counts: Ints, members: Ints, rng: np.random.Generator) -> None:
        """Add to the counts of today what the accounts at rows reach for the first time."""
        chance = rng.random((2, len(rows)))
        news = {
            "first_report": (self.first_report, counts[:, COLUMN["report_built"]] > 0),
            "team_workspace_created": (self.workspace, (members >= 1) & (chance[0] < WORKSPACE_RATE)),
            "admin_assigned": (self.admin, (members > 1) & (chance[1] < ADMIN_RATE)),
        }
        for name, (reached, now) in news.items():
            counts[:, COLUMN[name]] = now & ~reached[rows]
            reached[rows] |= now
