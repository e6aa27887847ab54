"""Tuning: a search for better settings, forward in time, with the defaults always in the race."""

from pqlml.model.tune.plan import Budget, Searched, SearchPlan
from pqlml.model.tune.rows import TuningRows
from pqlml.model.tune.search import tune_classifier
from pqlml.model.tune.space import DEFAULT_SPACE, Space, load_space

__all__ = ["DEFAULT_SPACE", "Budget", "SearchPlan", "Searched", "Space", "TuningRows", "load_space", "tune_classifier"]
