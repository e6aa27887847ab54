"""Files of a state, opened so that one which is gone or damaged is told by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from pqlml.errors import DataError
from pqlml.features.kernel.exact import Integers


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tell what to do if the file is gone or damaged.

    Raises
    ------
    DataError
        Names the file.
    """
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        msg = (
            f"{path} cannot be read ({error}). If the state was changed meanwhile, open it again; "
            f"else delete the folder, and make the state anew from the source."
        )
        raise DataError(msg) from error


def open_array(path: Path) -> Integers:
    """Open an array of integers, which are read when they are looked at.

    Changes of it would stay in memory: so compiled loops need not be compiled once more for arrays that refuse them.
    """
    with reading(path):
        return np.asarray(np.load(path, mmap_mode="c"))
