"""Texts as numbers of 64 bits: the same on every machine and in every version, so that they can be kept on disk.

DuckDB's own hash may change between its versions. Different texts get the same number with a chance of 2**-64 per pair:
among a million values that are compared with each other, below one in 10**7.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers, Unsigned

Bytes = npt.NDArray[np.uint8]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_BYTE = np.uint64(8)
_WORD = 8


def fingerprints(texts: pa.Array | pa.ChunkedArray) -> Integers:
    """Return a number per text, 0 for null.

    Examples
    --------
    >>> fingerprints(pa.array(["u1", None])).tolist()
    [-2275295144523358569, 0]
    """
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    whole = whole.cast(pa.large_string())
    _, ends, data = whole.buffers()
    bounds = np.frombuffer(ends, np.int64)[whole.offset : whole.offset + len(whole) + 1] if ends else np.zeros(1, int)
    found = _fingerprints(bounds, np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)).view(np.int64)
    if whole.null_count:
        found[whole.is_null().to_numpy(zero_copy_only=False)] = 0
    return found


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    """Spread every bit over all others; different values stay different."""
    value = (value ^ (value >> _SHIFTS[0])) * _FIRST
    value = (value ^ (value >> _SHIFTS[1])) * _SECOND
    return value ^ (value >> _SHIFTS[2])


@compiled
def _fingerprints(bounds: Integers, data: Bytes) -> Unsigned:
    """Mix the words of eight bytes one after the other, then the length."""
    found = np.empty(len(bounds) - 1, np.uint64)
    for row in range(len(found)):
        begin, end = bounds[row], bounds[row + 1]
        state = _STEP
        for place in range(begin, end, _WORD):
            word = np.uint64(0)
            for byte in range(min(place + _WORD, end) - 1, place - 1, -1):
                word = (word << _BYTE) | np.uint64(data[byte])
            state = _mixed(state ^ word) + _STEP
        state = _mixed(state ^ np.uint64(end - begin))
        found[row] = state if state != np.uint64(0) else _STEP
    return found
