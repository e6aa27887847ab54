"""A definition tuned: the search sees its training part, and only what is better becomes its next version."""

from __future__ import annotations

import numpy as np
import pytest

from pqlml.definition import Definition
from pqlml.definition.settings import Setting
from pqlml.model.tune import Budget, Searched, SearchPlan, tune_definition, tuned
from pqlml.model.tune.rows import TuningRows
from tests.helpers.synthetic import VOCABULARY, definition, make_rows

PLAN = "evaluation: {test_from: 2026-04-01, origins: 1}\n"
ROWS = make_rows(60)
NARROW = {"n_trees": Setting(low=20, high=60), "num_leaves": Setting(low=3, high=8)}


def run(given: Definition, space: dict[str, Setting] = NARROW, trials: int = 3) -> tuned.Tuned:
    return tune_definition(given, VOCABULARY, ROWS, Budget(trials=trials), SearchPlan(space), progress=lambda _: None)


def test_what_is_fixed_outside_the_space_holds_for_every_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pqlml.model.tune.worth.Worth.better", lambda *_: True)
    given = definition(PLAN + "version: 4\nmodel: {n_trees: 40, learning_rate: 0.001, search: {l2: {low: 1, high: 9}}}")
    found = run(given, {"learning_rate": Setting(choices=(0.1, 0.2))})
    assert found.searched.trials.loc[0, "learning_rate"] == 0.1, "the learner's 0.05 stands at the edge of the space"
    assert found.chosen.model.n_trees == 40
    assert found.chosen.model.learning_rate in {0.1, 0.2}
    assert found.chosen.model.search == given.model.search
    assert found.chosen.version == 5


def test_nothing_is_a_fine_answer() -> None:
    given = definition(PLAN)
    found = run(given, {"l2": Setting(choices=(1e7, 1e8))})
    assert found.worth is None
    assert not found.better
    assert found.chosen == given
    assert "no setting beat the defaults" in found.sentence


def test_fixed_settings_that_were_searched_and_lost_are_left_out() -> None:
    given = definition(PLAN + "version: 4\nmodel: {l2: 1.0e+7}")
    found = run(given, {"l2": Setting(choices=(1e7, 1e8))})
    assert (found.chosen.version, found.chosen.model.given) == (5, {})


@pytest.mark.parametrize("better", [True, False])
def test_the_verdict_on_unseen_rows_decides(monkeypatch: pytest.MonkeyPatch, better: bool) -> None:
    found_in_search = {"n_trees": 37, "num_leaves": 5}
    seen: list[TuningRows] = []

    def searched(rows: TuningRows, *_: object, **__: object) -> Searched:
        seen.append(rows)
        return Searched(found_in_search, -0.4, -0.5, "neg_log_loss", ROWS.keys, "", 0, "")

    monkeypatch.setattr(tuned, "tune_classifier", searched)
    monkeypatch.setattr("pqlml.model.tune.worth.Worth.better", lambda *_: better)
    given = definition(PLAN)
    found = run(given)
    assert found.settings == found_in_search
    assert found.better is better
    assert found.chosen.model.given == (found_in_search if better else {})
    assert found.chosen.version == (2 if better else 1)
    assert found.worth is not None
    assert found.sentence == found.worth.sentence("neg_log_loss")
    (rows,) = seen
    assert rows.cutoff is not None
    assert rows.cutoff.max() <= np.datetime64("2026-04-01") - np.timedelta64(30, "D")


def test_the_usual_space_gives_way_to_that_of_the_definition() -> None:
    given = definition(PLAN + "model: {search: {n_trees: {choices: [10, 20]}}}")
    found = tune_definition(given, VOCABULARY, ROWS, Budget(trials=3), SearchPlan(), progress=lambda _: None)
    assert set(found.searched.trials["n_trees"]) <= {10, 20}
    assert "l2" not in found.searched.trials
