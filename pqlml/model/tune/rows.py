"""What settings are tried on: rows, and folds of them that roll forward in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.dataset import RollingOriginSplit
from pqlml.dataset.folds import Fold
from pqlml.errors import DataError, NotEnoughDataError

FOLDS = 4
"""At so many instants a setting is fitted and judged, where the rows allow."""
_FEWEST = 2


@dataclass(frozen=True)
class TuningRows:
    """Rows that settings may see, all of them; what judges the result has to lie outside.

    Attributes
    ----------
    matrix
        One row per row, numbers only (NaN = missing).
    label
        0 or 1 per row.
    entity
        Whose row it is.
    cutoff
        Instant per row; null without times.
    horizon_days, gap_days
        Those of the conversion: with times, a fold is fitted only on what was over by then.
    categorical
        Positions of columns that hold category codes.
    entity_disjoint
        Whether an entity may be on one side of a fold only.
    """

    matrix: np.ndarray
    label: np.ndarray
    entity: np.ndarray
    cutoff: np.ndarray | None = None
    horizon_days: float | None = None
    gap_days: float = 0.0
    categorical: tuple[int, ...] = ()
    entity_disjoint: bool = False

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        rows = {"label": self.label, "entity": self.entity}
        if self.cutoff is not None:
            rows["cutoff"] = self.cutoff
        for name, values in rows.items():
            if len(values) != len(self.matrix):
                msg = f"{name} has {len(values)} values and the matrix {len(self.matrix)} rows; expected one per row."
                raise DataError(msg)
        if self.cutoff is not None and self.horizon_days is None:
            msg = "rows with times need 'horizon_days', the length of the window in which their label was decided."
            raise DataError(msg)


@dataclass(frozen=True)
class TuningFolds:
    """Folds, and in words how they were made."""

    folds: tuple[Fold, ...]
    how: str


def tuning_folds(rows: TuningRows, number: int = FOLDS, seed: int = 0) -> TuningFolds:
    """Make the folds on which settings are compared: by rolling origin where there are times, else over entities.

    Where the rows do not allow so many origins there are fewer, and where they allow none, folds over entities.

    Raises
    ------
    NotEnoughDataError
        If not even two folds over entities have rows of both classes.
    """
    if rows.cutoff is not None:
        keys = pd.DataFrame({"entity_id": rows.entity, "cutoff": pd.to_datetime(rows.cutoff)})
        for origins in range(number, 0, -1):
            splitter = RollingOriginSplit(
                origins,
                horizon_days=rows.horizon_days or 0,
                gap_days=rows.gap_days,
                entity_disjoint=rows.entity_disjoint,
                seed=seed,
            )
            try:
                folds = splitter.folds(keys, rows.label)
            except NotEnoughDataError:
                continue  # with fewer origins each fold has more rows
            return TuningFolds(folds, f"{len(folds)} folds forward in time, purged by gap + horizon")
    return _over_entities(rows, number, seed)


def _over_entities(rows: TuningRows, number: int, seed: int) -> TuningFolds:
    from sklearn.model_selection import StratifiedGroupKFold

    conversions = int(np.sum(rows.label))
    most = min(number, conversions, len(rows.label) - conversions, len(np.unique(rows.entity)))
    if most < _FEWEST:
        msg = (
            f"{len(rows.label)} rows with {conversions} conversions of {len(np.unique(rows.entity))} entities are too "
            f"few to compare settings: two folds need two of each. Keep the defaults."
        )
        raise NotEnoughDataError(msg)
    splitter = StratifiedGroupKFold(most, shuffle=True, random_state=seed)
    folds = tuple(Fold(train, test) for train, test in splitter.split(rows.matrix, rows.label, rows.entity))
    kept = tuple(fold for fold in folds if _both(rows.label[fold.train]) and _both(rows.label[fold.test]))
    if not kept:
        msg = f"{conversions} conversions of too few entities to compare settings. Keep the defaults."
        raise NotEnoughDataError(msg)
    why = "the rows have no times" if rows.cutoff is None else "the rows allow no fold forward in time"
    return TuningFolds(kept, f"{len(kept)} folds over entities, NOT forward in time ({why})")


def _both(label: np.ndarray) -> bool:
    return 0 < int(label.sum()) < len(label)
