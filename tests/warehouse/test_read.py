"""Sources are opened where the definition says, with secrets from the environment, which nobody gets to see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pqlml.definition.parts import Source
from pqlml.errors import DataError
from pqlml.warehouse import open_warehouse, read_source


def test_a_table_of_a_database_is_found_through_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE visits AS SELECT 7 AS customer")
    monkeypatch.setenv("SHOP", str(tmp_path))
    with open_warehouse() as warehouse:
        table = read_source(warehouse, Source(url="duckdb://${SHOP}/shop.db", table="visits"), tmp_path, "events")
        assert warehouse.fetch(table).to_pylist() == [{"customer": 7}]


def test_a_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    source = Source(url="postgres://me:${SHOP_PASSWORD}@host/shop", table="visits")
    with open_warehouse() as warehouse, pytest.raises(DataError, match="environment variable SHOP_PASSWORD"):
        read_source(warehouse, source, tmp_path, "events")


def test_a_failure_tells_the_address_without_what_the_environment_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    source = Source(url="nosuchengine://host/shop?token=${TOKEN}", table="visits")
    with open_warehouse() as warehouse, pytest.raises(DataError) as caught:
        read_source(warehouse, source, tmp_path, "events")
    assert "'visits' of nosuchengine://host/shop?token=${TOKEN}" in str(caught.value)
    assert "***" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def damaged(folder: Path) -> None:
    path = folder / "events" / "a.parquet"
    content = bytearray(path.read_bytes())
    content[20:400] = bytes(380)
    path.write_bytes(content)


def other_column(folder: Path) -> None:
    pq.write_table(pa.table({"name": ["x"]}), folder / "events" / "b.parquet")


def other_type(folder: Path) -> None:
    pq.write_table(pa.table({"amount": ["much"]}), folder / "events" / "b.parquet")


@pytest.mark.parametrize("spoil", [damaged, other_column, other_type])
def test_files_that_show_only_while_they_are_read_are_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    (tmp_path / "events").mkdir()
    pq.write_table(pa.table({"amount": list(range(5_000))}), tmp_path / "events" / "a.parquet")
    spoil(tmp_path)
    with open_warehouse() as warehouse, pytest.raises(DataError, match=r"a file is damaged.*\.parquet"):
        warehouse.save("events", read_source(warehouse, Source(path="events"), tmp_path, "events"))
