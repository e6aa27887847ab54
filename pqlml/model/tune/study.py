"""The study: Optuna's record of trials in SQLite, which several processes may fill and which can be resumed."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import optuna
import pandas as pd
import sqlalchemy
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, Trial, TrialState

from pqlml.definition.settings import WHOLE
from pqlml.model.tune.space import Space

CutShort = optuna.TrialPruned
"""What a trial raises to end early."""
_DEFAULTS: Final = "defaults"
_SCORES: Final = "scores"
_STATES: Final = {TrialState.COMPLETE: "whole", TrialState.PRUNED: "cut short", TrialState.FAIL: "failed"}
_HEARTBEAT_SECONDS: Final = 30
_DEAD_AFTER_SECONDS: Final = 180
_WAIT_SECONDS: Final = 300.0
_FEWEST_TO_COMPARE: Final = 5
"""So many trials reach a fold before any is cut short there."""
_FINISHED: Final = (TrialState.COMPLETE, TrialState.PRUNED)
_ALIVE: Final = (TrialState.COMPLETE, TrialState.RUNNING, TrialState.WAITING)


class _SeededByNumber(BaseSampler):
    """A sampler whose draws depend on the seed and the number of the trial alone.

    With one generator for all trials, two processes on one study would try the same settings, and so would a study that
    is resumed.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sampler = self._make(0)

    def _make(self, number: int) -> TPESampler:
        mixed = int(np.random.SeedSequence([self._seed, number]).generate_state(1)[0])
        return TPESampler(seed=mixed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self._sampler = self._make(trial.number)
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401 - whatever the distribution holds
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


class _BelowMedian(BasePruner):
    """Cuts a trial short that is worse than half of the trials were after the same folds.

    Optuna's own compares the best that a trial ever had, so that nothing is cut where an early fold is an easy one; and
    it compares with whole trials alone, which are the good ones soon, so that the first fold decides on all others.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        step = trial.last_step
        if step is None:
            return False
        others = study.get_trials(deepcopy=False, states=_FINISHED)
        then = [other.intermediate_values[step] for other in others if step in other.intermediate_values]
        return len(then) >= _FEWEST_TO_COMPARE and trial.intermediate_values[step] < float(np.median(then))


@contextlib.contextmanager
def open_study(
    path: Path | None, name: str, defaults: Mapping[str, float], about: Mapping[str, object], seed: int
) -> Iterator[optuna.Study]:
    """Open or make the study of that name, with the defaults queued as its first trial.

    Parameters
    ----------
    path
        SQLite file, made where there is none; null keeps the study in memory.
    defaults
        Where the learner's defaults lie in the space.
    about
        What the study is about, kept with it.
    """
    storage: RDBStorage | None = None
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with _alone(path):
            storage = None if path is None else _storage(path)
            study = optuna.create_study(
                storage=storage,
                sampler=_SeededByNumber(seed),
                pruner=_BelowMedian(),
                study_name=name,
                direction="maximize",
                load_if_exists=True,
            )
            if not study.user_attrs:
                for key, value in about.items():
                    study.set_user_attr(key, value)
            if not any(map(is_default, study.get_trials(deepcopy=False, states=_ALIVE))):
                study.enqueue_trial(dict(defaults), user_attrs={_DEFAULTS: True})
        yield study
    finally:
        optuna.logging.set_verbosity(before)
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()


def _storage(path: Path) -> RDBStorage:
    """Open the SQLite file; a trial whose process died is noticed by its missing heartbeat and run again."""
    url = sqlalchemy.URL.create("sqlite", database=str(path.resolve())).render_as_string()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # the heartbeat, whose interface may change
        return RDBStorage(
            url.replace("{", "{{").replace("}", "}}"),
            engine_kwargs={"connect_args": {"timeout": _WAIT_SECONDS}},
            heartbeat_interval=_HEARTBEAT_SECONDS,
            grace_period=_DEAD_AFTER_SECONDS,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=2),
        )


@contextlib.contextmanager
def _alone(path: Path | None) -> Iterator[None]:
    """Let one process at a time make tables and queue the defaults; the lock ends with the process that holds it."""
    if path is None:
        yield
        return
    with contextlib.closing(
        sqlite3.connect(path.with_name(f"{path.name}.lock"), timeout=_WAIT_SECONDS, isolation_level=None)
    ) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def suggest(trial: Trial, space: Space) -> dict[str, float]:
    """Let the study choose a setting out of the space."""
    found: dict[str, float] = {}
    for name, setting in space.items():
        if setting.choices:
            chosen = trial.suggest_categorical(name, setting.choices)
            found[name] = int(chosen) if name in WHOLE else float(chosen)
            continue
        low, high = setting.bounds
        if name in WHOLE:
            found[name] = trial.suggest_int(name, int(low), int(high), log=setting.log)
        else:
            found[name] = trial.suggest_float(name, low, high, log=setting.log)
    return found


def run_trials(
    study: optuna.Study,
    objective: Callable[[Trial], float],
    trials: int | None,
    seconds: float | None,
    progress: Callable[[int], None],
) -> None:
    """Run trials until the study holds so many whole or cut-short ones, or the seconds are over."""

    def enough() -> bool:
        return trials is not None and finished(study) >= trials

    def after(study: optuna.Study, _: FrozenTrial) -> None:
        progress(finished(study))
        if enough():
            study.stop()

    started = time.monotonic()
    progress(finished(study))
    if any(map(is_default, study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))):
        study.optimize(objective, n_trials=1, callbacks=[after])  # whatever the clock says
    left = None if seconds is None else max(seconds - (time.monotonic() - started), 0.0)
    if not enough():
        study.optimize(objective, timeout=left, callbacks=[after])


def finished(study: optuna.Study) -> int:
    """Count the trials that have ended, whole or cut short."""
    return len(study.get_trials(deepcopy=False, states=_FINISHED))


def is_default(trial: Trial | FrozenTrial) -> bool:
    """Tell whether a trial runs with the learner's own defaults."""
    return _DEFAULTS in trial.user_attrs


def keep_scores(trial: Trial, scores: Sequence[float]) -> None:
    """Keep the score per fold with the trial."""
    trial.set_user_attr(_SCORES, list(scores))


def as_table(study: optuna.Study, space: Space) -> pd.DataFrame:
    """Return the trials; the columns are those of ``trials`` of :class:`~pqlml.model.tune.plan.Searched`."""
    return pd.DataFrame(
        [
            {
                "number": trial.number,
                "state": _STATES.get(trial.state, "not over"),
                "value": trial.value if trial.state == TrialState.COMPLETE else float("nan"),
                "defaults": is_default(trial),
                "folds": len(trial.user_attrs.get(_SCORES, ())),
                "seconds": trial.duration.total_seconds() if trial.duration is not None else float("nan"),
                **{name: trial.params.get(name, float("nan")) for name in space},
            }
            for trial in study.get_trials(deepcopy=False)
        ]
    )
