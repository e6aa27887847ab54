"""Fits at once: the same results in the same order, and nothing of the process left changed."""

from __future__ import annotations

import threading
import warnings
from functools import partial

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_info

from pqlml.errors import NotEnoughDataError
from pqlml.model.binary import SMALL_ROWS
from pqlml.model.linear import LinearClassifier
from pqlml.model.side_by_side import side_by_side


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def fitted(seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(200, 5))
    return LinearClassifier().fit(matrix, matrix[:, 0] > 0).coef_


def test_results_come_in_the_order_of_the_tasks_and_equal_those_made_alone() -> None:
    before, filters = blas_threads(), list(warnings.filters)
    found = side_by_side([partial(fitted, seed) for seed in range(6)], 200)
    assert [each.tolist() for each in found] == [fitted(seed).tolist() for seed in range(6)]
    assert blas_threads() == before
    assert warnings.filters == filters


def test_few_rows_are_fitted_at_once_and_many_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    met = threading.Barrier(2, timeout=20)
    assert sorted(side_by_side([met.wait, met.wait], SMALL_ROWS)) == [0, 1], "each waits until the other has begun"
    caller = threading.current_thread()
    assert side_by_side([threading.current_thread] * 2, SMALL_ROWS + 1) == [caller, caller]


def test_a_failure_is_told_and_a_stop_of_the_solver_is_not() -> None:
    def alone() -> None:
        LinearClassifier().fit(np.ones((20, 1)), np.zeros(20))

    def stopped() -> None:
        warnings.warn("stopped early", ConvergenceWarning, stacklevel=1)

    with pytest.raises(NotEnoughDataError):
        side_by_side([stopped, alone], 20)
