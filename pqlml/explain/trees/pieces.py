"""Rows in pieces, on all processors."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_pieces(work: Callable[[slice], None], rows: int, size: int, threads: int | None = None) -> None:
    """Call ``work`` for each range of at most ``size`` rows; it has to release Python's lock to gain from threads."""
    pieces = [slice(begin, min(begin + size, rows)) for begin in range(0, rows, size)]
    if len(pieces) <= 1:
        for piece in pieces:
            work(piece)
        return
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for _ in pool.map(work, pieces):
            pass
