"""Search for better settings of a learner, the defaults always among those that are tried."""

from __future__ import annotations

import hashlib
import json
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.base import clone

from pqlml.definition.settings import WHOLE
from pqlml.errors import DefinitionError, MissingExtraError, nearest
from pqlml.model.propensity import PropensityClassifier
from pqlml.model.tune.objective import Learner, fold_score
from pqlml.model.tune.plan import Budget, Progress, Searched, SearchPlan, quiet
from pqlml.model.tune.rows import TuningFolds, TuningRows, tuning_folds
from pqlml.model.tune.space import Space, plain, within

if TYPE_CHECKING:
    import optuna


def tune_classifier(
    rows: TuningRows,
    budget: Budget,
    plan: SearchPlan | None = None,
    *,
    learner: Learner | None = None,
    progress: Progress = quiet,
) -> Searched:
    """Search for better settings of the trees on these rows alone.

    Parameters
    ----------
    learner
        What is tuned; by default :class:`pqlml.model.propensity.PropensityClassifier` with its own defaults.
    progress
        Is told how much of the budget is used, and the whole: trials, or seconds where these are given.

    Raises
    ------
    MissingExtraError
        If Optuna is not installed.
    NotEnoughDataError
        If the rows are too few to compare settings.
    DefinitionError
        If the learner has no setting of a name in the space.

    Examples
    --------
    ``parameters`` are keyword arguments of the learner::

        found = tune_classifier(TuningRows(X, y, groups, times, horizon_days=30), Budget(seconds=600))
        PropensityClassifier(**found.parameters).fit(X, y)
    """
    optuna_study = _optuna_study()
    plan = SearchPlan() if plan is None else plan
    tuned = cast("Learner", learner or PropensityClassifier(categorical=rows.categorical, seed=plan.seed))
    unknown = [name for name in plan.space if name not in tuned.get_params()]
    if unknown:
        msg = f"the learner has no setting {unknown[0]!r}; {nearest(unknown[0], tuned.get_params())}"
        raise DefinitionError(msg)
    folds = tuning_folds(rows, seed=plan.seed)
    race = _Race(rows, folds, plan, tuned, budget, progress)
    name = _study_name(rows, folds, plan, tuned)
    about = {"objective": plan.objective, "folds": folds.how, "space": plain(plan.space), "rows": len(rows.label)}
    where = {name: within(name, plan.space[name], value) for name, value in _defaults(tuned, rows, plan.space).items()}
    with optuna_study.open_study(plan.study, name, where, about, plan.seed) as study:
        resumed = optuna_study.finished(study)
        optuna_study.run_trials(study, race.run, budget.trials, budget.seconds, race.tell)
        trials = optuna_study.as_table(study, plan.space)
    whole = trials[trials["state"] == "whole"]
    own = whole.loc[whole["defaults"], "value"]
    # Another process may still be at the defaults when the budget of this one is used up.
    default_value = float(own.iloc[0]) if len(own) else race.mean_score()
    best = whole[~whole["defaults"]].nlargest(1, "value")
    parameters: dict[str, float] = {}
    value = default_value
    if len(best) and best["value"].item() > default_value:
        value = float(best["value"].item())
        parameters = {each: _number(each, best[each].item()) for each in plan.space}
    return Searched(parameters, value, default_value, plan.objective, trials, folds.how, resumed, name)


class _Race:
    """The trials of one process, with the clock that ends them."""

    def __init__(
        self,
        rows: TuningRows,
        folds: TuningFolds,
        plan: SearchPlan,
        learner: Learner,
        budget: Budget,
        progress: Progress,
    ) -> None:
        self._rows, self._folds, self._plan, self._learner = rows, folds.folds, plan, learner
        self._budget, self._progress = budget, progress
        self._started = time.monotonic()

    def run(self, trial: optuna.Trial) -> float:
        """Fit and judge one setting fold by fold, the defaults in any case on all of them."""
        from pqlml.model.tune.study import CutShort, is_default, keep_scores, suggest

        settings = suggest(trial, self._plan.space)
        tried: Learner = clone(self._learner)
        if not is_default(trial):
            tried.set_params(**settings)
        scores: list[float] = []
        for step, fold in enumerate(self._folds):
            scores.append(fold_score(tried, self._rows, fold, self._plan.objective))
            trial.report(float(np.mean(scores)), step)
            keep_scores(trial, scores)
            self.tell()
            may_end = not is_default(trial) and step + 1 < len(self._folds)
            if may_end and (self._late() or trial.should_prune()):
                raise CutShort
        return float(np.mean(scores))

    def mean_score(self) -> float:
        """Judge the defaults without a trial."""
        found = [fold_score(self._learner, self._rows, fold, self._plan.objective) for fold in self._folds]
        return float(np.mean(found))

    def tell(self, trials: int | None = None) -> None:
        """Report how much of the budget is used; by trials where there is no limit of time."""
        if self._budget.seconds is not None:
            whole = max(round(self._budget.seconds), 1)
            self._progress(min(int(time.monotonic() - self._started), whole), whole)
        elif trials is not None and self._budget.trials is not None:
            self._progress(min(trials, self._budget.trials), self._budget.trials)

    def _late(self) -> bool:
        return self._budget.seconds is not None and time.monotonic() - self._started > self._budget.seconds


def _optuna_study() -> ModuleType:
    try:
        from pqlml.model.tune import study
    except ModuleNotFoundError as error:
        if error.name != "optuna":
            raise
        raise MissingExtraError("optuna", "tune", "tuning") from error
    return study


def _number(name: str, value: float) -> float:
    return int(value) if name in WHOLE else float(value)


def _defaults(learner: Learner, rows: TuningRows, space: Space) -> dict[str, float]:
    """Tell where the learner's defaults lie; those that it chooses by the data are read off a fit to the rows."""
    given = learner.get_params()
    left = [name for name in space if given[name] is None]
    found = {name: float(given[name]) for name in space if given[name] is not None}
    if left:
        fitted: Any = clone(learner).fit(rows.matrix, rows.label.astype(np.float64))
        found |= {name: float(fitted.chosen_[name]) for name in left}
    return found


def _study_name(rows: TuningRows, folds: TuningFolds, plan: SearchPlan, learner: Learner) -> str:
    """Name the study after all that makes two trials comparable: rows, folds, measure, space and learner."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (rows.matrix, rows.label, *(array for fold in folds.folds for array in (fold.train, fold.test))):
        digest.update(np.ascontiguousarray(part).view(np.uint8).data)
    settings = {name: repr(value) for name, value in learner.get_params().items()}
    told = [plain(plan.space), plan.objective, plan.seed, type(learner).__name__, settings]
    digest.update(json.dumps(told, sort_keys=True).encode())
    return f"{plan.objective}-{digest.hexdigest()}"
