"""Tuning: a search for better settings, forward in time, with the defaults always in the race."""

from pqlml.model.tune.objective import as_objective
from pqlml.model.tune.plan import Budget, Searched, SearchPlan
from pqlml.model.tune.rows import TuningRows
from pqlml.model.tune.search import tune_classifier
from pqlml.model.tune.space import DEFAULT_SPACE, Space, load_space
from pqlml.model.tune.tuned import Tuned, tune_definition

__all__ = [
    "DEFAULT_SPACE",
    "Budget",
    "SearchPlan",
    "Searched",
    "Space",
    "Tuned",
    "TuningRows",
    "as_objective",
    "load_space",
    "tune_classifier",
    "tune_definition",
]
