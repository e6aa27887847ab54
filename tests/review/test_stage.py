from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.review.looks import count, look
from pqlml.review.stage import stage

KEYS = pd.DataFrame(
    {"entity_id": list("bbaacd"), "cutoff": pd.to_datetime(["2026-02-01", "2026-01-01"] + ["2026-01-01"] * 4)}
)
KEYS.loc[3, "cutoff"] = pd.Timestamp("2026-02-01")
LABEL = np.array([1, 0, 0, 1, 0, 1])
POINTS = np.array([50.0, 10.0, 20.0, 50.0, 20.0, 20.0])  # b: 10 then 50, a: 20 then 50, c and d: 20
EVERY = np.ones(6, bool)


def test_whoever_has_the_most_points_is_flagged_and_the_margin_in_part() -> None:
    stand = stage(KEYS, LABEL, EVERY)
    assert stand.entity.tolist() == ["a", "b", "c", "d"]
    assert stand.bought.tolist() == [True, True, False, True]
    assert (stand.flagged(POINTS, 50), stand.flagged(POINTS, 20)) == (2, 4)
    two = stand.tally(POINTS, 2)
    assert two.flagged.tolist() == [1, 1, 0, 0]
    assert two.caught.tolist() == [1, 1, 0, 0]
    three = stand.tally(POINTS, 3)  # half of the step from 50 to 20, at which a is flagged too early
    assert three.flagged.tolist() == [1, 1, 0.5, 0.5]
    assert three.caught.tolist() == [0.5, 1, 0, 0.5]
    assert stand.tally(POINTS, 0).flagged.sum() == 0
    assert stand.tally(POINTS, 99).flagged.sum() == 4


def test_a_whole_threshold_counts_as_a_look_does() -> None:
    rng = np.random.default_rng(3)
    keys = pd.DataFrame(
        {
            "entity_id": [f"e{number:03}" for number in rng.integers(0, 150, 600)],
            "cutoff": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(600), unit="h"),
        }
    )
    label, points = rng.integers(0, 2, 600), np.asarray(rng.integers(0, 9, 600) * 10.0, np.float64)
    inside = rng.random(600) < 0.7
    stand = stage(keys, label, inside)
    counts = count(look(keys, points >= 70, label, inside))
    tally = stand.tally(points, stand.flagged(points, 70))
    assert tally.flagged.sum() == counts.flagged
    assert tally.caught.sum() == counts.true_positives
    assert stand.bought.sum() == counts.converted


def test_a_comparison_counts_the_same_entities_and_knows_its_error() -> None:
    stand = stage(KEYS, LABEL, EVERY)
    same, _ = stand.compare(stand.tally(POINTS, 2), stand.tally(POINTS, 2))
    assert (same.value, same.low, same.high) == (0, 0, 0)
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(200):
        keys = pd.DataFrame({"entity_id": [f"e{number:04}" for number in range(2000)], "cutoff": KEYS["cutoff"][0]})
        old, new = rng.permutation(2000) < 400, rng.permutation(2000) < 400
        label = (rng.random(2000) < 0.1 + 0.1 * new).astype(int)
        stand = stage(keys, label, np.ones(2000, bool))
        one, other = (stand.tally(flagged.astype(np.float64), 400) for flagged in (old, new))
        difference, _ = stand.compare(one, other)
        inside += difference.low <= 0.1 * 0.8 <= difference.high  # a fifth of the old ones are new ones, too
    assert 180 <= inside <= 200


def test_where_nobody_is_flagged_nothing_is_known() -> None:
    stand = stage(KEYS, LABEL, EVERY)
    difference, recall = stand.compare(stand.tally(POINTS, 0), stand.tally(POINTS, 2))
    assert np.isnan(difference.value)
    assert recall.value == pytest.approx(2 / 3)
