"""Parts: rows that came together, in files that never change."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pqlml.features.kernel.exact import Integers
from pqlml.features.store.loops import ENTITY, KNOWN, TS
from pqlml.features.store.manifest import Boundary, Part
from pqlml.features.store.numbering import Numbering
from pqlml.features.store.reading import open_array, reading
from pqlml.times import DAY_MICROSECONDS
from pqlml.warehouse import LocalWarehouse

PART_ROWS: Final = 20_000
"""So many rows make a part of their own, and smaller ones are joined when they are past; a part ends with a day."""

_ALL_DIFFERENT: Final = frozenset({"event_id", "ts", "known_at"})
"""Columns of which a dictionary would take time and save nothing."""


def write_parts(folder: Path, rows: pa.Table, records: Integers, numbering: Numbering) -> list[Part]:
    """Write rows and their records, cut at days, each part by entity and time."""
    return [
        write_part(folder, rows.take(pa.array(places)), records[places], None, numbering) for places in _cut(records)
    ]


def write_part(folder: Path, rows: pa.Table, records: Integers, past: Boundary | None, numbering: Numbering) -> Part:
    """Write one part; records only if one of them is not past."""
    part = Part(
        number=numbering.number(),
        rows=rows.num_rows,
        first=int(records[:, TS].min()),
        last=int(records[:, TS].max()),
        known=int(records[:, KNOWN].max()),
        past=past,
    )
    _write_rows(folder / part.rows_file, rows)
    numbering.named.add(part.rows_file)
    if part.open:
        np.save(folder / part.records_file, records)
        numbering.named.add(part.records_file)
    return part


def _write_rows(file: Path, rows: pa.Table) -> None:
    repeating = [name for name in rows.column_names if name not in _ALL_DIFFERENT]
    pq.write_table(rows, file, compression="zstd", compression_level=1, use_dictionary=repeating)


def read_rows(folder: Path, part: Part) -> pa.Table:
    """Read all rows of a part."""
    with reading(folder / part.rows_file):
        return pq.read_table(folder / part.rows_file)


def read_records(folder: Path, part: Part) -> Integers:
    """Open the records of a part."""
    return open_array(folder / part.records_file)


def newer_of(part: Part, records: Integers) -> Integers:
    """Return those of a part's records that are not added up yet."""
    if part.past is None or part.first >= part.past.at:
        return records
    return records[~part.past.is_past(records)]


def small_neighbours(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Yield groups of closed parts that are to become one each."""
    group: list[Part] = []
    for part in parts:
        if part.open or part.rows >= PART_ROWS:
            continue
        group.append(part)
        if sum(one.rows for one in group) >= PART_ROWS:
            yield group
            group = []


def join_parts(folder: Path, group: Sequence[Part], numbering: Numbering) -> Part:
    """Write one part out of several closed ones."""
    rows = pa.concat_tables(read_rows(folder, part) for part in group)
    joined = Part(
        number=numbering.number(),
        rows=rows.num_rows,
        first=min(part.first for part in group),
        last=max(part.last for part in group),
        known=max(part.known for part in group),
        past=max((part.past for part in group if part.past is not None), key=lambda past: past.at),
    )
    _write_rows(folder / joined.rows_file, rows)
    numbering.named.add(joined.rows_file)
    return joined


def _cut(records: Integers) -> Iterator[Integers]:
    """Yield the places of each part's records."""
    day = records[:, TS] // DAY_MICROSECONDS
    days, counts = np.unique(day, return_counts=True)
    ends, rows = [], 0
    for number, count in zip(days, counts, strict=True):
        rows += count
        if rows >= PART_ROWS:
            ends.append(number)
            rows = 0
    part = np.searchsorted(np.array(ends, np.int64), day)
    order = np.lexsort((records[:, TS], records[:, ENTITY], part))
    bounds = np.searchsorted(part[order], np.arange(len(ends) + 2))
    for begin, end in itertools.pairwise(bounds):
        if end > begin:
            yield order[begin:end]


def stored_rows(warehouse: LocalWarehouse, folder: Path, parts: Sequence[Part]) -> ir.Table:
    """Return all rows of some parts, of which there is at least one, with ``file`` and ``position``."""
    files = [folder / part.rows_file for part in parts]
    for file in files:
        with reading(file):
            file.stat()
    return warehouse.read_files(files)
