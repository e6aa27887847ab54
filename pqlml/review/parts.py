"""Parts of entities by a hash of their names, so that the same entity is always in the same part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pqlml.review.association import Ints


def parts(entity: np.ndarray, number: int, seed: int) -> Ints:
    """Return the part of each entity, 0 to ``number - 1``; another seed cuts independently."""
    hashed = pd.util.hash_array(np.asarray(entity, dtype=object), hash_key=f"{seed:016d}")
    part: Ints = (hashed % number).astype(np.int64)
    return part
