"""A fitted linear model as plain numbers: what it says of a row, and each column's exact share of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """What one column of the matrix adds to the log-odds.

    A number adds ``weight * clip(arcsinh((value - centre) / spread))``, or ``missing`` where it is missing. A category
    adds the weight of its level, and nothing for any other level or where it is missing.

    Attributes
    ----------
    levels
        Level -> weight; null for a number.
    typical
        What the column adds on average over the rows of training: shares are counted from there.
    """

    weight: float = 0.0
    centre: float = 0.0
    spread: float = 1.0
    missing: float = 0.0
    levels: Mapping[float, float] | None = None
    typical: float = 0.0

    def added(self, values: Floats, farthest: float) -> Floats:
        """Return what each value adds."""
        if self.levels is not None:
            found = np.zeros(len(values))
            for level, weight in self.levels.items():
                found[values == level] = weight
            return found
        unknown = np.isnan(values)
        scaled = np.arcsinh(np.where(unknown, 0.0, (values - self.centre) / self.spread)).clip(-farthest, farthest)
        return np.where(unknown, self.missing, 0.0) + self.weight * np.where(unknown, 0.0, scaled)


@dataclass(frozen=True)
class Line:
    """A linear model of named columns: ``log-odds = intercept +`` what each column adds.

    Attributes
    ----------
    columns
        In the order of the matrix.
    farthest
        A scaled value beyond it counts as that.
    """

    intercept: float
    columns: tuple[Column, ...]
    farthest: float

    def margin(self, matrix: Floats) -> Floats:
        """Return the log-odds, one per row of the encoder's matrix."""
        return np.asarray(self.intercept + self._added(matrix).sum(axis=1))

    def shares(self, matrix: Floats) -> Floats:
        """Return each column's share, shape (rows, columns); with :attr:`base` they add up to the log-odds."""
        return self._added(matrix) - self._typical

    @property
    def base(self) -> float:
        """The share of no column: what the model says of the average row of training."""
        return float(self.intercept + self._typical.sum())

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, with levels as pairs, since JSON has no numbers as keys."""
        plain = [
            {**vars(column), "levels": None if column.levels is None else [*map(list, column.levels.items())]}
            for column in self.columns
        ]
        return {"intercept": self.intercept, "farthest": self.farthest, "columns": plain}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what :meth:`as_dict` returned."""
        columns = (
            Column(**{**item, "levels": None if item["levels"] is None else dict(map(tuple, item["levels"]))})
            for item in plain["columns"]
        )
        return cls(plain["intercept"], tuple(columns), plain["farthest"])

    @property
    def _typical(self) -> Floats:
        return np.array([column.typical for column in self.columns])

    def _added(self, matrix: Floats) -> Floats:
        added = [column.added(matrix[:, place], self.farthest) for place, column in enumerate(self.columns)]
        return np.column_stack(added) if added else np.zeros((len(matrix), 0))
