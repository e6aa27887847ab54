from __future__ import annotations

import numpy as np

from pqlml.review.slices import find_slices, halves
from tests.review.errors import leads


def found(seed: int, *, planted: bool) -> tuple[int, int, int]:
    """Return how many planted slices are found, how many slices are told, and how many of these are not planted."""
    made = leads(seed, planted=planted)
    side = halves(np.arange(len(made.values)).astype(str), seed)
    told = find_slices(made.values, made.features, made.outcome, side, seed=seed)
    alike = [[(s.met(made.values) & p).sum() / (s.met(made.values) | p).sum() for p in made.slices] for s in told]
    best = [max((one[place] for one in alike), default=0) for place in range(len(made.slices))]
    return sum(share >= 0.5 for share in best), len(told), sum(max(one, default=0) < 0.5 for one in alike)


def test_planted_slices_are_found_and_little_else() -> None:
    counts = np.array([found(seed, planted=True) for seed in range(5)]).sum(axis=0)
    assert counts[0] >= 16  # of 20
    assert counts[2] <= 0.1 * counts[1]


def test_nothing_is_told_of_noise() -> None:
    assert [found(seed, planted=False)[1] for seed in range(4)] == [0, 0, 0, 0]


def test_rates_are_those_of_the_half_that_was_not_searched() -> None:
    made = leads(2)
    side = halves(np.arange(len(made.values)).astype(str), 2)
    (first, *_) = find_slices(made.values, made.features, made.outcome, side, seed=2)
    inside = first.met(made.values)
    assert first.rows == inside.sum()
    assert first.hits == (inside & made.outcome).sum()
    assert first.effect.rows == (~side).sum()
    assert first.effect.precision == made.outcome[inside & ~side].mean()
    assert first.effect.precision_interval[0] < 0.8 < first.effect.precision_interval[1]
    assert first.as_dict()["words"] == str(first)


def test_few_outcomes_give_no_slices() -> None:
    made = leads(0)
    few = np.arange(len(made.values)) < 60
    assert find_slices(made.values, made.features, few, halves(np.arange(len(few)).astype(str))) == ()


def test_an_entity_is_always_on_the_same_side() -> None:
    sides = halves(np.array(["a", "b", "a", "c"]))
    assert sides[0] == sides[2]
    many = halves(np.arange(4000).astype(str))
    assert 0.46 < many.mean() < 0.54
    assert (many != halves(np.arange(4000).astype(str), 1)).any()
