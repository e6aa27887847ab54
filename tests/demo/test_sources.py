from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pqlml.demo.sources import VARIABLE, read_columns, read_texts, source_file, write_table
from pqlml.errors import DataError

ORIGIN = "the shop around the corner"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "set" / "table.csv"
    file.parent.mkdir()
    file.write_text("country,visits,day\nNA,3,2022-01-31\n,1.5,2022-02-01\n")
    return file


def test_without_a_folder_the_message_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(DataError) as caught:
        source_file(None, "set/table.csv", ORIGIN)
    for told in ("set/table.csv", "--datasets DIR", VARIABLE, ORIGIN):
        assert told in str(caught.value)


def test_a_missing_file_is_named_with_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        source_file(tmp_path, "set/table.csv", ORIGIN)
    for told in ("set/table.csv", str(tmp_path), "--datasets DIR", VARIABLE, ORIGIN):
        assert told in str(caught.value)


def test_the_folder_comes_from_the_environment(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(table.parents[1]))
    assert source_file(None, "set/table.csv", ORIGIN) == table


def test_a_folder_given_beats_the_environment(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere")
    assert source_file(table.parents[1], "set/table.csv", ORIGIN) == table


def test_texts_stay_as_they_stand(table: Path) -> None:
    assert read_texts(table)["country"].tolist() == ["NA", ""]


def test_columns_get_their_types(table: Path) -> None:
    read = read_columns(table, texts=["country"], numbers=["visits"], dates=["day"])
    assert read["country"].tolist() == ["NA", ""]
    assert read["visits"].tolist() == [3.0, 1.5]
    assert read["day"].tolist() == [pd.Timestamp(2022, 1, 31), pd.Timestamp(2022, 2, 1)]
    assert str(read["day"].dtype) == "datetime64[us]"


def test_a_missing_column_is_named_with_those_that_are_there(table: Path) -> None:
    with pytest.raises(DataError, match="lacks the columns clicks; it has: country, visits, day"):
        read_columns(table, texts=["country"], numbers=["clicks"])


def test_a_text_is_no_number(table: Path) -> None:
    with pytest.raises(DataError, match=r"expected numbers in \['country'\]"):
        read_columns(table, numbers=["country"])


def test_a_text_is_no_date(table: Path) -> None:
    with pytest.raises(DataError, match=r"expected .* dates in \['country'\]"):
        read_columns(table, dates=["country"])


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="cannot be read as delimited text"):
        read_texts(file)


def test_a_table_replaces_the_older_one(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"
    write_table(pd.DataFrame({"x": [1, 2]}), target, "events")
    write_table(pd.DataFrame({"x": [3]}), target, "events")
    assert pd.read_parquet(target / "events.parquet")["x"].tolist() == [3]
