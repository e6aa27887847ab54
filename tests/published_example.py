"""A believable published run of a project management product, for tests and for looking at the pages.

To look at it: ``python -m tests.published_example WORKSPACE`` publishes one into the workspace.
"""

from __future__ import annotations

import collections
import datetime as dt
import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pqlml.schema import DIMENSIONS, Dimension, Tier
from pqlml.scoring.published import write_published
from pqlml.scoring.published_tables import SCHEMAS
from pqlml.times import iso

AS_OF = dt.datetime(2026, 3, 1, 6)
BASE_RATE = 0.045
BASE_LOG_ODDS = math.log(BASE_RATE / (1 - BASE_RATE))
BASE_POINTS = 18.0
POINTS_PER_LOG_ODDS = 24.0
THRESHOLDS: dict[Tier, float] = {"critical": 101, "hot": 76, "warm": 51}


@dataclass(frozen=True)
class Group:
    """A group of features: what is said where there is much of it, and where there is none."""

    name: str
    dimension: Dimension
    most: int
    weight: float
    much: str
    none: str


GROUPS = (
    Group(
        "limit_hit",
        "upgrade",
        6,
        1.5,
        "Hit the project limit {n} times in the last 28 days; similar accounts: 0",
        "Never hit a plan limit",
    ),
    Group(
        "pricing",
        "upgrade",
        4,
        0.9,
        "Viewed the pricing page {n} times in the last 7 days",
        "Has not looked at the pricing",
    ),
    Group("paid_feature", "upgrade", 3, 0.7, "Tried {n} paid features", "Has not tried a paid feature"),
    Group("joined", "team", 9, 1.2, "{n} teammates joined in the last 28 days", "No teammate has joined"),
    Group("invited", "team", 12, 0.6, "Sent {n} invitations", "Has invited nobody"),
    Group("workflows", "value", 18, 0.9, "Completed {n} workflows end to end", "Has not completed a workflow"),
    Group("milestones", "value", 3, 0.7, "Reached {n} of 3 milestones", "Has not reached a first milestone"),
    Group("active", "engagement", 24, 1.3, "Active on {n} of the last 28 days", "No sign-in in the last 28 days"),
    Group("features", "engagement", 11, 0.5, "Used {n} different features", "Used a single feature"),
    Group("company_size", "fit", 480, 0.6, "{n} employees: within the target size", "Company size is not known"),
    Group("industry", "fit", 1, 0.4, "Industry is a target industry", "Industry is outside the target"),
)
FIRST = (
    "Nimbus",
    "Harbor",
    "Quartz",
    "Juniper",
    "Falcon",
    "Meridian",
    "Alder",
    "Copper",
    "Lumen",
    "Vantage",
    "Bright",
    "Cedar",
    "Orbit",
    "Polar",
    "Summit",
)
LAST = ("Analytics", "Robotics", "Health", "Logistics", "Studio", "Labs", "Foods", "Energy", "Retail", "Systems")
INDUSTRIES = ("SaaS", "Fintech", "Logistics", "Healthcare", "Education", "Manufacturing", "Retail")
COUNTRIES = ("Germany", "United States", "France", "Brazil", "Japan", "Netherlands")


def example_run(
    leads: int = 60,
    run_id: str = "run-1",
    as_of: dt.datetime = AS_OF,
    ids: tuple[str, ...] = (),
    hostile: str | None = None,
    language: str = "en",
) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """Return ``run.json`` and the tables of a run.

    Parameters
    ----------
    leads
        How many leads it has; ``ids`` are the ids of the first of them, best first.
    hostile
        A text that stands in every free text of every lead; null for believable texts.
    language
        What the run says of its language; its sentences stay English.
    """
    random_ = random.Random(7)
    drawn = sorted((_draw(random_) for _ in range(leads)), key=lambda strengths: -sum(_effects(strengths)))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for at, strengths in enumerate(drawn):
        keys = {"run_id": run_id, "entity_id": ids[at] if at < len(ids) else f"acct-{1000 + (at * 7919) % 9000}"}
        score = {**keys, "as_of": as_of, "definition_hash": "9f2c1e77", "model_version": "12", "rank": at + 1}
        rows["scores"].append({**score, **_score(strengths)})
        rows["reasons"] += [{**keys, **row} for row in _reasons(strengths, hostile)]
        rows["contributions"] += [{**keys, **row} for row in _contributions(strengths)]
        rows["profile"] += [{**keys, **row} for row in _profile(at, strengths, random_, hostile)]
        rows["people"] += [{**keys, **row} for row in _people(at, strengths, hostile)]
        rows["changes"] += [{**keys, **row} for row in _changes(strengths, hostile)]
    tables = {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in SCHEMAS.items()}
    tiers = collections.Counter(row["tier"] for row in rows["scores"])
    run = {
        "run_id": run_id,
        "as_of": iso(as_of),
        "created_at": iso(as_of + dt.timedelta(minutes=4)),
        "definition": {"name": "project-tool", "version": 3, "hash": "9f2c1e77"},
        "entity": "account",
        "model": {"id": "m-20260222", "version": "12", "mlflow_run_id": "0f3a"},
        "counts": {
            "scored": leads,
            "by_tier": {tier: tiers[tier] for tier in ("critical", "hot", "warm", "cold")},
            "dropped": {"already_converted": 212, "too_young": 31, "excluded": 9},
        },
        "tiers": THRESHOLDS,
        "horizon_days": 30,
        "base_rate": BASE_RATE,
        "language": language,
        "since": {"run_id": "run-0", "as_of": iso(as_of - dt.timedelta(days=7))},
        "headline": hostile
        or "On accounts it had never seen, of a later time, a buyer ranked above a non-buyer 84 times in 100.",
    }
    return run, tables


def publish_example(workspace: Path, **options: Any) -> Path:
    """Publish an example run and return its folder."""
    return write_published(workspace, *example_run(**options))


def _draw(random_: random.Random) -> list[float]:
    level = random_.betavariate(1.7, 2.6)
    return [min(1.0, max(0.0, random_.gauss(level, 0.25))) for _ in GROUPS]


def _effects(strengths: list[float]) -> list[float]:
    return [group.weight * (0.95 * strength - 0.3) for group, strength in zip(GROUPS, strengths, strict=True)]


def _score(strengths: list[float]) -> dict[str, Any]:
    effects = _effects(strengths)
    by_dimension = dict.fromkeys(DIMENSIONS, BASE_POINTS / len(DIMENSIONS))
    for group, effect in zip(GROUPS, effects, strict=True):
        by_dimension[group.dimension] += effect * POINTS_PER_LOG_ODDS
    log_odds = math.fsum([BASE_LOG_ODDS, *effects])
    points = math.fsum(by_dimension.values())
    return {
        "probability": 1 / (1 + math.exp(-log_odds)),
        "log_odds": log_odds,
        "points": points,
        "tier": next((tier for tier, least in THRESHOLDS.items() if points >= least), "cold"),
        "base_points": BASE_POINTS,
        **{f"points_{dimension}": value for dimension, value in by_dimension.items()},
    }


def _contributions(strengths: list[float]) -> list[dict[str, Any]]:
    base = {"group": "(base)", "dimension": "base", "contribution": BASE_LOG_ODDS}
    groups = [
        {"group": group.name, "dimension": group.dimension, "contribution": effect}
        for group, effect in zip(GROUPS, _effects(strengths), strict=True)
    ]
    return [*groups, base]


def _reasons(strengths: list[float], hostile: str | None) -> list[dict[str, Any]]:
    weightiest = sorted(zip(GROUPS, strengths, _effects(strengths), strict=True), key=lambda item: -abs(item[2]))[:7]
    rows = []
    for rank, (group, strength, effect) in enumerate(weightiest, 1):
        number = max(round(group.most * strength), 1) if effect > 0 else 0
        told = group.much.format(n=number) if effect > 0 else group.none
        row = {
            "rank": rank,
            "direction": "for" if effect > 0 else "against",
            "group": group.name,
            "dimension": group.dimension,
            "contribution": effect,
            "points": effect * POINTS_PER_LOG_ODDS,
            "feature": f"{group.name}.count.28d",
            "fact": float(number) if group.name != "industry" else None,
            "typical": 0.0 if ";" in told else None,
            "similar": hostile or ("412 scored accounts that signed up 8 to 30 days ago" if ";" in told else None),
            "statement": hostile or told.partition(";")[0],
            "sentence": hostile or told,
        }
        rows.append(row)
    return rows


def _profile(at: int, strengths: list[float], random_: random.Random, hostile: str | None) -> list[dict[str, Any]]:
    strength = dict(zip((group.name for group in GROUPS), strengths, strict=True))
    number = {group.name: round(group.most * strength[group.name]) for group in GROUPS}
    facts = [
        ("use", "Active days, last 28 days", str(number["active"])),
        ("use", "Features used, last 28 days", str(number["features"])),
        ("use", "Mean session", f"{4 + round(20 * strength['active'])} min"),
        ("use", "Last seen", f"{2 + round(9 * (1 - strength['active']))} days ago"),
        ("outcomes", "Workflows completed", str(number["workflows"])),
        ("outcomes", "Milestones reached", f"{number['milestones']} of 3"),
        ("outcomes", "Projects created", str(2 + round(14 * strength["workflows"]))),
        ("team", "Members", str(1 + number["joined"])),
        ("team", "Invitations sent", str(number["invited"])),
        ("upgrade", "Plan limits hit, last 28 days", str(number["limit_hit"])),
        ("upgrade", "Pricing page views, last 7 days", str(number["pricing"])),
        ("upgrade", "Paid features tried", str(number["paid_feature"])),
        ("company", "Name", f"{FIRST[at % len(FIRST)]} {LAST[at * 3 % len(LAST)]}"),
        ("company", "Industry", random_.choice(INDUSTRIES)),
        ("company", "Employees", str(max(1, number["company_size"]))),
        ("company", "Country", random_.choice(COUNTRIES)),
        ("company", "Signed up", f"{3 + random_.randrange(150)} days ago"),
    ]
    return [
        {
            "section": section,
            "position": position,
            "label": hostile if hostile is not None and label != "Name" else label,
            "value": hostile or value,
        }
        for position, (section, label, value) in enumerate(facts)
    ]


def _people(at: int, strengths: list[float], hostile: str | None) -> list[dict[str, Any]]:
    """Return the most active person, of whom little is known, and the most senior one, of whom all is."""
    events = round(100 * max(strengths)) + 1
    active = {"user_id": hostile or f"u-{at}-2", "name": None, "email": None, "role": hostile, "seniority": None}
    senior = {
        "user_id": hostile or f"u-{at}-1",
        "name": hostile or "Robin Sommer",
        "email": hostile or "robin@example.com",
        "role": hostile or "VP Operations, owner",
        "seniority": 6,
    }
    return [
        {"which": "most_active", **active, "events": events, "window_days": 28},
        {"which": "most_senior", **senior, "events": events // 3, "window_days": 28},
    ]


def _changes(strengths: list[float], hostile: str | None) -> list[dict[str, Any]]:
    """Return what changed since a week before: two parts that tell something, and three that do not."""
    told = {
        "corrections": ("data corrected since", 0.0, None),
        "silence": ("time passed", -0.2, "Most recently signed in 8 days ago; before: 1"),
        "behaviour": ("new behaviour", strengths[0], "Hit the project limit 3 times in the last 7 days; before: 0"),
        "attributes": ("new facts about them", 0.0, None),
        "model": ("another model or definition", 0.01, None),
    }
    return [
        {
            "position": position,
            "part": part,
            "label": hostile or label,
            "change": change,
            "points": change * POINTS_PER_LOG_ODDS,
            "sentence": hostile or sentence,
        }
        for position, (part, (label, change, sentence)) in enumerate(told.items(), start=1)
    ]


if __name__ == "__main__":
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    publish_example(Path(sys.argv[1]), run_id=f"run-{now:%Y%m%dT%H%M%S}", as_of=now)
