"""Labels: at which instants entities are looked at, and what happened after."""

from pqlml.labels.account import PairAccount, PairCount, pair_account
from pqlml.labels.conversion import Labels, candidates, conversions, judge_pairs, label_pairs, nothing_labelled
from pqlml.labels.snapshots import cutoffs

__all__ = [
    "Labels",
    "PairAccount",
    "PairCount",
    "candidates",
    "conversions",
    "cutoffs",
    "judge_pairs",
    "label_pairs",
    "nothing_labelled",
    "pair_account",
]
