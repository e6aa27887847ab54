"""Which event ids are known, and since when: so that a repeated event is recognised without reading old ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from pqlml.features.kernel.compiled import compiled
from pqlml.features.kernel.exact import NULL, Integers, Unsigned
from pqlml.features.store.numbering import Numbering
from pqlml.features.store.reading import open_array

_NEAR: Final = 16
"""So many places from where it is expected, a needle is looked for at first."""

Run = Integers
"""Two rows: fingerprints of ids, ascending as unsigned numbers, and since when each is known (microseconds)."""


class KnownIds:
    """Runs of ids, the longest first; an id is in one of them at most.

    Parameters
    ----------
    names
        The files of the runs.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder = folder
        self._runs: list[tuple[Run, str | None]] = [(open_array(folder / name), name) for name in names]

    def since(self, ids: Integers) -> Integers:
        """Return since when each id is known; ``NULL`` where it is not."""
        needles, back = np.unique(ids.view(np.uint64), return_inverse=True)
        since = np.full(len(needles), NULL)
        for run, _ in self._runs:
            known = _unsigned(run)
            if len(known):
                place = _find_all(known, needles)
                since = np.where(place >= 0, run[1][place], since)
        result: Integers = since[back]
        return result

    def add(self, ids: Integers, known_at: Integers) -> None:
        """Note new ids; runs are merged so that each is at least twice as long as the next."""
        if not len(ids):
            return
        order = np.argsort(ids.view(np.uint64), kind="stable")
        newest: Run = np.stack([ids[order], known_at[order]])
        while self._runs and self._runs[-1][0].shape[1] < 2 * newest.shape[1]:
            newest = _merged(self._runs.pop()[0], newest)
        self._runs.append((newest, None))

    def drop(self, ids: Integers) -> None:
        """Forget ids."""
        for place, (run, _) in enumerate(self._runs):
            hit = np.isin(run[0], ids)
            if hit.any():
                self._runs[place] = (np.compress(~hit, run, axis=1), None)

    def write(self, numbering: Numbering) -> tuple[str, ...]:
        """Write the runs that changed; return the files of all."""
        self._runs = [(run, name) for run, name in self._runs if run.shape[1]]
        for place, (run, name) in enumerate(self._runs):
            if name is None:
                file = numbering.file("ids", ".npy")
                np.save(self._folder / file, run)
                self._runs[place] = (run, file)
        return tuple(str(name) for _, name in self._runs)


@compiled
def _find_all(known: Unsigned, needles: Unsigned) -> Integers:
    """Find the place of each needle among the known, -1 where it is not; both ascend.

    Fingerprints are spread evenly. So the distance from one needle to the next tells about how far to go, and what is
    looked at lies close together.
    """
    found = np.full(len(needles), -1)
    per_step = 2.0**64 / len(known)
    place, end, before = 0, len(known), np.uint64(0)  # whatever lies before the place is smaller than the needle
    for number in range(len(needles)):
        needle = needles[number]
        guess = min(place + int(float(needle - before) / per_step), end)
        if guess > place and known[guess - 1] >= needle:
            low, high, width = place, guess - 1, _NEAR
            while high - width > place and known[high - width] >= needle:
                high, width = high - width, 2 * width
            low = max(low, high - width)
        else:
            low, high, width = guess, end, _NEAR
            while low + width < end and known[low + width] < needle:
                low, width = low + width, 2 * width
            high = min(high, low + width)
        place, before = low + np.searchsorted(known[low:high], needle), needle
        if place < end and known[place] == needle:
            found[number] = place
    return found


def _merged(one: Run, other: Run) -> Run:
    both = np.concatenate([one, other], axis=1)
    return np.take(both, np.argsort(both[0].view(np.uint64), kind="stable"), axis=1)  # its rows stay contiguous


def _unsigned(run: Run) -> Unsigned:
    return np.ascontiguousarray(run[0]).view(np.uint64)
