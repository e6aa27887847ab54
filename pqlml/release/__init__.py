"""From an evaluation to a released model: who may score, what is kept with it, and its card."""

from pqlml.release.compare import Compared, ComparedLater, compare_later, compare_versions
from pqlml.release.contest import Candidate, Contest, choose, decide
from pqlml.release.record import keep_card, record_of

__all__ = [
    "Candidate",
    "Compared",
    "ComparedLater",
    "Contest",
    "choose",
    "compare_later",
    "compare_versions",
    "decide",
    "keep_card",
    "record_of",
]
