"""What was found when a column was computed anew as of the cutoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from pqlml.audit.columns import Bools, Codes
from pqlml.audit.replay.library import Reach

Verdict = Literal["confirmed", "sees too much", "differs", "open"]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class KeyedRows:
    """The audited rows as far as the tables need them.

    Attributes
    ----------
    entity
        Number of each row's entity; ``ids`` holds what it is called in the tables.
    horizon_days
        Days from the cutoff to the end of the label window: one more place where windows may wrongly end.
    """

    ids: npt.NDArray[np.object_]
    entity: Codes
    cutoff: npt.NDArray[np.datetime64]
    label: Bools
    horizon_days: tuple[float, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Told:
    """The verdict on one column.

    Attributes
    ----------
    honest
        What its value as of the cutoff is, in words.
    verdict
        ``confirmed``: equal on every row. ``sees too much``: it is what ``wrong`` says instead. ``differs``: it should
        be ``honest`` by its name, and is not, for no reason that was found. ``open``: nothing like it was found.
    reach, wrong
        How far it sees, and in words what it is, where it sees too much.
    rows
        Positions of the rows that were compared.
    differs
        For each of them, whether the column is not the value as of the cutoff.
    exact
        Whether ``wrong`` gives the column value by value, rather than being followed closely.
    late
        For each of them, whether the value was not known at all as of the cutoff; attributes only.
    """

    column: str
    verdict: Verdict
    honest: str
    rows: Positions
    differs: Bools
    reach: Reach | Literal["attribute"] | None = None
    wrong: str = ""
    exact: bool = False
    late: Bools | None = None


@dataclass(frozen=True)
class Replay:
    """Verdicts by column, and why there are none of a kind.

    Attributes
    ----------
    told
        Column -> verdict; columns that resemble nothing have none.
    no_events, no_versions
        Why behaviour, or attributes, could not be computed anew; null if they could.
    """

    told: Mapping[str, Told]
    no_events: str | None = None
    no_versions: str | None = None

    @cached_property
    def confirmed(self) -> frozenset[str]:
        """Columns that equal their value as of the cutoff."""
        return frozenset(name for name, told in self.told.items() if told.verdict == "confirmed")
