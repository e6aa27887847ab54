"""Several fits at once: a fit on few rows keeps one processor core busy, and a machine has more."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from pqlml.model.binary import SMALL_ROWS

_Made = TypeVar("_Made")


def side_by_side(tasks: Sequence[Callable[[], _Made]], rows: int) -> list[_Made]:
    """Call the tasks, each of which fits on about so many rows, and return what they made, in their order.

    Beyond ``SMALL_ROWS`` a fit uses all cores itself, and the tasks run one after the other.

    Raises
    ------
    PqlmlError
        What the first task raised that failed.
    """
    if rows > SMALL_ROWS or len(tasks) == 1:
        return [task() for task in tasks]
    # What a fit sets for the whole process, and sets back, is set here around all of them: theirs may interleave.
    with (
        warnings.catch_warnings(),
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(min(len(tasks), os.cpu_count() or 1)) as pool,
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return list(pool.map(lambda task: task(), tasks))
