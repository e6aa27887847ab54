"""The local executor: DuckDB reads, filters and maps; compiled loops walk each entity's events once.

Importing this package loads numba; ``pqlml.features.build_features`` does so when it is called, not before.
"""

from pqlml.features.kernel.asked import asked_columns, take_asked
from pqlml.features.kernel.execute import kernel_features, local_warehouse

__all__ = ["asked_columns", "kernel_features", "local_warehouse", "take_asked"]
