"""What was planted, written beside the data: the truth that a model, its reasons and the checks should recover."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import pyarrow as pa

from pqlml.events.simulate.accounts import PERSONA_INDUSTRIES
from pqlml.events.simulate.columns import NEVER, UTC_INSTANT, Bools, Ints, identifiers, instants
from pqlml.events.simulate.days import Diary, Moments
from pqlml.events.simulate.deals import UNSET, Stages
from pqlml.events.simulate.dirt import LATE_AFTER_SECONDS
from pqlml.events.simulate.hazard import BY_NAME, DRIVERS, ROW, weights
from pqlml.events.simulate.visits import BILLING_EVENTS
from pqlml.events.simulate.world import World

PROBABILITY_SCHEMA: Final = pa.schema(
    [
        ("account_id", pa.string()),
        ("day", pa.date32()),
        ("hazard", pa.float32()),
        ("probability_30d", pa.float32()),
    ]
)
ACCOUNTS_TRUTH_SCHEMA: Final = pa.schema(
    [
        ("account_id", pa.string()),
        ("internal", pa.bool_()),
        ("dormant", pa.bool_()),
        ("negative_persona", pa.bool_()),
        ("late_firmographics", pa.bool_()),
        ("aha_on", pa.date32()),
        ("converted_at", UTC_INSTANT),
    ]
)


def probability_table(diary: Diary, world: World) -> pa.Table:
    """Return one row per open account and day, in the order of days."""
    truth, accounts = diary.truth, diary.accounts
    day = accounts.signup_day[truth.account] + truth.age
    order = np.lexsort((truth.account, day))
    return pa.table(
        [
            identifiers("a", accounts.number[truth.account[order]], 7),
            _dates(day[order], world),
            pa.array(truth.hazard[order].astype(np.float32)),
            pa.array(truth.probability[order].astype(np.float32)),
        ],
        schema=PROBABILITY_SCHEMA,
    )


def accounts_truth_table(diary: Diary, reached: Stages, world: World) -> pa.Table:
    """Return one row per account: which kinds of dirt and which planted states it has."""
    accounts = diary.accounts
    no_aha = diary.aha_age == NEVER
    return pa.table(
        [
            identifiers("a", accounts.number, 7),
            pa.array(accounts.internal),
            pa.array(accounts.dormant),
            pa.array(accounts.persona),
            pa.array(accounts.enriched_age >= 1),
            _dates(accounts.signup_day + diary.aha_age, world, no_aha),
            instants(reached.won, reached.won == UNSET),
        ],
        schema=ACCOUNTS_TRUTH_SCHEMA,
    )


def drivers(world: World, moments: Moments) -> list[dict[str, Any]]:
    """Return the planted effects, the strongest first."""
    days = max(moments.days, 1)
    spread = np.sqrt(np.maximum(moments.squares / days - (moments.total / days) ** 2, 0))
    used = weights(world.effects)
    listed = [
        {
            "name": driver.name,
            "group": driver.group,
            "events": list(driver.events),
            "level": driver.level,
            "window_days": driver.window_days,
            "cap": driver.cap,
            "log_hazard_per_level": float(used[row]),
            "strength": float(spread[row]),
        }
        for row, driver in enumerate(DRIVERS)
    ]
    return sorted(listed, key=lambda entry: -float(str(entry["strength"])))


def aha(world: World) -> dict[str, Any]:
    """Return the planted aha moment."""
    return {
        "action": "invite_sent",
        "count": world.aha.count,
        "days": world.aha.days,
        "meaning": "that many invitations on the day of sign-up and the days - 1 calendar days (UTC) after it",
        "log_hazard": float(weights(world.effects)[ROW["aha"]]),
    }


def persona(world: World) -> dict[str, Any]:
    """Return the negative persona."""
    return {
        "attribute": "industry",
        "values": list(PERSONA_INDUSTRIES),
        "meaning": "heavy use, many limits hit, often free mail; hardly ever buys",
        "log_hazard": float(weights(world.effects)[ROW["persona"]]),
    }


def outreach(world: World, counts: dict[str, int]) -> dict[str, Any]:
    """Return the true effect of outreach and the size of its arms."""
    effect = float(weights(world.effects)[ROW["outreach"]])
    return {
        "log_hazard": effect,
        "hazard_ratio": float(np.exp(effect)),
        "days": BY_NAME["outreach"].window_days,
        "treated_share": world.treated_share,
        "treated": counts["treated"],
        "control": counts["control"],
        "treated_converted_within_days": counts["treated_converted"],
        "control_converted_within_days": counts["control_converted"],
    }


def dirt(world: World, counts: dict[str, int]) -> dict[str, Any]:
    """Return what dirt was planted: settings, counts, and where it is."""
    first, after = (world.start + dt.timedelta(days=day) for day in (world.outage.start, world.outage.stop))
    return {
        "settings": world.dirt.model_dump(mode="json"),
        "duplicated_events": {"rows": counts["duplicated_events"], "key": "event_id"},
        "late_events": {"events": counts["late_events"], "received_after_seconds": LATE_AFTER_SECONDS},
        "events_after_conversion": {"events": counts["events_after_conversion"], "since": BILLING_EVENTS[0]},
        "outage": {
            "from": first.isoformat() if world.outage else None,
            "until": after.isoformat() if world.outage else None,
            "events_lost": counts["events_lost_in_outage"],
            "not_hit": list(BILLING_EVENTS),
        },
        "internal_accounts": {"accounts": counts["internal"], "plan": "internal"},
        "dormant_accounts": {"accounts": counts["dormant"]},
        "free_mail_accounts": {"accounts": counts["free_mail"]},
        "late_firmographics": {
            "accounts": counts["late_firmographics"],
            "columns": ["employees", "revenue_band", "tech_stack"],
        },
        "leaking_column": "crm_status" if world.dirt.crm_follows_outcome else None,
        "single_version": world.dirt.crm_overwritten,
    }


def _dates(day: Ints, world: World, missing: Bools | None = None) -> pa.Array:
    first = (world.start - dt.date(1970, 1, 1)).days
    return pa.array((first + day).astype(np.int32), mask=missing).cast(pa.date32())
