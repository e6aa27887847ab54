"""Rows as 128-bit fingerprints: equal rows have equal ones, and different rows hardly ever do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pqlml.explain.trees.codes import Codes
from pqlml.explain.trees.forest import Doubles
from pqlml.features.kernel.compiled import compiled

Fingerprints = npt.NDArray[np.uint64]
"""Of shape (rows, 2)."""

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


def of_values(matrix: Doubles) -> Fingerprints:
    """Return a fingerprint per row of a matrix, by the bits of its numbers."""
    return _of_rows(np.ascontiguousarray(matrix).view(np.uint64))


@compiled
def _mixed(state: np.uint64, value: np.uint64, factor: np.uint64) -> np.uint64:
    state = (state ^ value) * factor
    return state ^ (state >> _SHIFT)


@compiled
def _of_rows(bits: Fingerprints) -> Fingerprints:
    found = np.empty((len(bits), 2), np.uint64)
    for row in range(len(bits)):
        first, second = _FIRST, _SECOND
        for value in bits[row]:
            first, second = _mixed(first, value, _FIRST), _mixed(second, value, _SECOND)
        found[row, 0], found[row, 1] = first, second
    return found


@compiled
def of_codes(codes: Codes) -> Fingerprints:
    """Return a fingerprint per row of codes, which have the shape (columns, rows)."""
    found = np.empty((codes.shape[1], 2), np.uint64)
    found[:, 0], found[:, 1] = _FIRST, _SECOND
    for column in range(len(codes)):
        for row in range(codes.shape[1]):
            value = np.uint64(codes[column, row])
            found[row, 0] = _mixed(found[row, 0], value, _FIRST)
            found[row, 1] = _mixed(found[row, 1], value, _SECOND)
    return found
