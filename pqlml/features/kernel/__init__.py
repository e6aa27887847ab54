"""The local executor: DuckDB reads, filters and maps; compiled loops walk each entity's events once.

Importing this package loads numba; ``pqlml.features.build_features`` does so when it is called, not before.
"""

from pqlml.features.kernel.execute import kernel_features

__all__ = ["kernel_features"]
