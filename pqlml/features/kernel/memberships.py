"""Which sets of events each class of events belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from pqlml.features.kernel.exact import Flags, Integers
from pqlml.features.spec import Feature


@dataclass(frozen=True)
class Memberships:
    """The sets of events of some features.

    Every event is no set here: what is asked of it needs no classes.

    Attributes
    ----------
    sets
        Events -> number of the set among these.
    sets_from, sets_of
        The sets of class ``c`` are ``sets_of[sets_from[c]:sets_from[c + 1]]``.
    """

    sets: Mapping[tuple[str, ...], int]
    sets_from: Integers
    sets_of: Integers

    def of(self, feature: Feature) -> int:
        """Return the number of the feature's set; it is not every event."""
        return self.sets[feature.events or ()]


def memberships_of(
    features: Iterable[Feature], chosen: Flags, numbers: Mapping[tuple[str, ...] | None, int]
) -> Memberships:
    """Return the sets of these features.

    Parameters
    ----------
    chosen
        Set x class: whether events of the class belong to the set.
    numbers
        Events -> place in ``chosen``.
    """
    mine = list(dict.fromkeys(feature.events for feature in features if feature.events is not None))
    belongs = chosen[np.array([numbers[events] for events in mine], np.int64)]
    return Memberships(
        sets={events: number for number, events in enumerate(mine)},
        sets_from=np.concatenate([[0], belongs.sum(axis=0).cumsum()]).astype(np.int64),
        sets_of=np.nonzero(belongs.T)[1].astype(np.int64),
    )
