"""Exact contributions of a LightGBM model, many times faster than its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from pqlml.errors import DataError
from pqlml.explain.trees.codes import Codes, Coding, coding_of
from pqlml.explain.trees.forest import Doubles, Integers, read_forest
from pqlml.explain.trees.pieces import in_pieces
from pqlml.explain.trees.plan import Plan, load_plan, make_plan, save_plan
from pqlml.explain.trees.tables import quadrature
from pqlml.explain.trees.walk import explain_block

if TYPE_CHECKING:
    import lightgbm as lgb

BLOCK_ROWS = 512
"""Rows walked over together: their codes and shares fit the cache of a processor core."""
MEMORY_LIMIT = 256_000_000


class TreeExplainer:
    """Exact path-dependent tree SHAP for a LightGBM model with one output.

    The model is prepared once; rows are then explained in blocks, on all processors. Shares equal those of
    ``booster.predict(matrix, pred_contrib=True)`` but for rounding.

    Attributes
    ----------
    base
        The share of no feature: the mean margin over the training rows.
    features
        Number of features of a row.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees. Tables of
    satisfied conditions: Yang (2021), Fast TreeSHAP, arXiv 2109.09847.
    """

    def __init__(self, plan: Plan) -> None:
        self.base, self.features = plan.base, plan.features
        self._plan = plan
        self._rules = _rules(int(np.diff(plan.groups.feature_from).max(initial=0)))

    @classmethod
    def of(cls, booster: lgb.Booster, *, memory_limit: int = MEMORY_LIMIT) -> Self:
        """Prepare a model.

        Parameters
        ----------
        memory_limit
            Bytes that tables may take. With less, more of the work is done row by row; the result is the same.

        Raises
        ------
        DataError
            If the model has several outputs, averages its trees, or has linear leaves.
        """
        forest = read_forest(booster)
        return cls(make_plan(forest, coding_of(forest), memory_limit))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote; tables stay on disk until they are needed."""
        return cls(load_plan(folder))

    def save(self, folder: Path) -> None:
        """Keep the prepared model in a folder, which is quicker to read than to prepare anew."""
        save_plan(self._plan, folder)

    @property
    def table_bytes(self) -> int:
        """Bytes that the tables take."""
        return int(self._plan.groups.table.nbytes + self._plan.singles.table.nbytes)

    @property
    def long_paths(self) -> int:
        """Number of leaves whose path is too long for a table."""
        return int((~np.isnan(self._plan.groups.value)).sum())

    def shares(self, matrix: Doubles, *, threads: int | None = None) -> Doubles:
        """Return the share of each feature in each row's margin, of shape (rows, features).

        Parameters
        ----------
        matrix
            Of shape (rows, features), as the booster takes it; NaN is missing.
        threads
            All processors by default.

        Raises
        ------
        DataError
            If the rows have another number of features than the model.
        """
        self._require(matrix)
        result = np.empty(matrix.shape)

        def explain(rows: slice) -> None:
            result[rows] = self._explain(self._coding.code(matrix[rows]))

        in_pieces(explain, len(matrix), BLOCK_ROWS, threads)
        return result

    def code(self, matrix: Doubles) -> Codes:
        """Return all of the rows that the model can tell apart, as small integers of shape (columns, rows)."""
        self._require(matrix)
        codes = np.empty((len(self._coding.columns), len(matrix)), np.uint16)

        def code(rows: slice) -> None:
            codes[:, rows] = self._coding.code(matrix[rows])

        in_pieces(code, len(matrix), BLOCK_ROWS)
        return codes

    def shares_of_codes(self, codes: Codes) -> Doubles:
        """Return the shares of rows that :meth:`code` has coded."""
        result = np.empty((codes.shape[1], self.features))

        def explain(rows: slice) -> None:
            result[rows] = self._explain(np.ascontiguousarray(codes[:, rows]))

        in_pieces(explain, len(result), BLOCK_ROWS)
        return result

    @property
    def _coding(self) -> Coding:
        return self._plan.coding

    def _explain(self, codes: Codes) -> Doubles:
        shares = np.zeros((self.features, codes.shape[1]))
        explain_block(codes, self._plan.singles, self._plan.splits, self._plan.groups, self._rules, shares)
        return shares.T

    def _require(self, matrix: Doubles) -> None:
        if matrix.ndim != 2 or matrix.shape[1] != self.features:  # noqa: PLR2004 - rows and features
            msg = f"the matrix has shape {matrix.shape}; the model takes {self.features} features per row."
            raise DataError(msg)


def _rules(longest: int) -> tuple[Doubles, Doubles, Integers]:
    """Return the quadratures for paths of 1, 2, ... features, one after the other, and where each begins."""
    rules = [quadrature(features) for features in range(1, longest + 1)]
    empty = np.empty(0)
    return (
        np.concatenate([empty, *(rule.node for rule in rules)]),
        np.concatenate([empty, *(rule.weight for rule in rules)]),
        np.cumsum([0, *(len(rule.node) for rule in rules)]),
    )
