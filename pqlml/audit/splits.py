"""Splits in the forms in which people hold them, as pairs of row positions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.audit.case import Positions
from pqlml.dataset import Split
from pqlml.errors import DataError, nearest

Pairs = Sequence[tuple[npt.ArrayLike, npt.ArrayLike]]
SplitLike = str | Split | npt.ArrayLike | Pairs
"""Name of a column of parts, a split of this toolkit, one part per row, or pairs of row positions."""

_TRAIN, _TEST = "train", "test"


def split_parts(split: SplitLike | None, frame: pd.DataFrame) -> tuple[tuple[Positions, Positions], ...] | None:
    """Return pairs of row positions, to fit on and to judge on.

    One part per row with the values ``train`` and ``test`` is one pair (rows of other parts are in neither); with other
    values, each part is judged on in turn.

    Raises
    ------
    DataError
        If there are not as many parts as rows, or positions that no row has.
    """
    if split is None:
        return None
    if isinstance(split, Split):
        return tuple((fold.train, fold.test) for fold in split.folds)
    if isinstance(split, str):
        if split not in frame.columns:
            msg = f"the rows have no column {split!r} for the split; {nearest(split, map(str, frame.columns))}"
            raise DataError(msg)
        return _by_part(frame[split])
    pairs = _as_pairs(split)
    if pairs is not None:
        return tuple((_positions(train, len(frame)), _positions(test, len(frame))) for train, test in pairs)
    part = np.asarray(split)
    if part.shape != (len(frame),):
        msg = f"'split' has shape {part.shape}; expected one part for each of {len(frame)} rows."
        raise DataError(msg)
    return _by_part(pd.Series(part))


def _as_pairs(split: object) -> list[tuple[npt.ArrayLike, npt.ArrayLike]] | None:
    """Return the pairs if that is what it holds: two arrays of positions each."""
    if not isinstance(split, list | tuple) or not split:
        return None
    if not all(isinstance(one, list | tuple) and len(one) == 2 for one in split):  # noqa: PLR2004 - a pair
        return None
    return [(one[0], one[1]) for one in split]


def _by_part(part: pd.Series) -> tuple[tuple[Positions, Positions], ...]:
    names = list(pd.unique(part.dropna()))
    if {_TRAIN, _TEST} <= set(names):
        return ((_where(part == _TRAIN), _where(part == _TEST)),)
    return tuple((_where(part.notna() & (part != name)), _where(part == name)) for name in names)


def _where(chosen: pd.Series) -> Positions:
    return np.flatnonzero(chosen.to_numpy(bool))


def _positions(given: npt.ArrayLike, rows: int) -> Positions:
    positions = np.asarray(given)
    if positions.dtype == bool:
        return np.flatnonzero(positions)
    if len(positions) and (positions.min() < 0 or positions.max() >= rows):
        msg = f"'split' names the rows {positions.min()} to {positions.max()}; there are the rows 0 to {rows - 1}."
        raise DataError(msg)
    return positions.astype(np.intp)
