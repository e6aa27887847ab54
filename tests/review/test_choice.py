from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.review.choice import Trial, choose, folds, settle, strike
from pqlml.review.stage import stage


def _trial(seed: int, *, harm: float = 0.0) -> Trial:
    """Return a trial of three changes on 4,000 leads: one that helps, one that does nothing, one that may harm."""
    rng = np.random.default_rng(seed)
    met = rng.random((4000, 3)) < 0.5
    chance = 0.2 + 0.2 * met[:, 0] - harm * met[:, 2]
    label = (rng.random(4000) < np.maximum(chance, 0.0)).astype(int)
    keys = pd.DataFrame(
        {"entity_id": [f"e{number:04}" for number in range(4000)], "cutoff": pd.Timestamp("2026-01-01")}
    )
    base = np.asarray(rng.integers(0, 10, 4000) * 10.0, np.float64)
    given = np.asarray(met * np.array([40.0, 0.0, 40.0]), np.float64)
    return Trial(stage(keys, label, np.ones(4000, bool)), base, given, 1200)


def test_what_helps_is_kept_and_what_does_nothing_or_harms_is_left_out() -> None:
    for seed in range(5):
        kept, left = choose(_trial(seed, harm=0.2), ["weight", "weight", "weight"])
        assert kept == [0]
        assert left[1].precision.value == 0
        assert left[2].precision.value < 0


def test_a_criterion_less_may_make_no_difference() -> None:
    kept, _ = choose(_trial(1, harm=0.2), ["weight", "drop", "weight"])
    assert kept == [0, 1]


def test_changes_that_only_harm_leave_nothing() -> None:
    trial = _trial(2, harm=0.2)
    reverse = Trial(trial.stage, trial.base, -trial.given[:, [0]], trial.number)
    kept, left = choose(reverse, ["weight"])
    assert kept == []
    assert left[0].precision.high < 0


def test_only_what_is_surely_worse_is_struck() -> None:
    stay, struck = strike(_trial(3, harm=0.2), [0, 1, 2])
    assert stay == [0, 1]
    assert struck[2].precision.high < 0
    surely = [2 in strike(_trial(seed), [2])[1] for seed in range(40)]
    assert sum(surely) <= 4  # of changes that do nothing, 1 of 40 is struck by chance


def test_an_effect_is_with_it_minus_without_it() -> None:
    trial = _trial(4)
    effects = trial.effects([0, 2])
    with_both, without = (trial.together(kept).precision.value for kept in ([0, 2], [2]))
    assert np.isclose(effects[0].precision.value, with_both - without)
    half = folds(trial.stage.entity, 2, 0) == 0
    one, other = (trial.effects([0], mine)[0].precision for mine in (half, ~half))
    assert one.high - one.low > 1.2 * (effects[0].precision.high - effects[0].precision.low)
    assert one.value != other.value


def test_folds_are_the_same_for_the_same_entity_and_about_as_large() -> None:
    names = np.array([f"e{number:04}" for number in range(5000)])
    part = folds(names, 5, 7)
    assert (folds(names[::-1], 5, 7)[::-1] == part).all()
    assert np.bincount(part).min() > 900
    assert (folds(names, 5, 8) != part).any()


def test_what_was_worth_it_only_beside_a_struck_change_goes_too() -> None:
    rng = np.random.default_rng(6)
    met = rng.random((4000, 2)) < 0.5
    base = np.where(rng.permutation(4000) < 1200, 40.0, 0.0)
    keys = pd.DataFrame(
        {"entity_id": [f"e{number:04}" for number in range(4000)], "cutoff": pd.Timestamp("2026-01-01")}
    )
    given = np.asarray(met * np.array([60.0, 10.0]), np.float64)  # the second one only decides within the first
    trials = []
    for worth in (0.3, -0.15):
        chance = 0.15 + worth * met[:, 0] + 0.1 * (met[:, 0] & met[:, 1])
        label = (rng.random(4000) < np.maximum(chance, 0.0)).astype(int)
        trials.append(Trial(stage(keys, label, np.ones(4000, bool)), base, given, 1200))
    earlier, later = trials
    kinds = ["weight", "weight"]
    assert choose(earlier, kinds)[0] == [0, 1]
    assert strike(later, [0, 1])[0] == [1]
    settled = settle(earlier, later, kinds)
    assert settled.stay == ()
    assert set(settled.struck) == {0}
    assert settled.struck[0][0].precision.low > 0
    assert settled.struck[0][1].precision.high < 0
    assert set(settled.left) == {1}
