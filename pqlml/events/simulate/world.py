"""The parameters of the simulated company: what is planted, how strongly, and how to switch it off."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Multiplier = Annotated[float, Field(ge=0, le=3)]


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effects(_Parameters):
    """Multiplier of each planted effect on the log-hazard: 1 is as documented, 0 switches the effect off."""

    limit_hit: Multiplier = 1
    pricing: Multiplier = 1
    aha: Multiplier = 1
    joined: Multiplier = 1
    active: Multiplier = 1
    silence: Multiplier = 1
    paid_feature: Multiplier = 1
    hand_raised: Multiplier = 1
    company_size: Multiplier = 1
    industry: Multiplier = 1
    persona: Multiplier = 1
    trial_ending: Multiplier = 1
    outreach: Multiplier = 1


class Dirt(_Parameters):
    """How much dirt is planted; 0, false or null switches a kind off.

    Attributes
    ----------
    duplicate_share
        Share of product events delivered twice (same ``event_id``).
    late_share, late_max_days
        Share of product events that arrive late, and by how many days at most.
    late_firmographics_share
        Share of accounts whose employees, revenue and technology become known only days after sign-up.
    internal_share, dormant_share
        Shares of the company's own accounts (``plan = internal``) and of accounts that never come back.
    free_mail_share
        Share of accounts signed up with a free-mail address, on average over persona and size.
    members_left_share, members_recorded_late_share
        Shares of teammates whose membership ends, and of users whose membership is recorded up to two days late.
    events_after_conversion
        Whether accounts go on using the product, and sending events, after they converted.
    crm_follows_outcome
        Whether ``crm_status`` changes with the outcome.
    crm_overwritten
        Whether accounts hold one version only, with ``crm_status`` overwritten by its last value.
    outage_start, outage_days
        First day (UTC) without product events, and for how many days; null or 0 for no outage.
    """

    duplicate_share: Share = 0.015
    late_share: Share = 0.04
    late_max_days: float = Field(default=5, gt=0, le=30)
    late_firmographics_share: Share = 0.6
    internal_share: Share = 0.005
    dormant_share: Share = 0.22
    free_mail_share: Share = 0.22
    members_left_share: Share = 0.06
    members_recorded_late_share: Share = 0.1
    events_after_conversion: bool = True
    crm_follows_outcome: bool = True
    crm_overwritten: bool = False
    outage_start: dt.date | None = dt.date(2026, 2, 10)
    outage_days: int = Field(default=2, ge=0, le=30)


class Aha(_Parameters):
    """The planted aha moment: ``count`` invitations sent on the sign-up day and the ``days - 1`` days after it."""

    count: int = Field(default=3, ge=1, le=10)
    days: int = Field(default=7, ge=1, le=28)


class World(_Parameters):
    """The simulated company.

    Attributes
    ----------
    start, days
        First day (UTC) of the observation period and its length; accounts sign up throughout.
    base_log_hazard
        Log of the daily conversion rate of an account whose every effect is zero.
    treated_share
        Share of the accounts picked for sales outreach that are contacted; the others are the control group.
    truth_every_days
        The true probability is written for every day of the period whose number is a multiple of this.
    """

    start: dt.date = dt.date(2025, 7, 1)
    days: int = Field(default=365, ge=60, le=1000)
    base_log_hazard: float = Field(default=-8.9, le=0)
    treated_share: Share = 0.5
    truth_every_days: int = Field(default=1, ge=1)
    aha: Aha = Aha()
    effects: Effects = Effects()
    dirt: Dirt = Dirt()

    @property
    def outage(self) -> range:
        """Days without product events, as numbers counted from ``start``; empty where switched off."""
        if self.dirt.outage_start is None:
            return range(0)
        first = (self.dirt.outage_start - self.start).days
        return range(max(first, 0), max(min(first + self.dirt.outage_days, self.days), 0))
