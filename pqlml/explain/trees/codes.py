"""Feature values as small integers: all that the splits of a forest can tell apart, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pqlml.errors import DataError
from pqlml.explain.trees.forest import Column, Doubles, Forest, Integers, Split
from pqlml.features.kernel.compiled import compiled

Codes = npt.NDArray[np.uint16]

MISSING = np.uint16(65_535)
"""Code of a missing number; larger than that of any other."""
_MOST_EDGES = 65_000
_ZERO = float(np.float32(1e-35))
"""LightGBM takes numbers of at most this size for zero."""


@dataclass(frozen=True)
class Coding:
    """How each column that some split reads is coded.

    A number's code is the number of thresholds below it, so ``value <= threshold[k]`` if and only if ``code <= k``. A
    category's code is its place among all that some split names; all others share the code after the last.

    Attributes
    ----------
    columns
        The columns; a feature has several only where its splits disagree on what is missing.
    edges, start
        Thresholds (or categories) of column ``c`` are ``edges[start[c]:start[c + 1]]``, ascending.
    """

    columns: tuple[Column, ...]
    edges: Doubles
    start: Integers

    @property
    def features(self) -> Integers:
        """Feature read by each column."""
        return np.array([column.feature for column in self.columns], dtype=np.int64)

    def of(self, column: int) -> Doubles:
        """Return the thresholds or categories of a column."""
        return self.edges[self.start[column] : self.start[column + 1]]

    def code(self, matrix: Doubles) -> Codes:
        """Return the codes of rows, of shape (columns, rows)."""
        kinds = np.array([_kind(column) for column in self.columns], dtype=np.int64)
        codes = np.empty((len(self.columns), len(matrix)), np.uint16)
        _code(matrix, self.features, kinds, self.edges, self.start, codes)
        return codes


def coding_of(forest: Forest) -> Coding:
    """Collect the thresholds and categories of all splits.

    Raises
    ------
    DataError
        If one column has more thresholds than codes.
    """
    found: dict[Column, set[float]] = {}
    for split in (split for tree in forest.trees for split in tree.splits):
        edges = {split.threshold} if split.members is None else {float(member) for member in split.members}
        found.setdefault(split.column, set()).update(edges)
    for column, edges in found.items():
        if len(edges) > _MOST_EDGES:
            msg = (
                f"the splits on feature {column.feature} have {len(edges)} different thresholds; expected at most "
                f"{_MOST_EDGES}. Train with a smaller 'max_bin'."
            )
            raise DataError(msg)
    sizes = [0, *(len(edges) for edges in found.values())]
    flat = [edge for edges in found.values() for edge in sorted(edges)]
    return Coding(tuple(found), np.array(flat, dtype=np.float64), np.cumsum(sizes))


def goes_left(coding: Coding, column: int, split: Split) -> tuple[int, npt.NDArray[np.uint8]]:
    """Return the highest code that goes left, or -1 and for each code of a category whether it does."""
    edges = coding.of(column)
    if split.members is None:
        return int(np.searchsorted(edges, split.threshold)), np.empty(0, np.uint8)
    return -1, np.array([edge in split.members for edge in edges] + [False], dtype=np.uint8)


_NOTHING, _ZEROS, _NULLS, _CATEGORIES = range(4)
"""What is missing in a column of numbers; or that it holds categories."""


def _kind(column: Column) -> int:
    return _CATEGORIES if column.categorical else {"none": _NOTHING, "zero": _ZEROS, "nan": _NULLS}[column.missing]


@compiled
def _code(matrix: Doubles, features: Integers, kinds: Integers, edges: Doubles, start: Integers, codes: Codes) -> None:
    for column in range(len(features)):
        first, last, kind = start[column], start[column + 1], kinds[column]
        for row in range(len(matrix)):
            value = matrix[row, features[column]]
            if abs(value) <= _ZERO:
                value = 0.0
            if kind == _CATEGORIES:
                codes[column, row] = _place(edges, first, last, value)
                continue
            unknown = np.isnan(value)
            if (unknown and kind != _NOTHING) or (value == 0 and kind == _ZEROS):
                codes[column, row] = MISSING
                continue
            if unknown:
                value = 0.0
            low, left = first, last - first
            while left > 1:  # without branches on data: which way one goes cannot be foreseen
                half = left // 2
                low += half * (edges[low + half - 1] < value)
                left -= half
            codes[column, row] = low - first + (edges[low] < value)


@compiled
def _place(edges: Doubles, first: int, last: int, value: float) -> int:
    """Find a category; like LightGBM, cut a fraction off, and take null and negative numbers for no category."""
    whole = np.trunc(value)
    if not whole >= 0:
        return last - first
    for place in range(first, last):
        if edges[place] == whole:
            return place - first
    return last - first
