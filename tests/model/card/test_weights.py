"""Few conditions with the weights that come nearest to the log-odds, none of them negative."""

from __future__ import annotations

import numpy as np
import pytest

from pqlml.model.calibration import sigmoid
from pqlml.model.card.weights import choose, moments, weights


def made(rows: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ten conditions, of which four count; the last but one works against."""
    rng = np.random.default_rng(seed)
    met = rng.random((rows, 10)) < rng.uniform(0.1, 0.5, 10)
    log_odds = -3 + met @ np.array([1.5, 0, 1.0, 0, 0.7, 0, 0, 0, -1.0, 0.4])
    return met, log_odds


def test_the_conditions_that_count_are_found_with_their_weights() -> None:
    met, log_odds = made()
    known = moments(met, log_odds)
    taken = choose(known, 0, [str(place) for place in range(10)], 15)
    assert taken == [0, 2, 4, 9], "none that says nothing, and none that works against"
    np.testing.assert_allclose(weights(known, taken), [1.5, 1.0, 0.7, 0.4], atol=0.1)


def test_a_card_has_no_more_rules_than_asked_for() -> None:
    met, log_odds = made()
    assert choose(moments(met, log_odds), 0, [str(place) for place in range(10)], 2) == [0, 2]


def test_at_most_two_new_conditions_come_from_one_signal() -> None:
    met, log_odds = made()
    assert choose(moments(met, log_odds), 0, ["one"] * 10, 15) == [0, 2]
    assert choose(moments(met, log_odds), 10, ["one"] * 10, 15) == [0, 2, 4, 9], "the definition's own may be more"


def test_of_two_that_are_nearly_as_good_the_definitions_own_is_kept() -> None:
    met, _ = made()
    rng = np.random.default_rng(1)
    blurred = np.where(rng.random(len(met)) < 0.9, met[:, 0], ~met[:, 0])
    both = np.column_stack([blurred, met[:, 0]])
    aim = -3 + 1.5 * met[:, 0]
    assert choose(moments(both, aim), 1, ["own", "new"], 1) == [0]
    assert choose(moments(both, aim), 0, ["own", "new"], 1) == [1]


def test_log_odds_that_are_all_alike_give_no_card() -> None:
    met, _ = made(100)
    assert choose(moments(met, np.full(100, -2.0)), 3, ["x"] * 10, 5) == []
    assert len(weights(moments(met, np.full(100, -2.0)), [])) == 0


def test_counting_a_row_twice_is_having_it_twice() -> None:
    met, log_odds = made(500)
    times = np.random.default_rng(0).integers(0, 3, 500).astype(float)
    again = np.repeat(np.arange(500), times.astype(int))
    counted, repeated = moments(met, log_odds, times), moments(met[again], log_odds[again])
    np.testing.assert_allclose(counted.among, repeated.among, atol=1e-12)
    np.testing.assert_allclose(counted.target, repeated.target, atol=1e-12)
    assert counted.variance == pytest.approx(repeated.variance)


def test_labels_correct_a_model_that_is_wrong() -> None:
    met, log_odds = made(60_000)
    label = np.random.default_rng(2).random(len(met)) < sigmoid(log_odds)
    flat = np.full(len(met), float(np.log(label.mean() / (1 - label.mean()))))
    known = moments(met[:, :3], flat, residual=label - sigmoid(flat))
    found = weights(known, [0, 1, 2], free=True)
    assert found[0] > found[2] > 0.3
    assert abs(found[1]) < 0.2
