"""The other executor of the same specs: one Ibis query, here on DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from feature_table import by_kernel


def prepare(folder: Path, calendar: str) -> Callable[[], pd.DataFrame]:
    """Open the tables; return the function that builds the matrix."""
    return by_kernel.prepare(folder, calendar, engine="ibis")
