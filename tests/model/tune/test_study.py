"""The study: shared by processes, and resumed whatever became of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from pqlml.model.tune import Budget, SearchPlan, study, tune_classifier
from tests.model.tune.small import SPACE, learner, tuning_rows

WHERE = {"n_trees": 15.0, "learning_rate": 0.2, "num_leaves": 8.0}
WORKER = """
from pathlib import Path
from pqlml.model.tune import Budget, SearchPlan, tune_classifier
from tests.model.tune.small import SPACE, learner, tuning_rows
tune_classifier(tuning_rows(), Budget(trials=4), SearchPlan(SPACE, study=Path({path!r})), learner=learner())
"""


def test_two_processes_share_a_study(tmp_path: Path) -> None:
    path = tmp_path / "tuning.db"
    command = [sys.executable, "-c", WORKER.format(path=str(path))]
    workers = [subprocess.Popen(command, cwd=Path(__file__).parents[3]) for _ in range(2)]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    found = tune_classifier(tuning_rows(), Budget(trials=4), SearchPlan(SPACE, study=path), learner=learner())
    assert found.resumed in {4, 5}, "each of two workers may have been at its last trial when the other reached the end"
    assert found.trials["defaults"].sum() == 1
    tried = found.trials[~found.trials["defaults"]]
    assert not tried.duplicated(list(SPACE)).any()


def test_defaults_that_failed_are_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "tuning.db"

    def interrupted(_: optuna.Trial) -> float:
        raise KeyboardInterrupt

    with study.open_study(path, "one", WHERE, {"rows": 3}, 0) as opened:
        with pytest.raises(KeyboardInterrupt):
            study.run_trials(opened, interrupted, 2, None, lambda _: None)
        assert study.finished(opened) == 0
    with study.open_study(path, "one", WHERE, {"rows": 4}, 0) as opened:
        study.run_trials(opened, lambda trial: study.suggest(trial, SPACE)["learning_rate"], 2, None, lambda _: None)
        table = study.as_table(opened, SPACE)
        assert opened.user_attrs == {"rows": 3}, "told once, when it was made"
    assert table["state"].tolist() == ["failed", "whole", "whole"]
    assert table["defaults"].tolist() == [True, True, False]
    assert {name: table[name].iloc[1] for name in WHERE} == WHERE


def test_what_optuna_says_is_left_as_it_was() -> None:
    before = optuna.logging.get_verbosity()
    with study.open_study(None, "one", WHERE, {}, 0):
        assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    assert optuna.logging.get_verbosity() == before
