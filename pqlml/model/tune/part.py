"""Which rows a search may see, and on which its result is judged."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from pqlml.dataset.folds import Fold, Split, entity_parts, require_parts
from pqlml.dataset.split import split_rows
from pqlml.definition.model import Definition

_ORIGINS: Final = 4
"""At so many instants of the test part the result is fitted anew, unless the definition says."""
_PARTS: Final = 4
"""Without times a search sees the entities of all parts but one, on which its result is judged."""


def search_part(
    definition: Definition, keys: pd.DataFrame, label: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, Split]:
    """Return the positions of the rows that a search may see, and the split that judges what it finds.

    Forward in time, the search sees what was over by the first origin of the split: the test part of the definition's
    evaluation stays untouched. Without times, a quarter of the entities does.

    Raises
    ------
    NotEnoughDataError
        If a part would be empty or hold one class only.
    """
    plan = definition.evaluation
    if not definition.timeless and plan.folds is None:
        split = split_rows(definition, keys, label, seed, origins=_ORIGINS)
        begin = min(fold.origin for fold in split.folds if fold.origin is not None)
        first = [fold.train for fold in split.folds if fold.origin == begin]
        return np.unique(np.concatenate(first)), split
    judged = entity_parts(keys["entity_id"].to_numpy(), _PARTS, seed) == 0
    fold = Fold(np.flatnonzero(~judged), np.flatnonzero(judged))
    why = "the data has no times" if definition.timeless else "as the definition asks"
    headline = f"NOT forward in time ({why}): judged on one in {_PARTS} entities, which the search did not see"
    require_parts((fold,), label, headline, "Collect more data.")
    return fold.train, Split((fold,), 1, forward=False, headline=headline)
