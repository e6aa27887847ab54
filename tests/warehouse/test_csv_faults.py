"""A CSV file that cannot be read is told with the line and what is wrong, and none of its values."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.warehouse import open_warehouse, read_source
from pqlml.warehouse.csv_faults import csv_fault

SOUND = "customer,what\nc1,seen\nc2,caf\u00e9\n"


def refused(folder: Path, content: bytes, name: str = "events.csv") -> str:
    (folder / name).write_bytes(content)
    with open_warehouse() as warehouse, pytest.raises(DataError) as caught:
        read_source(warehouse, Source(path=name), folder, "events")
    return str(caught.value)


def test_encodings_are_told(tmp_path: Path) -> None:
    text = refused(tmp_path, SOUND.encode("latin-1"))
    assert "events.csv cannot be read: line 3 is not in UTF-8 (but perhaps in Latin-1" in text
    assert "caf" not in text
    assert "in UTF-16; save it as UTF-8" in refused(tmp_path, SOUND.encode("utf-16"))
    assert "line 3 is not in UTF-8" in refused(tmp_path, gzip.compress(SOUND.encode("latin-1")), "events.csv.gz")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(("row", "values"), [("a", 1), ("a,b,c", 3)])
def test_uneven_lines_are_told(tmp_path: Path, delimiter: str, row: str, values: int) -> None:
    lines = ["customer,what", *["c1,seen"] * 9, row, "c2,seen"]
    content = "\n".join(lines).replace(",", delimiter)
    assert f"line 11 has {values} values, but the header has 2 names" in refused(tmp_path, content.encode())


def test_a_broken_archive_is_told(tmp_path: Path) -> None:
    sound = gzip.compress(SOUND.encode() * 99)
    for broken in (b"no archive", sound[:-20], sound[:30] + b"\0\0\0" + sound[33:]):
        assert "the archive is incomplete or damaged" in refused(tmp_path, broken, "events.csv.gz")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_sound_file_has_no_fault(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(SOUND, encoding=encoding)
    assert csv_fault(path) is None
    with open_warehouse() as warehouse:
        table = warehouse.fetch(read_source(warehouse, Source(path="events.csv"), tmp_path, "events"))
    assert table.to_pylist() == [{"customer": "c1", "what": "seen"}, {"customer": "c2", "what": "caf\u00e9"}]


def test_a_line_that_begins_with_a_hash_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order,amount\n#1,5\n#2,6\n3,7\n")
    with open_warehouse() as warehouse:
        table = warehouse.fetch(read_source(warehouse, Source(path="orders.csv"), tmp_path, "events"))
    assert table["order"].to_pylist() == ["#1", "#2", "3"]


def test_a_folder_without_parquet_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    with open_warehouse() as warehouse, pytest.raises(DataError, match="holds no Parquet file"):
        read_source(warehouse, Source(path="events"), tmp_path, "events")
