"""Array types, instants as whole microseconds, and identifiers made from numbers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pqlml.times import DAY_MICROSECONDS

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UTC_INSTANT = pa.timestamp("us", tz="UTC")
SECOND = 1_000_000
NEVER = -10_000
"""Age in days of something that has not happened: long before sign-up, so outside every window."""


def midnight(start: dt.date) -> int:
    """Return the first microsecond of that UTC day since 1970."""
    return (start - dt.date(1970, 1, 1)).days * DAY_MICROSECONDS


def instants(microseconds: Ints, missing: Bools | None = None) -> pa.Array:
    """Turn microseconds since 1970 into UTC instants, null where ``missing``."""
    return pa.array(microseconds, mask=missing).cast(UTC_INSTANT)


def identifiers(prefix: str, numbers: Ints, width: int, missing: Bools | None = None) -> pa.Array:
    """Write numbers as texts of equal length, null where ``missing``.

    Examples
    --------
    >>> identifiers("a", np.array([7, 12]), 4).to_pylist()
    ['a0007', 'a0012']
    """
    head = prefix.encode()
    letters = np.empty((len(numbers), len(head) + width), dtype=np.uint8)
    letters[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    rest = numbers.copy()
    for position in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        letters[:, len(head) + position] = digit + ord("0")
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * letters.shape[1]
    texts = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(letters))
    if missing is None:
        return texts
    return pa.compute.if_else(pa.array(missing), pa.scalar(None, pa.string()), texts)


def texts(names: tuple[str, ...], codes: Ints, missing: Bools | None = None) -> pa.Array:
    """Look codes up in names, null where ``missing``."""
    return pa.array(names, pa.string()).take(pa.array(codes, mask=missing))
