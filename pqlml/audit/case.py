"""The case before the audit: rows, labels, and whatever else is there to hold them against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pqlml.audit.columns import Bools, Codes, Column
from pqlml.audit.folds import some_entities
from pqlml.audit.replay import Replay
from pqlml.audit.snapshots import Ahead, counts_ahead, following
from pqlml.audit.strength import Strength, strengths
from pqlml.audit.suspects import Suspect, find_suspect

Instants = npt.NDArray[np.datetime64]
Positions = npt.NDArray[np.intp]

MOST_SNAPSHOTS = 20_000
"""Snapshots are compared with the next ones on so many rows at most."""
FEWEST_CONVERSIONS = 20
"""With fewer, nothing can be told from figures."""


@dataclass(frozen=True)
class Earlier:
    """The same columns in an earlier extract, for the rows that both have.

    Attributes
    ----------
    rows
        Positions of the audited rows that the earlier extract has too.
    columns
        What the earlier extract holds for them, in the same order.
    """

    rows: Positions
    columns: Mapping[str, Column]


@dataclass(frozen=True)
class Case:
    """Everything that checks may look at.

    Attributes
    ----------
    columns
        Name -> column, for every column that could be a feature.
    label
        Whether each row converts.
    entity
        Number of each row's entity, 0, 1, ...; ``ids`` holds what it is called.
    cutoff, converted_at
        Instants per row (zone-less UTC, NaT = none); null where the table has no such times.
    parts
        Row positions to fit on and to judge on, for each fold of a split; null where none was given.
    forward
        Whether that split is known to go forward in time, without windows that overlap.
    replay
        The tables, to compute columns anew as of the cutoff; null where there are none.
    proven
        Columns that the toolkit itself computed from events before the cutoff.
    ignored
        Columns that the definition ignores.
    built
        Columns that the toolkit itself has just built from the tables. Where there are any, the audit is brief: figures
        of ``proven`` columns are not looked at.
    """

    columns: Mapping[str, Column]
    label: Bools
    entity: Codes
    ids: npt.NDArray[np.object_]
    cutoff: Instants | None = None
    converted_at: Instants | None = None
    parts: tuple[tuple[Positions, Positions], ...] | None = None
    forward: bool = False
    earlier: Earlier | None = None
    replay: Replay | None = None
    window: dt.timedelta | None = None
    proven: Collection[str] = ()
    ignored: Collection[str] = ()
    built: Collection[str] = ()
    seed: int = 0

    @property
    def conversions(self) -> int:
        """Number of rows that convert."""
        return int(self.label.sum())

    @cached_property
    def base_rate(self) -> float:
        """Conversion rate of all rows."""
        return float(self.label.mean())

    @cached_property
    def strengths(self) -> Mapping[str, Strength]:
        """What each examined column does alone; see :mod:`pqlml.audit.strength`."""
        left_out = frozenset(self.proven) if self.built else frozenset[str]()
        return strengths(self.columns, self.label, self.entity, self.seed, left_out=left_out)

    @cached_property
    def suspects(self) -> Mapping[str, Suspect]:
        """Columns that alone tell winners from others better than an honest column can."""
        found = {
            name: find_suspect(self.columns[name], strength, self.label, self.entity, proven=name in self.point_in_time)
            for name, strength in self.strengths.items()
        }
        return {name: suspect for name, suspect in found.items() if suspect is not None}

    @cached_property
    def has_next_snapshots(self) -> bool:
        """Whether some entity has a row at a later cutoff, too."""
        return self.cutoff is not None and bool(len(following(self.entity, self.cutoff).now))

    @cached_property
    def ahead(self) -> Sequence[Ahead]:
        """Counts that contain what came after their cutoff, by the next snapshot of the same entity.

        Those whose values were found to be, or not to be, those of the cutoff need no such evidence.
        """
        told = self.replay.told if self.replay is not None else {}
        unsettled = [name for name in self.columns if name not in self.point_in_time and name not in told]
        if self.cutoff is None or not self.has_next_snapshots or not unsettled:
            return ()
        rows = some_entities(self.entity, MOST_SNAPSHOTS, self.seed)
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        return counts_ahead(columns, self.entity[rows], self.cutoff[rows], suspected=unsettled, seed=self.seed)

    @cached_property
    def point_in_time(self) -> frozenset[str]:
        """Columns whose values are those of the cutoff: found to be, or built so."""
        if self.replay is None:
            return frozenset(self.proven)
        built = frozenset(self.built) if self.replay.no_versions is None else frozenset[str]()
        return frozenset(self.proven) | built | self.replay.confirmed

    @property
    def too_few(self) -> str | None:
        """Why nothing can be told from figures, or null if it can."""
        least = min(self.conversions, len(self.label) - self.conversions)
        if least >= FEWEST_CONVERSIONS:
            return None
        return f"{least} rows of the rarer outcome; figures need {FEWEST_CONVERSIONS}"
