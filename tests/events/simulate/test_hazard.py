from __future__ import annotations

import datetime as dt
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pqlml.events.simulate import World, simulate
from pqlml.events.simulate.hazard import BY_NAME, DRIVERS, weights
from pqlml.events.simulate.world import Effects
from tests.events.simulate.company import CLEAN, Company, Row

NOTHING = Effects(**dict.fromkeys(Effects.model_fields, 0))


def plain_levels(
    day: dt.date, history: list[tuple[str, dt.date]], account: Row, contacted: dt.date | None
) -> dict[str, float]:
    """Compute the levels again, in plain Python, from the tables and from their documented words."""
    signup = account["created_at"].date()
    before = [(event, (day - on).days) for event, on in history if on < day]
    active = {ago for event, ago in before if event == "signed_in"}
    early = [ago for event, ago in before if event == "invite_sent" and (day - signup).days - ago < 7]
    trial_end = account["trial_ends_at"]
    left = (trial_end.date() - day).days if trial_end is not None else -1
    size = account["employees"]

    def count(event: str, days: int) -> int:
        return sum(1 for name, ago in before if name == event and ago <= days)

    return {
        "limit_hit": min(count("limit_hit", 28), 4),
        "pricing": min(count("pricing_viewed", 14), 1),
        "aha": len(early) >= 3,
        "joined": min(count("member_joined", 10_000), 5),
        "active": len([ago for ago in active if ago <= 14]),
        "silence": not any(ago <= 7 for ago in active),
        "paid_feature": min(count("paid_feature_tried", 28), 1),
        "hand_raised": min(count("sales_contacted", 14), 1),
        "company_size": isinstance(size, int) and 50 <= size <= 500,
        "industry": account["industry"] in {"saas", "fintech"},
        "persona": account["industry"] in {"education", "agency"},
        "trial_ending": 0 <= left <= 3,
        "outreach": contacted is not None and 1 <= (day - contacted).days <= 14,
    }


def test_hazard_follows_from_what_the_tables_say_was_known_before_the_day(clean: Company) -> None:
    history = defaultdict(list)
    for row in clean.rows("events"):
        history[row["account_id"]].append((row["event"], row["timestamp"].date()))
    versions = defaultdict(list)
    for row in clean.rows("accounts"):
        versions[row["account_id"]].append(row)
    contacted = {row["account_id"]: row["ts"].date() for row in clean.rows("outreach") if row["arm"] == "treated"}

    checked = 0
    for row in clean.rows("truth/probability")[::37]:
        name, day = row["account_id"], row["day"]
        assert isinstance(day, dt.date)
        midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
        known = [version for version in versions[name] if version["updated_at"] < midnight][-1]
        levels = plain_levels(day, history[name], known, contacted.get(name))
        score = clean.world.base_log_hazard + sum(BY_NAME[key].weight * level for key, level in levels.items())
        assert row["hazard"] == pytest.approx(-math.expm1(-math.exp(min(score, -1))), rel=1e-5), (name, day, levels)
        checked += 1
    assert checked > 400


def test_a_multiplier_of_zero_switches_one_effect_off() -> None:
    usual = weights(Effects())
    for row, driver in enumerate(DRIVERS):
        changed = weights(Effects(**{driver.name: 0}))
        assert changed[row] == 0
        np.testing.assert_array_equal(np.delete(changed, row), np.delete(usual, row))


def test_without_effects_every_account_has_the_same_hazard_and_probability(tmp_path: Path) -> None:
    world = World(effects=NOTHING, dirt=CLEAN, base_log_hazard=-7)
    simulate(tmp_path, accounts=100, seed=1, world=world)
    truth = pq.read_table(tmp_path / "truth/probability.parquet")
    rate = math.exp(-7)
    np.testing.assert_allclose(truth["hazard"], -math.expm1(-rate), rtol=1e-6)
    np.testing.assert_allclose(truth["probability_30d"], -math.expm1(-30 * rate), rtol=1e-5)
    drivers = json.loads((tmp_path / "truth/drivers.json").read_text())
    assert {entry["strength"] for entry in drivers} == {0}


def test_drivers_are_listed_by_strength(company: Company) -> None:
    drivers = json.loads((company.folder / "truth/drivers.json").read_text())
    strengths = [entry["strength"] for entry in drivers]
    assert strengths == sorted(strengths, reverse=True)
    assert len([strength for strength in strengths if strength > 0.2]) >= 5
    assert {entry["name"] for entry in drivers} == set(Effects.model_fields)
