from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pqlml.audit.read import Keys, as_frame, entity_texts, labels, match_earlier, read_columns
from pqlml.dataset import Rows
from pqlml.errors import DataError
from pqlml.labels import PairAccount

KEYS = Keys("label", "entity_id", "cutoff")
FRAME = pd.DataFrame(
    {
        "entity_id": ["a", "a", "b"],
        "cutoff": ["2026-01-01", "2026-02-01", "2026-01-01"],
        "label": [0, 1, 0],
        "x": [1, 2, 3],
    }
)


def test_rows_of_the_toolkit_become_one_table() -> None:
    rows = Rows(
        FRAME[["entity_id", "cutoff"]], FRAME[["x"]], np.array([0, 1, 0], np.int8), (), PairAccount("cutoff", ())
    )
    frame = as_frame(rows, Keys("y", "who", "when"))
    assert list(frame.columns) == ["who", "when", "x", "y"]
    assert frame["y"].tolist() == [0, 1, 0]


def test_a_missing_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(DataError, match=r"lack the columns \['lable'\].*did you mean 'label'"):
        as_frame(FRAME, Keys("lable", "entity_id", "cutoff"))


@pytest.mark.parametrize(
    ("given", "said"),
    [([0, 1, 2], "holds [2]"), ([0, 1, None], "holds [nan]"), (["no", "yes", "no"], "holds ['no', 'yes']")],
)
def test_a_label_other_than_0_and_1_is_refused(given: list[object], said: str) -> None:
    with pytest.raises(DataError) as caught:
        labels(FRAME.assign(label=pd.Series(given)), "label")
    assert said in str(caught.value)


def test_a_label_of_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="all 3 rows have the label 0"):
        labels(FRAME.assign(label=0), "label")
    assert labels(FRAME.assign(label=[True, False, True]), "label").tolist() == [True, False, True]


def test_ids_are_texts_as_the_tables_hold_them() -> None:
    assert entity_texts(pd.Series([7.0, 12.0])).tolist() == ["7", "12"]
    assert entity_texts(pd.Series([7, 12])).tolist() == ["7", "12"]
    assert entity_texts(pd.Series(["7", "x"])).tolist() == ["7", "x"]


def test_an_earlier_extract_is_met_by_entity_and_instant() -> None:
    earlier = pd.DataFrame(
        {
            "entity_id": ["b", "a", "c"],
            "cutoff": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-01"]),
            "x": [30, 2, 9],
        }
    )
    columns = read_columns(FRAME, ["x"])
    matched = match_earlier(FRAME, earlier, KEYS, columns)
    assert matched.rows.tolist() == [1, 2]
    assert matched.columns["x"].numbers.tolist() == [2, 30]


def test_an_earlier_extract_without_keys_or_with_one_twice_is_refused() -> None:
    columns = read_columns(FRAME, ["x"])
    with pytest.raises(DataError, match=r"lacks the columns \['cutoff'\]"):
        match_earlier(FRAME, FRAME.drop(columns="cutoff"), KEYS, columns)
    with pytest.raises(DataError, match="1 rows whose key is there twice"):
        match_earlier(FRAME, pd.concat([FRAME, FRAME.head(1)]), KEYS, columns)
