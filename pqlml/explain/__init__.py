"""Why: exact contributions, reasons in words, and what a lead did."""

from pqlml.explain.contributions import BASE, Contributions, contributions, points_by_dimension
from pqlml.explain.profile import Fact, profile, told_features
from pqlml.explain.reasons import Reason, reasons
from pqlml.explain.sentences import sentence

__all__ = [
    "BASE",
    "Contributions",
    "Fact",
    "Reason",
    "contributions",
    "points_by_dimension",
    "profile",
    "reasons",
    "sentence",
    "told_features",
]
