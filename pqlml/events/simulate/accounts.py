"""The accounts that sign up: firmographics, plan, and how they start to use the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pqlml.events.simulate.columns import Bools, Floats, Ints
from pqlml.events.simulate.phases import STOPPED
from pqlml.events.simulate.world import World
from pqlml.times import DAY_SECONDS

INDUSTRIES: Final = ("saas", "fintech", "retail", "healthcare", "media", "manufacturing", "education", "agency")
INDUSTRY_SHARES: Final = (0.16, 0.10, 0.14, 0.11, 0.10, 0.13, 0.14, 0.12)
TARGET_INDUSTRIES: Final = ("saas", "fintech")
PERSONA_INDUSTRIES: Final = ("education", "agency")
"""The negative persona: classes and agencies use the product heavily on the free plan and hardly ever buy."""
IDEAL_EMPLOYEES: Final = (50, 500)

COUNTRIES: Final = ("US", "GB", "DE", "FR", "IN", "BR", "AU", "CA")
COUNTRY_SHARES: Final = (0.38, 0.13, 0.12, 0.08, 0.12, 0.06, 0.05, 0.06)
UTC_OFFSET_HOURS: Final = (-6, 0, 1, 1, 5, -3, 10, -6)
TECHNOLOGIES: Final = ("salesforce", "hubspot", "slack", "jira", "google_workspace", "microsoft_365", "zendesk", "none")
REVENUE_BANDS: Final = ("<1M", "1-10M", "10-50M", "50-250M", ">250M")
TINY_EMPLOYEES: Final = 10
"""Smaller accounts sign up with a free-mail address more often."""
FREE_MAIL: Final = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com")

LATE_SHAPE: Final = 1.5
LATE_SCALE_DAYS: Final = 7.0
"""Gamma distribution of the days by which firmographics are late, half a day added."""

TRIAL_SHARE: Final = 0.7
TRIAL_DAYS: Final = (14, 30)
SHORT_TRIAL_SHARE: Final = 0.8
CHANGE_SHARE: Final = 0.25
"""Share of accounts whose size changes, and is recorded anew, once in the period."""


@dataclass(frozen=True)
class Accounts:
    """A block of accounts in the order of sign-up; every array has one entry per account.

    Times of day are seconds after midnight UTC; ages are days since the midnight before sign-up, with fractions.
    """

    number: Ints
    signup_day: Ints
    signup_second: Floats
    industry: Ints
    target_industry: Bools
    persona: Bools
    country: Ints
    technology: Ints
    employees: Ints
    employees_later: Ints
    changed_age: Floats
    enriched_age: Floats
    free_mail: Bools
    mail_domain: Ints
    internal: Bools
    dormant: Bools
    trial_days: Ints
    phase: Ints
    phase_shares: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.number)

    def ideal_size(self, age: int) -> Bools:
        """Whether the size recorded before that day is in the ideal range; false while no size is recorded."""
        employees = np.where(self.changed_age < age, self.employees_later, self.employees)
        low, high = IDEAL_EMPLOYEES
        return (employees >= low) & (employees <= high) & (self.enriched_age < age)


def draw_accounts(first: int, count: int, world: World, rng: np.random.Generator) -> Accounts:
    """Draw ``count`` accounts numbered from ``first``."""
    signup_day = np.sort(rng.choice(world.days, count, p=_signup_weights(world)))
    country = rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES)
    signup_second = office_seconds(country, rng)
    industry = rng.choice(len(INDUSTRIES), count, p=INDUSTRY_SHARES)
    employees = np.clip(np.exp(rng.normal(4.3, 1.7, count)), 1, 30_000).astype(np.int64)
    employees_later = np.maximum((employees * np.exp(rng.normal(0.25, 0.5, count))).astype(np.int64), 1)
    changed = rng.random(count) < CHANGE_SHARE
    changed_age = np.where(changed, rng.uniform(20, 330, count), np.inf)
    late = rng.random(count) < world.dirt.late_firmographics_share
    enriched_age = (
        np.where(late, 0.5 + rng.gamma(LATE_SHAPE, LATE_SCALE_DAYS, count), 0.0) + signup_second / DAY_SECONDS
    )
    persona = np.isin(industry, [INDUSTRIES.index(name) for name in PERSONA_INDUSTRIES])
    leaning = np.where(persona, 1.9, 0.65) * np.where(employees < TINY_EMPLOYEES, 2.0, 0.8)
    free_mail = rng.random(count) < world.dirt.free_mail_share * leaning
    internal = rng.random(count) < world.dirt.internal_share
    dormant = (rng.random(count) < world.dirt.dormant_share) & ~internal
    on_trial = (rng.random(count) < TRIAL_SHARE) & ~internal
    trial_days = np.where(on_trial, np.where(rng.random(count) < SHORT_TRIAL_SHARE, *TRIAL_DAYS), 0)
    shares = _phase_shares(persona | internal, world.dirt.dormant_share)
    live_edges = np.cumsum(shares[:, 1:-1] / shares[:, 1:].sum(axis=1, keepdims=True), axis=1)
    live_phase = 1 + (rng.random((count, 1)) > live_edges).sum(axis=1)
    return Accounts(
        number=np.arange(first, first + count, dtype=np.int64),
        signup_day=signup_day,
        signup_second=signup_second,
        industry=industry,
        target_industry=np.isin(industry, [INDUSTRIES.index(name) for name in TARGET_INDUSTRIES]),
        persona=persona,
        country=country,
        technology=rng.integers(0, len(TECHNOLOGIES), count),
        employees=employees,
        employees_later=employees_later,
        changed_age=np.maximum(changed_age, enriched_age + 1),
        enriched_age=enriched_age,
        free_mail=free_mail,
        mail_domain=rng.integers(0, len(FREE_MAIL), count),
        internal=internal,
        dormant=dormant,
        trial_days=trial_days,
        phase=np.where(dormant, STOPPED, live_phase),
        phase_shares=shares,
        volume=np.exp(rng.normal(0, 0.35, count)),
    )


def office_seconds(country: Ints, rng: np.random.Generator) -> Floats:
    """Draw a time of day (seconds after midnight UTC) around the office hours of each country."""
    afternoon = rng.integers(0, 2, len(country))
    hours = np.where(afternoon == 1, rng.normal(15.0, 2.2, len(country)), rng.normal(10.3, 1.6, len(country)))
    return np.asarray(((hours - np.asarray(UTC_OFFSET_HOURS)[country]) % 24) * 3600)


def weekday_factors(world: World, working: float, weekend: float) -> Floats:
    """Return one factor per weekday, counted from the weekday of the first day of the period."""
    factors = np.array([working] * 5 + [weekend] * 2)
    return np.asarray(np.roll(factors, -world.start.weekday()), dtype=np.float64)


def _signup_weights(world: World) -> Floats:
    day = np.arange(world.days)
    weights = (1 + 0.5 * day / world.days) * weekday_factors(world, 1.2, 0.5)[day % 7]
    return np.asarray(weights / weights.sum())


def _phase_shares(heavy_users: Bools, dormant_share: float) -> Floats:
    usual, heavy = np.array([0.42, 0.38, 0.20]), np.array([0.25, 0.40, 0.35])
    live = np.where(heavy_users[:, None], heavy, usual) * (1 - dormant_share)
    return np.column_stack([np.full(len(heavy_users), dormant_share), live])
