"""From a feature table to the matrix that the learner sees, the same for training and scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pqlml.errors import DataError
from pqlml.features.spec import Feature
from pqlml.model.levels import codes_of, levels_of


@dataclass(frozen=True)
class Encoder:
    """Column order and category levels, learned once and kept in the model.

    Attributes
    ----------
    names
        Column order.
    levels
        For each column its category levels, or null for a number. A level's code is its position
        (:func:`~pqlml.model.levels.codes_of`); missing and unseen ones are NaN, and so are missing and infinite
        numbers.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...] | None, ...]

    @property
    def categorical(self) -> list[int]:
        """Positions of the categorical columns."""
        return [position for position, levels in enumerate(self.levels) if levels is not None]

    def matrix(self, values: pd.DataFrame) -> np.ndarray:
        """Return a float64 matrix of one row per row of ``values``; extra columns and their order do not matter.

        Raises
        ------
        DataError
            If a column is missing, is there twice, or holds instants, or a numeric one texts.
        """
        missing = [name for name in self.names if name not in values.columns]
        if missing:
            msg = (
                f"the features {missing[:5]} are missing ({len(missing)} in all); "
                f"the model needs {len(self.names)} columns."
            )
            raise DataError(msg)
        twice = sorted({str(name) for name in values.columns[values.columns.duplicated()] if name in self.names})
        if twice:
            msg = f"the features {twice[:5]} are there twice; expected each once. Drop or rename the others."
            raise DataError(msg)
        matrix = np.empty((len(values), len(self.names)), dtype=np.float64)
        for position, (name, levels) in enumerate(zip(self.names, self.levels, strict=True)):
            column = values[name]
            _require_no_instants(column)
            matrix[:, position] = _numbers(column, name) if levels is None else codes_of(column, levels)
        return matrix


def fit_encoder(values: pd.DataFrame, features: Sequence[Feature]) -> Encoder:
    """Learn the category levels, in sorted order, from the rows given."""
    levels = [levels_of(values[feature.name]) if feature.category else None for feature in features]
    return Encoder(tuple(feature.name for feature in features), tuple(levels))


def _require_no_instants(column: pd.Series) -> None:
    kind = column.dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        msg = (
            f"the feature {column.name!r} holds {kind}; expected numbers or texts. Give the days between it and the "
            f"cutoff instead."
        )
        raise DataError(msg)


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    try:
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError) as error:
        msg = f"the feature {name!r} holds {column.dtype}, for example {column.dropna().iloc[0]!r}; expected numbers."
        raise DataError(msg) from error
    return np.where(np.isfinite(numbers), numbers, np.nan)
