"""Labels: at which instants entities are looked at, and what happened after."""

from pqlml.labels.conversion import Labels, candidates, label_pairs
from pqlml.labels.snapshots import cutoffs

__all__ = ["Labels", "candidates", "cutoffs", "label_pairs"]
