"""The training table and its splits."""

from pqlml.dataset.build import build_rows
from pqlml.dataset.folds import Fold, Split
from pqlml.dataset.rolling import RollingOriginSplit
from pqlml.dataset.rows import Rows
from pqlml.dataset.split import split_rows

__all__ = ["Fold", "RollingOriginSplit", "Rows", "Split", "build_rows", "split_rows"]
