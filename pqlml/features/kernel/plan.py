"""What the features need counted: sets of events, and classes of events that the sets tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pqlml.features.kernel.exact import Flags, Integers
from pqlml.features.kernel.layout import Layout
from pqlml.features.spec import Aggregate, Feature


@dataclass(frozen=True)
class Memberships:
    """Some sets of events, and to which of them each class belongs.

    Attributes
    ----------
    sets
        Events (null = every event) -> number of the set among these.
    sets_from, sets_of
        The sets of class ``c`` are ``sets_of[sets_from[c]:sets_from[c + 1]]``.
    """

    sets: Mapping[tuple[str, ...] | None, int]
    sets_from: Integers
    sets_of: Integers

    @property
    def by_class(self) -> tuple[Integers, Integers]:
        """Both arrays."""
        return self.sets_from, self.sets_of


@dataclass(frozen=True)
class Plan:
    """Sets of events, numbered.

    An event's *class* is its code if some feature names the event; all others form class 0.

    Attributes
    ----------
    sets
        Events (null = every event) -> number of the set.
    chosen
        Set x class: whether events of the class belong to the set.
    counted, timed
        The sets whose events are counted, and those whose first and last times are asked for.
    """

    layout: Layout
    sets: Mapping[tuple[str, ...] | None, int]
    chosen: Flags
    counted: Memberships
    timed: Memberships


def make_plan(features: Sequence[Feature], layout: Layout, classes: Mapping[str, int]) -> Plan:
    """Return the plan for features of behaviour.

    Parameters
    ----------
    classes
        Event -> class (1, 2, ...) for each event of the data that some feature names.
    """
    sets = tuple(dict.fromkeys(feature.events for feature in features))
    chosen = np.zeros((len(sets), len(classes) + 1), dtype=np.bool_)
    for number, events in enumerate(sets):
        chosen[number, slice(None) if events is None else [classes[name] for name in events if name in classes]] = True
    numbers = {events: number for number, events in enumerate(sets)}

    def memberships(*aggregates: Aggregate) -> Memberships:
        mine = list(dict.fromkeys(feature.events for feature in features if feature.aggregate in aggregates))
        belongs = chosen[[numbers[events] for events in mine]]
        return Memberships(
            sets={events: number for number, events in enumerate(mine)},
            sets_from=np.concatenate([[0], belongs.sum(axis=0).cumsum()]).astype(np.int64),
            sets_of=np.nonzero(belongs.T)[1].astype(np.int64),
        )

    return Plan(layout, numbers, chosen, memberships("count", "trend"), memberships("recency", "first"))


def named_events(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return every event that some feature names."""
    return tuple(dict.fromkeys(name for feature in features for name in feature.events or ()))
