"""Numbers for entities and events, given in the order of their arrival and never given twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from pqlml.features.kernel.exact import Integers
from pqlml.features.store.reading import reading


class Names:
    """Texts with numbers from ``first`` on; what was forgotten keeps its number, which then means nothing."""

    def __init__(self, texts: pa.Array, first: int) -> None:
        self.texts, self._first = texts, first
        self._places: dict[str, int] | None = None

    def __len__(self) -> int:
        """Return how many numbers were given."""
        return len(self.texts)

    def find(self, texts: pa.Array | pa.ChunkedArray) -> Integers:
        """Return the numbers of texts; -1 for a text that has none, and for null."""
        places = pc.index_in(texts, value_set=self.texts, skip_nulls=True)
        found: Integers = pc.fill_null(pc.add(pc.cast(places, pa.int64()), self._first), -1).to_numpy()
        return found

    def find_one(self, text: str) -> int:
        """Return the number of a text, -1 if it has none; the first call prepares the following ones."""
        if self._places is None:
            self._places = {name: place for place, name in enumerate(self.texts.to_pylist()) if name is not None}
        place = self._places.get(text)
        return -1 if place is None else place + self._first

    def with_new(self, texts: pa.Array | pa.ChunkedArray) -> Names:
        """Return the same names and those texts that have no number yet."""
        unknown = pc.is_in(texts, value_set=self.texts, skip_nulls=True)
        new = pc.unique(pc.filter(texts, pc.and_(pc.invert(unknown), pc.is_valid(texts))))
        new = new.combine_chunks() if isinstance(new, pa.ChunkedArray) else new
        return Names(pa.concat_arrays([self.texts, new.cast(pa.string())]), self._first) if len(new) else self

    def without(self, numbers: Integers) -> Names:
        """Forget the texts of some numbers."""
        if not len(numbers):
            return self
        gone = np.zeros(len(self.texts), np.bool_)
        gone[numbers - self._first] = True
        places = pa.array(np.arange(len(gone)), mask=gone)
        return Names(self.texts.take(places), self._first)  # leaves no byte of the others


def read_names(folder: Path, file: str | None, first: int) -> Names:
    """Read what :func:`write_names` wrote; no file means no names."""
    if file is None:
        return Names(pa.array([], pa.string()), first)
    with reading(folder / file), pa.ipc.open_file(pa.memory_map(str(folder / file))) as reader:
        return Names(reader.read_all()["name"].combine_chunks(), first)


def write_names(path: Path, names: Names) -> None:
    """Write names in the order of their numbers."""
    table = pa.table({"name": names.texts})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
