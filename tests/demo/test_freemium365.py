from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pqlml.demo import freemium365
from pqlml.errors import DataError

TABLES = {
    "student_info": "student_id,student_country,date_registered\n1,NA,2022-01-01\n2,US,2022-01-02\n",
    "student_learning": "student_id,course_id,minutes_watched,date_watched\n1,23,0.3,2022-01-01\n",
    "course_ratings": "course_id,student_id,course_rating,date_rated\n14,2,5,2022-07-06\n",
    "student_purchases": "purchase_id,student_id,purchase_type,date_purchased\n9,2,Annual,2022-01-05\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "sets" / "freemium365_full"
    folder.mkdir(parents=True)
    for name, content in TABLES.items():
        (folder / f"{name}.csv").write_text(content)
    return folder.parent


def test_namibia_survives(small: Path, tmp_path: Path) -> None:
    freemium365.load(tmp_path, small)
    entities = pd.read_parquet(tmp_path / "entities.parquet")
    assert entities["student_country"].tolist() == ["NA", "US"]
    assert entities["date_registered"].tolist() == [pd.Timestamp(2022, 1, 1), pd.Timestamp(2022, 1, 2)]


def test_each_kind_of_event_brings_its_own_columns(small: Path, tmp_path: Path) -> None:
    freemium365.load(tmp_path, small)
    events = pd.read_parquet(tmp_path / "events.parquet").set_index("event")
    watched, rated, paid = (events.loc[name] for name in ("watched a course", "rated a course", "purchased a plan"))
    assert list(watched[["student_id", "course_id", "minutes_watched"]]) == ["1", "23", 0.3]
    assert list(rated[["student_id", "course_id", "course_rating"]]) == ["2", "14", 5]
    assert list(paid[["student_id", "purchase_type"]]) == ["2", "Annual"]
    assert paid[["course_id", "minutes_watched", "course_rating"]].isna().all()
    assert paid["date"] == pd.Timestamp(2022, 1, 5)


@pytest.mark.parametrize("name", TABLES)
def test_every_file_is_asked_for_by_name(name: str, small: Path, tmp_path: Path) -> None:
    (small / "freemium365_full" / f"{name}.csv").unlink()
    with pytest.raises(DataError, match=f"freemium365_full/{name}.csv"):
        freemium365.load(tmp_path, small)


@pytest.mark.shared_data
def test_the_real_files_give_the_known_counts(datasets: Path, tmp_path: Path) -> None:
    freemium365.load(tmp_path, datasets)
    events = pd.read_parquet(tmp_path / "events.parquet")
    students = pd.read_parquet(tmp_path / "entities.parquet")
    assert students["student_country"].eq("NA").sum() == 13
    assert events["event"].value_counts().to_dict() == {
        "watched a course": 64_458,
        "purchased a plan": 3_041,
        "rated a course": 2_500,
    }
    paid = events[events["event"] == "purchased a plan"].groupby("student_id")["date"].min()
    first = students["student_id"].map(paid)
    cutoff = students["date_registered"] + pd.Timedelta(days=2)
    end = cutoff + pd.Timedelta(days=30)
    free = (first.isna() | first.ge(cutoff)) & end.le(pd.Timestamp(2022, 10, 21))
    assert free.sum() == 30_456
    assert (free & first.lt(end)).sum() == 633
