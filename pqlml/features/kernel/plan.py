"""What the features need counted: sets of events, and classes of events that the sets tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pqlml.features.kernel.exact import Flags, Integers
from pqlml.features.kernel.layout import Layout
from pqlml.features.spec import Feature


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
    sets_from, sets_of
        The sets of class ``c`` are ``sets_of[sets_from[c]:sets_from[c + 1]]``.
    """

    layout: Layout
    sets: Mapping[tuple[str, ...] | None, int]
    chosen: Flags
    sets_from: Integers
    sets_of: Integers


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
    return Plan(
        layout=layout,
        sets={events: number for number, events in enumerate(sets)},
        chosen=chosen,
        sets_from=np.concatenate([[0], chosen.sum(axis=0).cumsum()]).astype(np.int64),
        sets_of=np.nonzero(chosen.T)[1].astype(np.int64),
    )


def named_events(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return every event that some feature names."""
    return tuple(dict.fromkeys(name for feature in features for name in feature.events or ()))
