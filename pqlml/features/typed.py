"""The types of columns: whole numbers that are never null take half the space of the others."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pqlml.features.spec import WHOLE, Feature

Column = npt.NDArray[np.float64] | npt.NDArray[np.int32]
"""Values of one feature, pair by pair; NaN = null."""

LARGEST: Final = 2**31 - 1
"""The largest count that is kept as a whole number. Where there may be larger ones, all are doubles."""


def is_whole(feature: Feature) -> bool:
    """Tell whether the feature's values are whole numbers, none of them null."""
    return feature.aggregate in WHOLE


def typed(feature: Feature, values: Column) -> Column:
    """Return the values in the type of the feature's column, whatever computed them."""
    if not is_whole(feature) or values.dtype == np.int32 or (len(values) and values.max() > LARGEST):
        return values
    return values.astype(np.int32)
