"""What pairs are computed from: the past added up, and the newer records of each entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import Integers, decimals
from pqlml.features.kernel.layout import Layout
from pqlml.features.store.loops import ENTITY, Amounts, Newer
from pqlml.features.store.manifest import Manifest
from pqlml.features.store.names import Names
from pqlml.features.store.parts import newer_of, read_records
from pqlml.features.store.past import Tallies


@dataclass(frozen=True)
class History:
    """Everything that is known of the entities.

    Attributes
    ----------
    tallies
        The past.
    newer, amounts
        The newer records, and their properties as decimals.
    entities, events
        Names and numbers.
    """

    layout: Layout
    tallies: Tallies
    newer: Newer
    amounts: Mapping[str, Amounts]
    entities: Names
    events: Names


def amounts_of(records: Integers, layout: Layout) -> Mapping[str, Amounts]:
    """Return the properties of records as decimals."""
    places = {name: layout.property_position(name) for name in layout.properties}
    return {
        name: Amounts(*decimals(np.ascontiguousarray(records[:, place]).view(np.float64)))
        for name, place in places.items()
    }


def newer_records(folder: Path, manifest: Manifest, width: int) -> list[Integers]:
    """Return the records that are not added up yet, part by part."""
    found = [newer_of(part, read_records(folder, part)) for part in manifest.parts if part.open]
    return [np.empty((0, width), np.int64), *found]


def by_entity(parts: Sequence[Integers], entities: int) -> Newer:
    """Return the records of all parts by entity."""
    records = np.concatenate(parts)
    begin = np.concatenate([[0], np.bincount(records[:, ENTITY], minlength=entities).cumsum()]).astype(np.int64)
    return Newer(begin, _grouped(records, begin))


@compiled
def _grouped(records: Integers, begin: Integers) -> Integers:
    free = begin[:-1].copy()
    found = np.empty_like(records)
    for row in range(len(records)):
        place = free[records[row, ENTITY]]
        free[records[row, ENTITY]] += 1
        for column in range(records.shape[1]):
            found[place, column] = records[row, column]
    return found
