"""Exact contributions of trees, fast enough to explain every lead.

Importing this package loads numba; it is imported where leads are explained, not before.
"""

from pqlml.explain.trees.explainer import TreeExplainer
from pqlml.explain.trees.memory import Recalled, ShareMemory

__all__ = ["Recalled", "ShareMemory", "TreeExplainer"]
