"""The loops that score: rows in blocks that fit the cache, tree by tree, split by split.

Every split strikes out the leaves that a row which goes right can no longer reach; the leftmost that is left is the
row's. No branch depends on a row, so that the machine decides about several rows at once.

References
----------
Lucchese, C. et al. (2015), QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees.
"""

from __future__ import annotations

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.model.forest.plan import Codes, Columns, Floats, Splits

_BLOCK = 128
"""Rows at once."""


@compiled
def add_small(matrix: Floats, columns: Columns, splits: Splits, value: Floats, margin: Floats) -> None:
    """Add to ``margin`` what trees of at most 32 leaves say of each row."""
    codes = np.empty((len(columns.feature), _BLOCK), np.int32)
    left = np.empty(_BLOCK, np.uint32)
    for begin in range(0, len(matrix), _BLOCK):
        rows = min(_BLOCK, len(matrix) - begin)
        _encode(matrix[begin : begin + rows], columns, codes)
        for tree in range(len(value)):
            left[:] = np.uint32(0xFFFFFFFF)
            for split in range(splits.first[tree], splits.first[tree + 1]):
                mine, kept = codes[splits.column[split]], splits.kept[split]
                if splits.lookup_from[split] < 0:
                    most = splits.code[split]
                    for row in range(_BLOCK):
                        left[row] &= np.uint32(0xFFFFFFFF) if mine[row] <= most else kept
                else:
                    goes_left = splits.lookup[splits.lookup_from[split] :]
                    for row in range(rows):
                        left[row] &= np.uint32(0xFFFFFFFF) if goes_left[mine[row]] else kept
            leaves = value[tree]
            for row in range(rows):
                lowest = np.uint32(left[row] & (~left[row] + np.uint32(1)))
                margin[begin + row] += leaves[np.uint32(lowest * np.uint32(0x077CB531)) >> np.uint32(27)]


@compiled
def add_large(matrix: Floats, columns: Columns, splits: Splits, value: Floats, margin: Floats) -> None:
    """Do the same for trees of at most 64 leaves."""
    codes = np.empty((len(columns.feature), _BLOCK), np.int32)
    left = np.empty(_BLOCK, np.uint64)
    for begin in range(0, len(matrix), _BLOCK):
        rows = min(_BLOCK, len(matrix) - begin)
        _encode(matrix[begin : begin + rows], columns, codes)
        for tree in range(len(value)):
            left[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
            for split in range(splits.first[tree], splits.first[tree + 1]):
                mine, kept = codes[splits.column[split]], splits.kept[split]
                if splits.lookup_from[split] < 0:
                    most = splits.code[split]
                    for row in range(_BLOCK):
                        left[row] &= np.uint64(0xFFFFFFFFFFFFFFFF) if mine[row] <= most else kept
                else:
                    goes_left = splits.lookup[splits.lookup_from[split] :]
                    for row in range(rows):
                        left[row] &= np.uint64(0xFFFFFFFFFFFFFFFF) if goes_left[mine[row]] else kept
            leaves = value[tree]
            for row in range(rows):
                lowest = left[row] & (~left[row] + np.uint64(1))
                margin[begin + row] += leaves[np.int64((lowest * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58))]


@compiled
def _encode(matrix: Floats, columns: Columns, codes: Codes) -> None:
    for column in range(len(columns.feature)):
        feature, first, missing = columns.feature[column], columns.first[column], columns.missing[column]
        many = columns.first[column + 1] - first
        for row in range(len(matrix)):
            value = matrix[row, feature]
            if np.isnan(value):
                codes[column, row] = missing
            elif columns.category[column]:
                codes[column, row] = np.int32(value) if -1 < value < missing else missing
            else:
                low, length = first, many
                while length > 1:
                    half = length >> 1
                    low += half if columns.edges[low + half - 1] < value else 0
                    length -= half
                codes[column, row] = low - first + (columns.edges[low] < value)
