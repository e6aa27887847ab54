from __future__ import annotations

import itertools

import numpy as np

from pqlml.events.simulate.phases import ACTIVE_RATE, MOVES, PHASES, expected_activity, move, update_belief


def test_moves_are_probabilities_and_stopping_is_for_good() -> None:
    np.testing.assert_allclose(MOVES.sum(axis=1), 1)
    assert MOVES[0].tolist() == [1, 0, 0, 0]


def test_moves_are_drawn_as_documented() -> None:
    drawn = move(np.full(200_000, 2), np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / len(drawn), MOVES[2], atol=0.001)


def test_belief_is_that_of_enumerating_all_paths() -> None:
    start, active = np.array([0.2, 0.3, 0.3, 0.2]), [True, False, False]
    rhythm = [1.25, 1.25, 0.375]
    belief = start[:, None]
    for seen, factor in zip(active, rhythm, strict=True):
        belief = update_belief(belief, np.array([seen]), np.array([factor]))

    weight = np.zeros(len(PHASES))
    for path in itertools.product(range(len(PHASES)), repeat=4):
        chance = start[path[0]]
        for day, seen in enumerate(active):
            rate = ACTIVE_RATE[path[day]] * rhythm[day]
            chance *= (rate if seen else 1 - rate) * MOVES[path[day], path[day + 1]]
        weight[path[-1]] += chance
    np.testing.assert_allclose(belief[:, 0], weight / weight.sum())


def test_expected_activity_starts_at_the_rate_and_fades() -> None:
    expected = expected_activity(30)
    assert expected.shape == (4, 30)
    np.testing.assert_allclose(expected[:, 0], ACTIVE_RATE)
    assert np.all(np.diff(expected[3]) < 0)
