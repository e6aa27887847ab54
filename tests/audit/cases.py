"""Small cases for checks: a few hundred rows whose label is known, and columns to hold against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pqlml.audit.case import Case
from pqlml.audit.columns import read_column
from pqlml.audit.records import Look, NotApplicable, Suspicion

ROWS = 600
CHANCE = np.random.default_rng(7)
WINS: npt.NDArray[np.bool_] = CHANCE.permutation(np.arange(ROWS) < ROWS // 5)
"""A fifth of the rows converts, in no order."""
NOISE: npt.NDArray[np.float64] = np.random.default_rng(8).normal(size=ROWS)
CUTOFF = np.datetime64("2026-03-01", "us")


def case(
    columns: dict[str, Any], *, label: npt.ArrayLike = WINS, entity: npt.ArrayLike | None = None, **more: Any
) -> Case:
    """Return a case of one row per entity unless numbers of entities are given."""
    wins = np.asarray(label, bool)
    who = np.arange(len(wins)) if entity is None else np.asarray(entity, np.int64)
    ids = np.array([f"e{name}" for name in np.random.default_rng(1).permutation(int(who.max()) + 1)], dtype=object)
    read = {name: read_column(pd.Series(values), name) for name, values in columns.items()}
    return Case(columns=read, label=wins, entity=who, ids=ids, **more)


def timed(columns: dict[str, Any], **more: Any) -> Case:
    """Return a case whose rows all have the same cutoff."""
    return case(columns, cutoff=np.full(ROWS, CUTOFF), **more)


def found(look: Look, looked_at: Case) -> dict[str, Suspicion]:
    """Let a check look, and return what it found by column."""
    told = look(looked_at)
    assert not isinstance(told, NotApplicable), told.reason
    assert isinstance(told, Sequence)
    return {one.column: one for one in told}


def why_not(look: Look, looked_at: Case) -> str:
    """Return why a check could not look."""
    told = look(looked_at)
    assert isinstance(told, NotApplicable)
    return told.reason


def tells(wins: npt.NDArray[np.bool_], apart: float, seed: int = 0) -> npt.NDArray[np.float64]:
    """Return a number that is so many standard deviations higher for winners."""
    drawn: npt.NDArray[np.float64] = np.random.default_rng(seed).normal(size=len(wins)) + apart * wins
    return drawn


def either(condition: npt.NDArray[np.bool_], yes: Any, no: Any) -> Any:
    """Choose row by row, also between a value and none."""
    return np.where(condition, yes, no)
