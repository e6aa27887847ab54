"""The values of features while they are computed: whole numbers in one block, doubles in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pqlml.features.kernel.exact import Doubles
from pqlml.features.spec import Feature
from pqlml.features.typed import LARGEST, Column, is_whole

Whole = npt.NDArray[np.int32] | Doubles


class Values:
    """A column per feature, in the order of the features. Nothing is in them at first.

    Memory that was never touched is what costs most where there are many pairs, so that small types pay twice.

    Parameters
    ----------
    rows
        Number of pairs.
    largest
        No count is larger.

    Attributes
    ----------
    whole, real
        Feature x pair: the features whose values are whole numbers and never null, and the others (NaN = null).
    columns
        Of each feature, its part of these.
    """

    def __init__(self, features: Sequence[Feature], rows: int, largest: int = 0) -> None:
        shape = (sum(map(is_whole, features)), rows)
        self.whole: Final[Whole] = np.empty(shape, np.int32) if largest <= LARGEST else np.empty(shape)
        self.real: Final[Doubles] = np.empty((len(features) - len(self.whole), rows))
        self.columns: Final[list[Column]] = [
            self.whole[place] if is_whole(feature) else self.real[place]
            for feature, place in zip(features, places(features), strict=True)
        ]


def places(features: Sequence[Feature]) -> list[int]:
    """Return the place of each feature among those of its type."""
    before = {True: 0, False: 0}
    found = []
    for kind in map(is_whole, features):
        found.append(before[kind])
        before[kind] += 1
    return found
