"""A search: the defaults race along, what was tried is kept, and nothing is a fine answer."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pqlml.model.tune
from pqlml.definition.settings import Setting
from pqlml.errors import DataError, DefinitionError, MissingExtraError
from pqlml.model.tune import Budget, SearchPlan, tune_classifier
from pqlml.model.tune.objective import fold_score
from pqlml.model.tune.rows import tuning_folds
from tests.model.tune.small import SPACE, learner, tuning_rows

ROWS = tuning_rows()


def plan(study: Path | None = None, seed: int = 0) -> SearchPlan:
    return SearchPlan(SPACE, study=study, seed=seed)


def test_the_first_trial_is_the_defaults() -> None:
    found = tune_classifier(ROWS, Budget(trials=3), plan(), learner=learner())
    first = found.trials.iloc[0]
    assert first["defaults"]
    assert not found.trials["defaults"][1:].any()
    assert (first["n_trees"], first["learning_rate"]) == (15, 0.2)
    folds = tuning_folds(ROWS).folds
    expected = np.mean([fold_score(learner(), ROWS, fold, "neg_log_loss") for fold in folds])
    assert found.default_value == first["value"] == pytest.approx(expected)
    assert first["folds"] == len(folds)


def test_settings_that_the_learner_chooses_itself_have_a_place_in_the_space() -> None:
    found = tune_classifier(ROWS, Budget(trials=1), plan(), learner=learner(n_trees=None))
    assert found.trials.loc[0, "n_trees"] == 30, "120 trees lie beyond the space: they stand at its edge"
    assert found.trials.loc[0, "num_leaves"] == 8


def test_better_settings_are_found_where_the_defaults_are_bad() -> None:
    found = tune_classifier(ROWS, Budget(trials=6), plan(), learner=learner(n_trees=1, learning_rate=0.001))
    assert found.value > found.default_value + 0.01
    best = found.trials.nlargest(1, "value").iloc[0]
    assert found.parameters == {name: best[name] for name in SPACE}
    assert type(found.parameters["n_trees"]) is type(found.parameters["num_leaves"]) is int
    assert 5 <= found.parameters["n_trees"] <= 30
    assert found.parameters["num_leaves"] in {4, 8}


def test_where_nothing_is_better_the_defaults_stay() -> None:
    worse = SearchPlan({"l2": Setting(choices=(1e7, 1e8))})
    found = tune_classifier(ROWS, Budget(trials=3), worse, learner=learner())
    assert found.parameters == {}
    assert found.value == found.default_value == found.trials["value"].max()


def test_the_same_seed_tries_the_same_settings() -> None:
    first, again, other = (
        tune_classifier(ROWS, Budget(trials=4), plan(seed=seed), learner=learner()) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first.trials.drop(columns="seconds"), again.trials.drop(columns="seconds"))
    assert not first.trials["learning_rate"][1:].equals(other.trials["learning_rate"][1:])


def test_a_study_is_resumed_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole = tune_classifier(ROWS, Budget(trials=5), plan(), learner=learner())
    path = tmp_path / "tuning {1} 100%.db"
    tune_classifier(ROWS, Budget(trials=2), plan(path), learner=learner())
    resumed = tune_classifier(ROWS, Budget(trials=5), plan(path), learner=learner())
    assert (resumed.resumed, len(resumed.trials)) == (2, 5)
    pd.testing.assert_frame_equal(resumed.trials.drop(columns="seconds"), whole.trials.drop(columns="seconds"))
    idle = tune_classifier(ROWS, Budget(trials=5), plan(path), learner=learner())
    assert (idle.resumed, len(idle.trials), idle.parameters) == (5, 5, resumed.parameters)


def test_other_rows_are_another_study_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "tuning.db"
    first = tune_classifier(ROWS, Budget(trials=1), plan(path), learner=learner())
    other = tune_classifier(tuning_rows(110), Budget(trials=1), plan(path), learner=learner())
    ranked = SearchPlan(SPACE, "average_precision", path)
    third = tune_classifier(ROWS, Budget(trials=1), ranked, learner=learner())
    assert len({first.study, other.study, third.study}) == 3
    assert (other.resumed, third.resumed) == (0, 0)


def test_seconds_end_a_search_but_never_before_the_defaults_are_judged() -> None:
    told: list[tuple[int, int]] = []
    found = tune_classifier(
        ROWS, Budget(seconds=1e-9), plan(), learner=learner(), progress=lambda *step: told.append(step)
    )
    assert found.trials["state"].tolist() == ["whole"]
    assert found.trials.loc[0, "value"] == found.default_value
    assert told
    assert {total for _, total in told} == {1}


def test_progress_is_told_in_trials() -> None:
    told: list[tuple[int, int]] = []
    tune_classifier(ROWS, Budget(trials=2), plan(), learner=learner(), progress=lambda *step: told.append(step))
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_trials_below_the_median_of_a_fold_are_cut_short() -> None:
    found = tune_classifier(ROWS, Budget(trials=14), plan(), learner=learner())
    cut = found.trials[found.trials["state"] == "cut short"]
    assert len(cut)
    assert (cut["number"] >= 5).all()
    assert (cut["folds"] < found.trials.loc[0, "folds"]).all()
    assert cut["value"].isna().all()


@pytest.mark.parametrize(
    ("trials", "seconds", "told"), [(None, None, "needs an end"), (0, None, "at least 1"), (1, 0, "above 0")]
)
def test_a_search_has_an_end(trials: int | None, seconds: float | None, told: str) -> None:
    with pytest.raises(DataError, match=told):
        Budget(trials, seconds)


def test_names_are_checked() -> None:
    with pytest.raises(DefinitionError, match="no setting 'leaves'; did you mean 'num_leaves'"):
        tune_classifier(ROWS, Budget(trials=1), SearchPlan({"leaves": Setting(low=1, high=2)}))
    with pytest.raises(DataError, match="did you mean 'neg_log_loss'"):
        SearchPlan(objective="log_loss")  # type: ignore[arg-type]  # what a notebook might say


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.delitem(sys.modules, "pqlml.model.tune.study", raising=False)
    monkeypatch.delattr(pqlml.model.tune, "study", raising=False)
    with pytest.raises(MissingExtraError, match=r"tuning needs the package 'optuna': pip install 'pqlml\[tune\]'"):
        tune_classifier(ROWS, Budget(trials=1))
