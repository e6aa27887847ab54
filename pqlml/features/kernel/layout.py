"""Which columns of the events are needed, and where they stand in a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pqlml.features.spec import PROPERTIES, Aggregate, Feature

DAY: Final = "day"
"""The one key that is no column: ``ts`` tells it."""

_KEYS: Final[dict[Aggregate, str]] = {
    "days": DAY,
    "users": "user_id",
    "events": "event",
    "sessions": "session_id",
    "session_minutes": "session_id",
    "top_share": "user_id",
}


@dataclass(frozen=True)
class Layout:
    """A record is one event as 64-bit integers.

    In this order: ``ts``, ``entity`` (its number), ``event`` (its code, from 1), ``known_at`` if some event was known
    late, the keys (fingerprints of texts, 0 = null), the properties (the bits of a double, NaN = null).

    Attributes
    ----------
    late
        Whether some event was known only after it happened.
    keys
        Columns of texts whose different values are counted.
    properties
        Columns of numbers.
    """

    late: bool
    keys: tuple[str, ...]
    properties: tuple[str, ...]

    @property
    def width(self) -> int:
        """Number of integers in a record."""
        return 3 + self.late + len(self.keys) + len(self.properties)

    @property
    def known_position(self) -> int:
        """Position of ``known_at``; -1 if no event was known late."""
        return 3 if self.late else -1

    def key_position(self, key: str) -> int:
        """Position of a key."""
        return 2 if key == "event" else 3 + self.late + self.keys.index(key)

    def property_position(self, name: str) -> int:
        """Position of a property."""
        return 3 + self.late + len(self.keys) + self.properties.index(name)


def key_of(feature: Feature) -> str | None:
    """Return what the feature counts the different values of, if it does: a column of the events, or the day."""
    return f"d_{feature.source}" if feature.aggregate == "distinct" else _KEYS.get(feature.aggregate)


def layout_for(features: Sequence[Feature], *, late: bool) -> Layout:
    """Return the columns that the features need."""
    keys = dict.fromkeys(key for key in map(key_of, features) if key is not None and key not in (DAY, "event"))
    properties = dict.fromkeys(f"p_{feature.source}" for feature in features if feature.aggregate in PROPERTIES)
    return Layout(late, tuple(keys), tuple(properties))
