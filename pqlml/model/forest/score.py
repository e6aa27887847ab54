"""Score a matrix with the kernel, in as many threads as there are processors."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from pqlml.model.forest.kernel import add_large, add_small
from pqlml.model.forest.plan import Floats, Plan

_SMALL: Final = 32
_ROWS_EACH: Final = 8_192
"""Rows that a thread takes at a time."""


def score(plan: Plan, matrix: Floats) -> Floats:
    """Return the sum of the trees' leaves for each row of the matrix; NaN is missing."""
    rows = np.ascontiguousarray(matrix, dtype=np.float64)
    found = np.zeros(len(rows))
    add = add_small if plan.width == _SMALL else add_large

    def part(begin: int) -> None:
        end = begin + _ROWS_EACH
        add(rows[begin:end], plan.columns, plan.splits, plan.value, found[begin:end])

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        list(threads.map(part, range(0, len(rows), _ROWS_EACH)))
    return found
