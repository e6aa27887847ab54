from __future__ import annotations

import numpy as np
import pytest

from pqlml.review.association import Search, combined, equal_parts, search, stratified_z, surprise

NO_PAIRS = np.zeros((0, 2), np.int64)


def conditions(rng: np.random.Generator, rows: int, number: int) -> np.ndarray:
    return (rng.random((rows, number)) < 0.4).astype(np.float32)


def test_counts_of_conditions_and_pairs_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(1)
    met = conditions(rng, 200, 4)
    strata, hit = rng.integers(0, 3, 200), rng.random(200) < 0.3
    pairs = np.array([(0, 1), (1, 3)])
    given = Search(met, strata, hit, pairs)
    found = search(given, 1, rng)
    for place in range(given.size):
        exposed = given.exposed(place)
        expected = sum((exposed & (strata == s)).sum() * hit[strata == s].mean() for s in range(3))
        assert found.rows[place] == exposed.sum()
        assert found.hits[place] == (exposed & hit).sum()
        assert found.expected[place] == pytest.approx(expected)


def test_surprise_without_strata_is_the_likelihood_ratio_of_a_table() -> None:
    from scipy.stats import chi2_contingency

    table = np.array([[30, 70], [20, 180]])
    wanted = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    found = surprise(np.array([30.0]), np.array([100.0]), np.array([100 * 50 / 300]), 50, 300)
    assert found[0] == pytest.approx(wanted)


def test_a_real_condition_is_beyond_chance() -> None:
    rng = np.random.default_rng(2)
    met = conditions(rng, 1500, 40)
    strata = np.zeros(1500, np.int64)
    real = search(Search(met, strata, rng.random(1500) < 0.05 + 0.15 * met[:, 7], NO_PAIRS), 99, rng)
    assert real.surprise.argmax() == 7
    assert real.chance(real.surprise.max()) == 0.01


def test_noise_is_beyond_chance_as_often_as_chance_says() -> None:
    rng = np.random.default_rng(2)
    met, strata = conditions(rng, 400, 30), rng.integers(0, 4, 400)
    chances = []
    for _ in range(100):
        found = search(Search(met, strata, rng.random(400) < 0.1, NO_PAIRS), 49, rng)
        chances.append(found.chance(found.surprise.max()))
    assert 4 <= sum(chance <= 0.1 for chance in chances) <= 16


def test_what_only_the_stratum_explains_is_no_surprise() -> None:
    rng = np.random.default_rng(3)
    strata = rng.integers(0, 2, 4000)
    met = (rng.random((4000, 1)) < np.where(strata, 0.8, 0.2)[:, None]).astype(np.float32)
    hit = rng.random(4000) < np.where(strata, 0.4, 0.05)
    everybody = np.zeros(4000, np.int64)
    assert stratified_z(met[:, 0] > 0, hit, everybody) > 8
    assert abs(stratified_z(met[:, 0] > 0, hit, strata)) < 2
    found = search(Search(met, strata, hit, NO_PAIRS), 99, rng)
    assert found.chance(found.surprise[0]) > 0.05


def test_conditions_that_hardly_anybody_meets_are_no_surprise() -> None:
    met = np.zeros((100, 1), np.float32)
    met[:3] = 1
    hit = met[:, 0] > 0
    given = Search(met, np.zeros(100, np.int64), hit, NO_PAIRS)
    assert search(given, 1, np.random.default_rng(0), least=4).surprise[0] == 0
    assert search(given, 1, np.random.default_rng(0), least=3).surprise[0] > 20


def test_parts_keep_equal_values_together() -> None:
    assert equal_parts(np.array([1.0, 1.0, 1.0, 2.0, 3.0, 4.0]), 3).tolist() == [0, 0, 0, 0, 1, 1]
    assert combined(np.array([5, 5, 7]), np.array([0, 1, 0])).tolist() == [0, 1, 2]
