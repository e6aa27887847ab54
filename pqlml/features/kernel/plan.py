"""What the features need counted: sets of events, and classes of events that the sets tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pqlml.features.kernel.counting import Counting, is_counted, make_counting
from pqlml.features.kernel.exact import Flags
from pqlml.features.kernel.layout import Layout
from pqlml.features.kernel.memberships import Memberships, memberships_of
from pqlml.features.spec import Feature


@dataclass(frozen=True)
class Plan:
    """The features that are computed together, and the sets of events that they are about, numbered.

    An event's *class* is its code if some feature names the event; all others form class 0.

    Attributes
    ----------
    sets
        Events (null = every event) -> number of the set.
    chosen
        Set x class: whether events of the class belong to the set.
    counted, timed
        The sets whose events are counted, and those whose first and last times are asked for.
    counting
        What is counted of the former.
    """

    features: tuple[Feature, ...]
    layout: Layout
    sets: Mapping[tuple[str, ...] | None, int]
    chosen: Flags
    counted: Memberships
    timed: Memberships
    counting: Counting


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

    counted = memberships_of(filter(is_counted, features), chosen, numbers)
    timed = memberships_of((one for one in features if one.aggregate in {"recency", "first"}), chosen, numbers)
    return Plan(tuple(features), layout, numbers, chosen, counted, timed, make_counting(features, counted))


def named_events(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return every event that some feature names."""
    return tuple(dict.fromkeys(name for feature in features for name in feature.events or ()))
