"""What is wrong with a CSV file that the engine cannot read, in words that say where to look."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20


def csv_fault(path: Path) -> str | None:
    """Find the first thing that is wrong: the encoding, or a line with too few or too many values.

    Returns
    -------
    A sentence with the number of the line, or nothing if no fault is found. No value of the file is repeated.
    """
    try:
        with _opened(path) as file:
            lines = _decoded(file)
            header = next(lines, "").rstrip("\r\n")
            return _uneven(header, lines)
    except _NotUtf8 as fault:
        return str(fault)
    except csv.Error as error:
        return str(error)


def archive_fault(path: Path) -> str | None:
    """Tell whether a compressed file ends too early or is none; DuckDB reads what there is, and says nothing."""
    if path.suffix != ".gz":
        return None
    try:
        with gzip.open(path, "rb") as file:
            while file.read(_CHUNK):
                pass
    except (OSError, EOFError, zlib.error) as error:
        return f"the archive is incomplete or damaged ({error})"
    return None


def is_one_column(columns: tuple[str, ...]) -> bool:
    """Tell whether a header was not taken apart, because the lines below have other numbers of values."""
    return len(columns) == 1 and any(mark in columns[0] for mark in _DELIMITERS)


class _NotUtf8(Exception):  # noqa: N818 - never leaves this module
    """Carries the fault."""


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]  # a gzip file reads bytes too


def _decoded(file: BinaryIO) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            msg = "the file is in UTF-16; save it as UTF-8"
            raise _NotUtf8(msg)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            msg = f"line {number} is not in UTF-8 (but perhaps in Latin-1 or Windows-1252); save the file as UTF-8"
            raise _NotUtf8(msg) from error


def _uneven(header: str, lines: Iterator[str]) -> str | None:
    delimiter = max(_DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        if row and len(row) != len(names):
            return f"line {reader.line_num + 1} has {len(row)} values, but the header has {len(names)} names"
    return None
