from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from pqlml.audit.columns import read_column
from pqlml.audit.snapshots import Ahead, counts_ahead, following

ENTITIES, WEEKS, LAST = 300, 5, 4
Floats = npt.NDArray[np.float64]


@functools.cache
def days() -> Floats:
    """Events per entity and day: five weeks before the first cutoff, and a week after each of four."""
    chance = np.random.default_rng(5)
    pace = chance.gamma(0.6, 0.5, (ENTITIES, 1)) * chance.gamma(3, 1 / 3, (ENTITIES, 7 * (WEEKS + LAST)))
    return chance.poisson(pace).astype(np.float64)


def counted(before: int | None, after: int = 0) -> Floats:
    """Count from so many days before each of four weekly cutoffs to so many after it; entity by entity."""
    starts = [7 * (WEEKS + number) for number in range(LAST)]
    made = [days()[:, (0 if before is None else at - before) : at + after].sum(axis=1) for at in starts]
    return np.stack(made, axis=1).ravel()


ENTITY = np.repeat(np.arange(ENTITIES), LAST).astype(np.int64)
CUTOFF = np.tile(np.datetime64("2026-03-02", "us") + np.arange(LAST) * np.timedelta64(7, "D"), ENTITIES)


def honest() -> dict[str, Floats]:
    return {"ever": counted(None), **{f"days_{width}": counted(width) for width in (3, 7, 14, 28)}}


def examined(columns: dict[str, Floats], *, order: npt.NDArray[np.intp] | None = None) -> list[Ahead]:
    rows = np.arange(len(ENTITY)) if order is None else order
    read = {name: read_column(pd.Series(values[rows]), name) for name, values in columns.items()}
    return counts_ahead(read, ENTITY[rows], CUTOFF[rows], suspected=list(read))


def test_windows_that_end_at_the_cutoff_are_not_accused_by_longer_ones() -> None:
    assert examined(honest()) == []
    kinds = {"half": np.floor(counted(28) / 2), "flag": (counted(14) > 0).astype(float), "log": np.log1p(counted(7))}
    assert examined(honest() | kinds) == []


@pytest.mark.parametrize(
    "leak",
    [
        counted(7, 3),
        np.log1p(counted(7, 3)),
        counted(7, 3) / 7,
        (counted(7, 7) > 0).astype(float),
    ],
    ids=["count", "logarithm", "per day", "happened"],
)
def test_a_window_that_ends_after_the_cutoff_is_found_by_what_the_total_gained(leak: Floats) -> None:
    (ahead,) = examined(honest() | {"leak": leak})
    assert (ahead.column, ahead.twin, ahead.total) == ("leak", "days_7", "ever")
    assert ahead.broken == 0
    assert ahead.above > ahead.expected >= 10


def test_rows_in_another_order_tell_the_same() -> None:
    columns = honest() | {"leak": counted(7, 3)}
    shuffled = np.random.default_rng(1).permutation(len(ENTITY))
    (one,), (other,) = examined(columns), examined(columns, order=shuffled)
    assert (one.above, one.broken) == (other.above, other.broken)


def test_without_a_total_nothing_can_be_told() -> None:
    columns = honest() | {"leak": counted(7, 3)}
    del columns["ever"]
    assert examined(columns) == []


def test_the_next_snapshot_is_that_of_the_same_entity_at_a_later_cutoff() -> None:
    entity = np.array([1, 0, 1, 0, 1], np.int64)
    cutoff = np.array(["2026-02-01", "2026-01-01", "2026-01-01", "2026-01-01", "2026-03-01"], "datetime64[us]")
    now, later = following(entity, cutoff)
    assert list(zip(now.tolist(), later.tolist(), strict=True)) == [(2, 0), (0, 4)]
