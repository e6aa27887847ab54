"""The training table and its splits."""

from pqlml.dataset.build import build_rows
from pqlml.dataset.rows import Rows
from pqlml.dataset.split import Fold, Split, split_rows

__all__ = ["Fold", "Rows", "Split", "build_rows", "split_rows"]
