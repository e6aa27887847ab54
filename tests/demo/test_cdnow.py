from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pqlml.demo import cdnow


def test_one_event_per_line_of_the_file(tmp_path: Path) -> None:
    source = tmp_path / "sets" / "cdnow"
    source.mkdir(parents=True)
    lines = [
        " customer_id  date number_of_cds  dollar_value",
        " 00001 19970101  1   11.77",
        " 00002 19970112  5   77.00",
    ]
    (source / "CDNOW_master.txt").write_text("\n".join(lines) + "\n")
    cdnow.load(tmp_path / "out", tmp_path / "sets")
    events = pd.read_parquet(tmp_path / "out" / "events.parquet")
    assert events.to_dict("records") == [
        {
            "customer_id": "00001",
            "number_of_cds": 1,
            "dollar_value": 11.77,
            "date": pd.Timestamp(1997, 1, 1),
            "event": "purchased",
        },
        {
            "customer_id": "00002",
            "number_of_cds": 5,
            "dollar_value": 77.0,
            "date": pd.Timestamp(1997, 1, 12),
            "event": "purchased",
        },
    ]


@pytest.mark.shared_data
def test_the_real_file_gives_the_known_counts(datasets: Path, tmp_path: Path) -> None:
    cdnow.load(tmp_path, datasets)
    events = pd.read_parquet(tmp_path / "events.parquet")
    assert len(events) == 69_659
    cutoff = pd.Timestamp(1997, 10, 1)
    window = events["date"].ge(cutoff) & events["date"].lt(cutoff + pd.Timedelta(days=90))
    assert events.loc[events["date"] < cutoff, "customer_id"].nunique() == 23_570
    assert events.loc[window, "customer_id"].nunique() == 4_177
