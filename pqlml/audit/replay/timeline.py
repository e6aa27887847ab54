"""Events of the audited entities on one line, so that any window around any cutoff is counted by two look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pqlml.audit.columns import Codes, Floats
from pqlml.times import DAY_MICROSECONDS

Micros = npt.NDArray[np.int64]

_LONGEST = 30 * 366 * DAY_MICROSECONDS
"""Older events count as that old: no window but the whole history reaches further back."""
MOST_ENTITIES = 4_096
"""So many entities times so long a history still fit one whole number."""


@dataclass(frozen=True)
class Axis:
    """Entity and instant as one number, ordered by entity, then by instant.

    Attributes
    ----------
    low, high
        Instants (microseconds) that lie before and after whatever is asked for.
    """

    low: int
    high: int

    @classmethod
    def around(cls, instants: Micros) -> Axis:
        """Return an axis on which these instants, and the years before the last, can be told apart."""
        high = int(instants.max()) + 1
        return cls(max(int(instants.min()) - 1, high - _LONGEST), high)

    def place(self, entity: Codes, instant: Micros) -> Codes:
        """Return the place of each instant of each entity."""
        return entity * np.int64(self.high - self.low + 1) + (np.clip(instant, self.low, self.high) - self.low)


@dataclass(frozen=True)
class Timeline:
    """Occurrences of one event (or of all events), in the order of their places on the axis.

    Attributes
    ----------
    event
        Null means all events together.
    entity, ts
        Whose each occurrence is, and when (microseconds).
    amounts
        Property -> its running sum, starting with 0, so one longer than ``ts``.
    """

    event: str | None
    axis: Axis
    entity: Codes
    ts: Micros
    amounts: Mapping[str, Floats]

    @cached_property
    def _places(self) -> Codes:
        return self.axis.place(self.entity, self.ts)

    def before(self, entity: Codes, instant: Micros) -> Codes:
        """Count, per row, the occurrences of all entities in order up to those of its entity before the instant."""
        return np.searchsorted(self._places, self.axis.place(entity, instant), side="left")

    def last(self, entity: Codes, end: Micros) -> Floats:
        """Return the instant of the last occurrence before ``end`` per row; NaN where there is none."""
        position = self.before(entity, end)
        there = position > self.before(entity, np.full(len(entity), self.axis.low))
        found = np.full(len(entity), np.nan)
        found[there] = self.ts[position[there] - 1]
        return found

    @cached_property
    def daily(self) -> Timeline:
        """One occurrence per entity and UTC day, at its midnight."""
        midnight = self.ts - self.ts % DAY_MICROSECONDS
        _, first = np.unique(self.axis.place(self.entity, midnight), return_index=True)
        return Timeline(self.event, self.axis, self.entity[first], midnight[first], {})
