"""What is searched and for how long, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pqlml.errors import DataError
from pqlml.model.tune.objective import Objective, as_objective
from pqlml.model.tune.space import DEFAULT_SPACE, Space

Progress = Callable[[int, int], None]


def quiet(_done: int, _total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Budget:
    """How long to search: until the study holds so many trials, or for so many seconds, whichever is first.

    Trials count whether or not they were cut short, those of other processes and of earlier runs too. A trial that is
    running when the seconds are over is cut short at its next fold; the defaults always run to their end.
    """

    trials: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Check that there is an end."""
        if self.trials is None and self.seconds is None:
            msg = "a search needs an end: give a number of trials, or seconds."
            raise DataError(msg)
        if (self.trials is not None and self.trials < 1) or (self.seconds is not None and self.seconds <= 0):
            msg = f"trials={self.trials}, seconds={self.seconds}; expected at least 1 trial, and seconds above 0."
            raise DataError(msg)


@dataclass(frozen=True)
class SearchPlan:
    """What is searched, by which measure, and where the record is kept.

    Attributes
    ----------
    space
        Setting -> where it is searched.
    objective
        What makes a setting better; see :func:`pqlml.model.tune.objective.fold_score`.
    study
        SQLite file that keeps the trials, so that a search can be resumed and shared by processes; null keeps them in
        memory. One file may hold several studies: what belongs to other rows, spaces or objectives is never mixed in.
    seed
        In one process, the same seed and rows give the same trials.
    """

    space: Space = field(default_factory=lambda: DEFAULT_SPACE)
    objective: Objective = "neg_log_loss"
    study: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the name of the objective."""
        as_objective(self.objective)


@dataclass(frozen=True)
class Searched:
    """What a search found.

    Attributes
    ----------
    parameters
        The best settings by the mean over the folds; empty where no trial beat the defaults.
    value, default_value
        That mean for them and for the defaults; higher is better. The difference flatters the best of many: only rows
        outside can say what it is worth.
    trials
        One row per trial: ``number``, ``state`` (whole, cut short, failed, not over), ``value`` (null unless whole),
        ``defaults``, ``folds`` (how many it saw), ``seconds``, and a column per setting.
    how
        How the folds were made, in words.
    resumed
        Trials that had been there already.
    study
        Name of the study in its file.
    """

    parameters: Mapping[str, float]
    value: float
    default_value: float
    objective: Objective
    trials: pd.DataFrame
    how: str
    resumed: int
    study: str
