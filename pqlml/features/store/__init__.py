"""A stored state of daily parts, so that one more day costs a small part of a full build and gives the same values.

Importing this package loads numba; see docs/incremental.md.
"""

from pqlml.features.store.change import Change
from pqlml.features.store.live import Live
from pqlml.features.store.store import FeatureStore

__all__ = ["Change", "FeatureStore", "Live"]
