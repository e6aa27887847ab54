"""Exact sums: 128-bit integers in two limbs, and the double that DuckDB makes of a decimal with six places.

A value is ``high * 2**64 + low`` with a signed ``high`` and an unsigned ``low``, as in Arrow's decimals.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pqlml.features.kernel.compiled import compiled

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Unsigned = npt.NDArray[np.uint64]
Doubles = npt.NDArray[np.float64]

NULL = np.int64(-(2**63))
"""Stands for null where an instant or the high limb of a decimal is expected; neither can be that small."""

_ZERO = np.uint64(0)
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)
_SCALE = np.uint64(1_000_000)
_TWO_64 = 2.0**64
_BOUND = 1e28
_LARGEST_EXACT = np.uint64(2**53)


@compiled
def add(high: int, low: np.uint64, other_high: int, other_low: np.uint64) -> tuple[int, np.uint64]:
    """Add two values."""
    total = low + other_low
    carry = 1 if total < low else 0
    return high + other_high + carry, total


@compiled
def _subtract(high: int, low: np.uint64, other_high: int, other_low: np.uint64) -> tuple[int, np.uint64]:
    """Subtract the second value from the first."""
    borrow = 1 if low < other_low else 0
    return high - other_high - borrow, low - other_low


@compiled
def _negated(high: int, low: np.uint64) -> tuple[int, np.uint64]:
    return _subtract(0, _ZERO, high, low)


@compiled
def _as_double(high: int, low: np.uint64) -> float:
    if high == -1:  # small negative numbers keep all their digits
        return -float(~low) - 1.0
    return float(low) + float(high) * _TWO_64


@compiled
def decimal(value: float) -> tuple[int, np.uint64]:
    """Return a double as a decimal with six places, as DuckDB's ``TRY_CAST(... AS DECIMAL(28, 6))`` does.

    Halves are rounded away from zero. What is no number, or has more than 22 digits before the point, is null.
    """
    scaled = value * 1e6
    if not abs(scaled) < _BOUND:
        return int(NULL), _ZERO
    whole = np.trunc(scaled)
    if abs(scaled - whole) >= 0.5:  # noqa: PLR2004 - half
        whole += np.sign(scaled)
    size = abs(whole)
    top = np.floor(size / _TWO_64)
    high, low = int(top), np.uint64(size - top * _TWO_64)
    return _negated(high, low) if whole < 0 else (high, low)


@compiled
def decimals(values: Doubles) -> tuple[Integers, Unsigned]:
    """Return doubles as decimals; see :func:`decimal`."""
    high, low = np.empty(len(values), np.int64), np.empty(len(values), np.uint64)
    for place in range(len(values)):
        high[place], low[place] = decimal(values[place])
    return high, low


@compiled
def _millionths(high: int, low: np.uint64) -> float:
    """Return the value divided by a million: whole part and rest apart, unless a double holds the value exactly."""
    negative = high < 0
    size_high, size_low = _negated(high, low) if negative else (high, low)
    if size_high == 0 and size_low <= _LARGEST_EXACT:
        size = float(size_low) / 1e6
        return -size if negative else size
    # Long division in base 2**32; the divisor has 20 bits, so no step overflows.
    top = np.uint64(size_high)
    whole_high = top // _SCALE
    rest = ((top % _SCALE) << _HALF) | (size_low >> _HALF)
    middle = rest // _SCALE
    rest = ((rest % _SCALE) << _HALF) | (size_low & _LOW_HALF)
    whole_low = (middle << _HALF) | (rest // _SCALE)
    fraction = float(rest % _SCALE) / 1e6
    if negative:
        signed_high, signed_low = _negated(int(whole_high), whole_low)
        return _as_double(signed_high, signed_low) - fraction
    return _as_double(int(whole_high), whole_low) + fraction


@compiled
def differences(high: Integers, low: Unsigned, other_high: Integers, other_low: Unsigned) -> Doubles:
    """Subtract values from values, and return the differences as doubles, divided by a million."""
    result = np.empty(len(high))
    for place in range(len(high)):
        exact_high, exact_low = _subtract(high[place], low[place], other_high[place], other_low[place])
        result[place] = _millionths(exact_high, exact_low)
    return result
