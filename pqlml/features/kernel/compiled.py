"""How functions are compiled: once per machine where the disk allows, and without holding Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile the function on its first call and keep the machine code on disk.

    Where neither the package's folder nor the user's cache can be written, each process compiles anew.
    ``NUMBA_CACHE_DIR`` names another folder.
    """
    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no folder that it may write to
        return cast("F", numba.njit(nogil=True)(function))
