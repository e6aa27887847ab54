"""Why: exact contributions, reasons in words, and what a lead did."""

from pqlml.explain.contributions import BASE, Contributions, contributions, points_by_dimension
from pqlml.explain.profile import Fact, profile, told_features
from pqlml.explain.reasons import reasons
from pqlml.explain.sentences import sentence
from pqlml.explain.telling import Telling

__all__ = [
    "BASE",
    "Contributions",
    "Fact",
    "Telling",
    "contributions",
    "points_by_dimension",
    "profile",
    "reasons",
    "sentence",
    "told_features",
]
