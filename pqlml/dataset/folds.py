"""What a split is made of: rows to fit on, rows to judge on, and rows in neither part, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.errors import NotEnoughDataError

Positions = npt.NDArray[np.intp]
Aside = Literal["purged", "older", "later", "other_side"]
"""Why a row is in neither part of a fold: its window reaches past the origin (``purged``), it lies before a sliding
training part (``older``) or after the test part (``later``), or its entity belongs to the other side."""
ASIDE: Final[tuple[Aside, ...]] = get_args(Aside)
ENTITY_PARTS: Final = 3
"""Parts into which entities are dealt where none may be on both sides: one is judged, the others are fitted on."""
_NONE: Final = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True)
class Fold:
    """Row positions to fit on and to judge on; they never overlap.

    Attributes
    ----------
    set_aside
        Why -> positions of the rows in neither part. With ``train`` and ``test`` they are all rows, each once.
    origin
        Instant as of which the fold is fitted: all that it learns from was over by then. Null where a split is not by
        time.
    """

    train: Positions
    test: Positions
    set_aside: Mapping[Aside, Positions] = field(default_factory=dict)
    origin: pd.Timestamp | None = None


@dataclass(frozen=True)
class Split:
    """One or more folds, and in words how they were made.

    Attributes
    ----------
    repeats
        How often each row is judged.
    forward
        Whether every test row lies after every training row and its label window.
    headline
        What every figure made with this split must carry along.
    test_from
        First cutoff that is judged; null where the split is not by time.
    """

    folds: tuple[Fold, ...]
    repeats: int
    forward: bool
    headline: str
    test_from: pd.Timestamp | None = None

    def parts(self, rows: int) -> dict[str, Positions]:
        """Sort all rows into parts that add up, over all folds.

        Parameters
        ----------
        rows
            Number of rows that were split.

        Returns
        -------
        Forward in time ``train`` (fitted on, never judged), ``purged`` (the window reaches past every origin for which
        the row would be early enough), ``test`` (judged), and ``unused`` (before every sliding training part) if
        there are such rows; over entities ``judged in folds``.
        """
        if not self.forward:
            return {"judged in folds": np.unique(np.concatenate([fold.test for fold in self.folds]))}
        part = np.full(rows, "unused", dtype="U6")
        for fold in self.folds:
            part[fold.set_aside.get("purged", _NONE)] = "purged"
        for fold in self.folds:
            part[fold.train] = "train"
        for fold in self.folds:
            part[fold.test] = "test"
        found = {name: np.flatnonzero(part == name) for name in ("train", "purged", "test", "unused")}
        return {name: rows for name, rows in found.items() if name != "unused" or len(rows)}


def entity_parts(entity: np.ndarray, parts: int, seed: int = 0) -> np.ndarray:
    """Deal entities into parts by a hash of their id, so that the same entity always gets the same part."""
    hashed = pd.util.hash_array(entity.astype(object), hash_key=f"pqlml-calibrate{seed % 10}")
    return (hashed % np.uint64(parts)).astype(np.int64)


def require_parts(folds: tuple[Fold, ...], label: np.ndarray | None, headline: str, advice: str) -> None:
    """Refuse folds of which a part is empty or, where labels are given, holds one class only.

    Raises
    ------
    NotEnoughDataError
        Says how many rows and conversions each part of the fold has.
    """
    for number, fold in enumerate(folds, start=1):
        for part, rows in (("training", fold.train), ("test", fold.test)):
            detail = _lack(rows, label)
            if detail:
                which = _which(number, fold, folds, label)
                msg = f"the {part} part{which} cannot be used: {detail} ({headline}). {advice}"
                raise NotEnoughDataError(msg)


def _lack(rows: Positions, label: np.ndarray | None) -> str:
    if len(rows) == 0:
        return "it has no rows"
    if label is None:
        return ""
    conversions = int(label[rows].sum())
    if 0 < conversions < len(rows):
        return ""
    return f"all {len(rows)} rows are {'conversions' if conversions else 'without conversion'}"


def _which(number: int, fold: Fold, folds: tuple[Fold, ...], label: np.ndarray | None) -> str:
    if len(folds) == 1:
        return ""
    counts = ", ".join(
        f"{name}: {len(rows)} rows" + ("" if label is None else f" with {int(label[rows].sum())} conversions")
        for name, rows in (("training", fold.train), ("test", fold.test))
    )
    origin = "" if fold.origin is None else f", judged from {fold.origin:%Y-%m-%d %H:%M} on"
    return f" of fold {number} of {len(folds)}{origin} ({counts})"
