"""Neutralising: what a reason names is what the score rests on."""

from __future__ import annotations

import numpy as np

from pqlml.explain import contributions
from pqlml.explain.neutral import groups_of, neutralised
from tests.helpers.synthetic import fitted, make_rows


def test_without_the_strongest_reasons_hot_leads_fall_further_than_without_others() -> None:
    model, _ = fitted()
    rows = make_rows(entities=200, seed=9).values
    hot = rows.iloc[np.argsort(-model.log_odds(rows))[:100]].reset_index(drop=True)
    others = rows.sample(40, random_state=0)
    _, by_group = contributions(model, hot).by_group()
    strongest = np.argsort(-by_group, axis=1)[:, :3]
    rng = np.random.default_rng(0)
    weaker = np.array([rng.choice(np.setdiff1d(range(by_group.shape[1]), top), 3, replace=False) for top in strongest])
    fallen = model.log_odds(hot) - neutralised(model, hot, strongest, others)
    compared = model.log_odds(hot) - neutralised(model, hot, weaker, others)
    assert (fallen > compared).mean() >= 0.95


def test_nothing_neutralised_changes_nothing_and_everything_gives_the_others_mean() -> None:
    model, _ = fitted()
    rows = make_rows(entities=4, seed=1).values
    others = make_rows(entities=3, seed=2).values
    everything = np.tile(np.arange(len(groups_of(model))), (len(rows), 1))
    np.testing.assert_allclose(neutralised(model, rows, np.full((len(rows), 1), -1), others), model.log_odds(rows))
    np.testing.assert_allclose(neutralised(model, rows, everything, others), model.log_odds(others).mean())
