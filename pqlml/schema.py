"""Table contracts: the canonical columns that every stage reads and writes."""

from __future__ import annotations

from typing import Final, Literal, get_args

Dimension = Literal["engagement", "team", "value", "upgrade", "fit"]
"""The five dimensions of a product-qualified lead."""
Unit = Literal["seconds", "minutes", "hours", "days", "weeks"]
"""In what a length of time is measured."""

DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

Tier = Literal["critical", "hot", "warm", "cold"]
"""Treatment tiers, best first."""
TIERS: Final[tuple[Tier, ...]] = get_args(Tier)

KEYS: Final = ("entity_id", "cutoff")
"""Key of every table with one row per (entity, instant): cutoffs, features, labels."""

EVENTS: Final = ("entity_id", "user_id", "event", "ts", "known_at", "event_id", "session_id")
"""Canonical event columns; numeric properties follow as ``p_<name>``, distinct-counted ones as ``d_<name>``."""

OUTCOMES: Final = ("entity_id", "stage", "ts", "known_at", "amount")
"""Canonical outcome columns: one row per stage change; ``amount`` is null where unknown."""

ENTITY_KEYS: Final = ("entity_id", "valid_from", "signup_at")
"""Canonical entity columns; attributes follow under their own names."""

KIND_SEPARATOR: Final = "\x1f"
"""Between an event's name and the signals that select it by its properties, in the events' column ``kind``."""

DropReason = Literal[
    "repeated",
    "not_in_entities",
    "not_signed_up",
    "excluded",
    "too_young",
    "too_old",
    "already_converted",
    "left",
    "immature",
]
"""Why an (entity, cutoff) pair has no label, in the order in which the reasons are tried."""
