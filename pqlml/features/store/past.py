"""The past, added up: from records to tallies, and back to disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from pqlml.features.kernel.exact import NULL, Flags, Integers, decimals
from pqlml.features.kernel.layout import DAY, Layout
from pqlml.features.store.loops import ENTITY, EVENT, TS
from pqlml.features.store.names import Names
from pqlml.features.store.needs import Need
from pqlml.features.store.reading import open_array
from pqlml.features.store.tallies import RULES, Tally, empty, merge, tally
from pqlml.times import DAY_MICROSECONDS

Tallies = Mapping[Need, Tally]


def nothing(needs: Iterable[Need]) -> Tallies:
    """Return tallies of no events."""
    return {need: empty(need.kind) for need in needs}


def add_up(needs: Iterable[Need], records: Integers, layout: Layout, entities: int, events: Names) -> Tallies:
    """Make the tallies of some records.

    Parameters
    ----------
    entities
        How many entities have numbers.
    events
        The names of events, by which needs choose.
    """
    return {need: _tally_of(need, records, layout, entities, events) for need in needs}


def merged(one: Tallies, other: Tallies) -> Tallies:
    """Make one of two."""
    return {need: merge(need.kind, one[need], other[need]) for need in one}


def write_tallies(folder: Path, needs: Sequence[Need], tallies: Tallies) -> None:
    """Write tallies into a new folder, one file per column, under the numbers of their needs."""
    folder.mkdir()
    for number, need in enumerate(needs):
        start, key, columns = tallies[need]
        for name, column in zip(_file_names(number, need), (start, key, *columns), strict=True):
            np.save(folder / name, column)


def read_tallies(folder: Path, needs: Sequence[Need]) -> Tallies:
    """Open what :func:`write_tallies` wrote; columns are read when they are looked at."""
    found = {}
    for number, need in enumerate(needs):
        start, key, *columns = (open_array(folder / name) for name in _file_names(number, need))
        found[need] = Tally(start, key, tuple(columns))
    return found


def _file_names(number: int, need: Need) -> list[str]:
    return [f"{number:03d}-{part}.npy" for part in ("start", "key", *range(len(RULES[need.kind])))]


def _tally_of(need: Need, records: Integers, layout: Layout, entities: int, events: Names) -> Tally:
    if need.events is not None:
        records = records[_chosen(need.events, events)[records[:, EVENT]]]
    entity, ts = records[:, ENTITY], records[:, TS]
    match need.kind:
        case "totals":
            return tally("totals", entity, records[:, EVENT], [np.ones_like(ts), ts, ts], entities)
        case "sums":
            place = layout.property_position(str(need.column))
            high, low = decimals(np.ascontiguousarray(records[:, place]).view(np.float64))
            some = high != NULL
            columns = [low.view(np.int64)[some], high[some], np.ones(int(some.sum()), np.int64)]
            return tally("sums", entity[some], records[some, EVENT], columns, entities)
        case _:
            value = ts // DAY_MICROSECONDS if need.column == DAY else records[:, layout.key_position(str(need.column))]
            some = np.ones(len(value), np.bool_) if need.column == DAY else value != 0
            columns = [ts[some], ts[some]] if need.kind == "sessions" else []
            return tally(need.kind, entity[some], value[some], columns, entities)


def _chosen(names: tuple[str, ...], events: Names) -> Flags:
    """Tell for each code (from 0 on) whether it stands for one of the events."""
    chosen = np.zeros(len(events) + 1, np.bool_)
    codes = [events.find_one(name) for name in names]
    chosen[[code for code in codes if code >= 0]] = True
    return chosen
