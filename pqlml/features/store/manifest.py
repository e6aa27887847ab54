"""What a state consists of: one JSON file names all others, and replacing it is what makes a change."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from pqlml.definition.parts import EventSource
from pqlml.features.kernel.exact import Flags, Integers
from pqlml.features.store.loops import KNOWN, TS
from pqlml.features.store.needs import Need
from pqlml.times import DAY_MICROSECONDS

FORMAT: Final = 1
"""Grows when files of older states can no longer be read."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def but(self, **changes: object) -> Self:
        """Return a copy with some changes."""
        return self.model_copy(update=changes)


class Boundary(_Told):
    """Up to where the past was added up.

    A row is past if it happened before ``at`` and was known by ``served_from``. So features are ready for all cutoffs
    from ``served_from`` on, whatever their windows, up to the longest one that is kept.
    """

    at: int
    served_from: int

    def is_past(self, records: Integers) -> Flags:
        """Tell for each record whether it is past."""
        past: Flags = (records[:, TS] < self.at) & (records[:, KNOWN] <= self.served_from)
        return past


class Part(_Told):
    """Rows that came together: a file of rows, and, until all of them are past, a file of records.

    ``first``, ``last`` and ``known`` are microseconds: the times of the earliest and the latest row, and when all were
    known. ``past`` is the boundary at which its rows were added up; null if that has not been done yet.
    """

    number: int
    rows: int
    first: int
    last: int
    known: int
    past: Boundary | None = None

    def ends_before(self, boundary: Boundary) -> bool:
        """Tell whether all rows are past."""
        return self.last < boundary.at and self.known <= boundary.served_from

    @property
    def open(self) -> bool:
        """Whether some row is not added up yet."""
        return self.past is None or not self.ends_before(self.past)

    @property
    def rows_file(self) -> str:
        """Name of the file of rows."""
        return f"rows-{self.number:06d}.parquet"

    @property
    def records_file(self) -> str:
        """Name of the file of records."""
        return f"records-{self.number:06d}.npy"


class Manifest(_Told):
    """All of a state.

    Attributes
    ----------
    source
        How the columns of the events are read; see :func:`reading`.
    horizon_days
        The longest window that is kept.
    reach_days
        How far cutoffs may lie behind the newest event.
    needs
        The tallies that are kept.
    boundary
        Up to where they reach; null before the first time.
    tallies
        Folder of the tallies.
    ids, entities, events
        Files of the event ids that are known, and of the names of entities and events.
    own_clock
        Whether most times lie before 1990, so that all of them count; null before the first events.
    watermark
        When the newest event became known, microseconds; later ones are new.
    counter
        The next number for a file.
    """

    format: int = FORMAT
    source: dict[str, Any]
    horizon_days: int
    reach_days: int
    needs: tuple[tuple[str, str | None, tuple[str, ...] | None], ...]
    boundary: Boundary | None = None
    parts: tuple[Part, ...] = ()
    tallies: str | None = None
    ids: tuple[str, ...] = ()
    entities: str | None = None
    events: str | None = None
    own_clock: bool | None = None
    watermark: int | None = None
    counter: int = 1

    @property
    def kept(self) -> tuple[Need, ...]:
        """The tallies that are kept, in the order of their files."""
        return tuple(Need.read(need) for need in self.needs)

    @property
    def files(self) -> frozenset[str]:
        """Everything that belongs to the state."""
        names = {name for part in self.parts for name in (part.rows_file, part.records_file if part.open else "")}
        names |= {*self.ids, self.tallies or "", self.entities or "", self.events or ""}
        return frozenset(names - {""})

    @property
    def rows(self) -> int:
        """Number of events."""
        return sum(part.rows for part in self.parts)


def reading(source: EventSource, observed_until: dt.datetime | None) -> dict[str, Any]:
    """Return what decides how events are read: states of other readings cannot be continued."""
    told = source.model_dump(mode="json", exclude={"path", "url", "table", "null_values"})
    for name in ("properties", "distinct"):
        told[name] = {key: measure["column"] for key, measure in told[name].items()}
    return {**told, "observed_until": None if observed_until is None else observed_until.isoformat()}


def whole_days(instant: int) -> int:
    """Return the instant's midnight before."""
    return instant // DAY_MICROSECONDS * DAY_MICROSECONDS
