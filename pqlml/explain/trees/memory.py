"""Shares of earlier runs, on disk: what has not changed since is looked up, not explained again.

A row is known if its values are those of an earlier row, or if no split of the model tells the two apart: an account
that is a day older mostly is the same account to the model. What is looked up is what would be computed, bit for bit.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pqlml.explain.trees.explainer import TreeExplainer
from pqlml.explain.trees.fingerprints import Fingerprints, of_codes, of_values
from pqlml.explain.trees.forest import Doubles, Integers
from pqlml.explain.trees.pieces import in_pieces
from pqlml.features.kernel.compiled import compiled

MOST_PARTS = 16
"""So many runs may add to a memory before what the newest did not use is dropped."""
_PIECE_ROWS = 4_096
_MODEL = "model-2"
"""Named for the form in which a prepared model is kept."""


@dataclass(frozen=True)
class Recalled:
    """Shares of some rows, and how many of them had to be explained.

    Attributes
    ----------
    shares
        Of shape (rows, features).
    explained
        Rows that no earlier run knew; those that the model cannot tell apart count once.
    """

    shares: Doubles
    explained: int


@dataclass(frozen=True)
class _Part:
    """What one run added.

    Attributes
    ----------
    values, place
        Fingerprints of rows by their values, and where their shares stand, counted through all parts.
    codes, shares
        Fingerprints of rows by their codes, and their shares.
    """

    values: Fingerprints
    place: Integers
    codes: Fingerprints
    shares: Doubles

    def save(self, folder: Path) -> None:
        """Write aside, then rename: readers see a part whole or not at all."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix="new-"))
        for name, array in self.__dict__.items():
            np.save(aside / f"{name}.npy", array)
        aside.rename(folder)


class ShareMemory:
    """A folder that keeps the shares which one model gave to rows, and the prepared model.

    It holds numbers only, no ids, and may be deleted at any time. One process may write at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts = [_read(path) for path in self._paths()]

    def explainer(self, make: Callable[[], TreeExplainer]) -> TreeExplainer:
        """Return the prepared model, made and kept when it is not there yet."""
        kept = self.folder / _MODEL
        if not kept.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(dir=self.folder, prefix="new-"))
            make().save(aside)
            aside.rename(kept)
        return TreeExplainer.load(kept)

    def shares(self, explainer: TreeExplainer, matrix: Doubles) -> Recalled:
        """Return the shares of rows; explain only those that are new, and remember these.

        See :meth:`pqlml.explain.trees.explainer.TreeExplainer.shares` for the matrix.
        """
        values = np.empty((len(matrix), 2), np.uint64)

        def read(rows: slice) -> None:
            values[rows] = of_values(matrix[rows])

        in_pieces(read, len(matrix), _PIECE_ROWS)
        place = _look_up(self._all("values"), self._all("place"), values)
        unknown = np.flatnonzero(place < 0)
        codes = explainer.code(matrix[unknown])
        coded = of_codes(codes)
        known_codes = self._all("codes")
        place[unknown] = _look_up(known_codes, np.arange(len(known_codes)), coded)
        new = np.flatnonzero(place[unknown] < 0)
        different, first, number = np.unique(coded[new], axis=0, return_index=True, return_inverse=True)
        explained = explainer.shares_of_codes(np.ascontiguousarray(codes[:, new[first]]))
        place[unknown[new]] = len(known_codes) + number.ravel()
        self._add(_Part(values[unknown], place[unknown], different, explained))
        shares = self._gather(place, explainer.features)
        if len(self._parts) > MOST_PARTS:
            self._forget_all_but(values, place)
        return Recalled(shares, len(explained))

    def _paths(self) -> list[Path]:
        """Return the parts of the newest generation, oldest first."""
        found = sorted(path for path in self.folder.glob("part-*") if path.is_dir())
        newest = found[-1].name.split("-")[1] if found else ""
        return [path for path in found if path.name.split("-")[1] == newest]

    def _all(self, name: str) -> np.ndarray:
        empty = {"place": np.empty(0, np.int64)}.get(name, np.empty((0, 2), np.uint64))
        return np.concatenate([empty, *(getattr(part, name) for part in self._parts)])

    def _add(self, part: _Part) -> None:
        if len(part.values):
            generation = self._paths()[-1].name.split("-")[1] if self._parts else "000000"
            part.save(self.folder / f"part-{generation}-{len(self._parts):06}")
            self._parts.append(part)

    def _gather(self, place: Integers, features: int) -> Doubles:
        result = np.empty((len(place), features))
        first = np.cumsum([0, *(len(part.shares) for part in self._parts)])
        owner = np.searchsorted(first, place, side="right") - 1
        for number, part in enumerate(self._parts):
            mine = np.flatnonzero(owner == number)

            def copy(rows: slice, part: _Part = part, mine: Integers = mine, begin: int = int(first[number])) -> None:
                _copy(part.shares, place[mine[rows]] - begin, mine[rows], result)

            in_pieces(copy, len(mine), _PIECE_ROWS)
        return result

    def _forget_all_but(self, values: Fingerprints, place: Integers) -> None:
        """Begin a new generation with what the newest run used, and delete the old one."""
        old = self._paths()
        used, position = np.unique(place, return_inverse=True)
        shares = self._gather(used, self._parts[0].shares.shape[1])
        kept = _Part(values, position.astype(np.int64), self._all("codes")[used], shares)
        generation = int(old[-1].name.split("-")[1]) + 1
        kept.save(self.folder / f"part-{generation:06}-000000")
        self._parts = [kept]
        for path in old:
            shutil.rmtree(path)


def _read(path: Path) -> _Part:
    return _Part(*(np.load(path / f"{name}.npy", mmap_mode="r") for name in _Part.__dataclass_fields__))


def _look_up(known: Fingerprints, place: Integers, wanted: Fingerprints) -> Integers:
    """Return the place of each wanted fingerprint, or -1."""
    if not len(known):
        return np.full(len(wanted), -1)
    order = np.argsort(known[:, 0], kind="stable")
    found = order[np.minimum(np.searchsorted(known[:, 0], wanted[:, 0], sorter=order), len(known) - 1)]
    return np.where((known[found] == wanted).all(axis=1), place[found], -1)


@compiled
def _copy(shares: Doubles, places: Integers, rows: Integers, result: Doubles) -> None:
    for number in range(len(places)):
        for feature in range(shares.shape[1]):
            result[rows[number], feature] = shares[places[number], feature]
